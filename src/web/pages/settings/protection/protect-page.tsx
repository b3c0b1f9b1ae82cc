import { useNavigate, useSearchParams } from 'react-router'
import { useWrite } from '../../../api/query.ts'
import { say } from '../../../components/said.ts'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, settingsPath, useRefusal } from '../settings-place.ts'
import { operationsOf, protecting, protectionsPage } from './operations.ts'
import { ProtectionForm } from './protection-form.tsx'
import { newValues, requestOf } from './protection-values.ts'

/** …/settings/protected_environments/new, with `?name=` for one that is chosen already. */
export function ProtectPage({ place }: SettingsPageProps) {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const list = settingsPath(place, protectionsPage)
  const create = useWrite(operationsOf(place).create)
  const refusal = useRefusal(place, protecting)
  return (
    <>
      <SettingsHeader
        place={place}
        title="Protect an environment"
        about="Only those you name here deploy to a protected environment, and deployments wait until they are approved."
      />
      <ProtectionForm
        place={place}
        initial={newValues(params.get('name') ?? '')}
        named={false}
        submit="Protect environment"
        refusal={refusal}
        write={create}
        cancel={() => void navigate(list)}
        save={(values) =>
          create.mutate(
            { id: place.id, ...requestOf(values, null) },
            {
              onSuccess: ({ name }) => {
                say(`${name} is protected.`)
                void navigate(list)
              },
            },
          )
        }
      />
    </>
  )
}
