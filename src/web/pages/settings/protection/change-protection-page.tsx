import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearchParams } from 'react-router'
import { query, useWrite } from '../../../api/query.ts'
import { QueryState } from '../../../components/page-state.tsx'
import { say } from '../../../components/said.ts'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, settingsPath, useRefusal } from '../settings-place.ts'
import { operationsOf, protecting, protectionsPage } from './operations.ts'
import { ProtectionForm } from './protection-form.tsx'
import { requestOf, valuesOf } from './protection-values.ts'

/** …/settings/protected_environments/edit?name=: names have slashes in them. */
export function ChangeProtectionPage({ place }: SettingsPageProps) {
  const [params] = useSearchParams()
  const name = params.get('name') ?? ''
  const navigate = useNavigate()
  const list = settingsPath(place, protectionsPage)
  const operations = operationsOf(place)
  const protection = useQuery({
    ...query(operations.get, { id: place.id, name }),
    // What somebody is editing must not change under their hands.
    refetchOnWindowFocus: false,
  })
  const update = useWrite(operations.update)
  const refusal = useRefusal(place, protecting)
  return (
    <>
      <SettingsHeader
        place={place}
        title={`Protection of ${name}`}
        about="A change applies to deployments that wait already: their approvals are counted by the new rules."
      />
      <QueryState query={protection} label="Protection" missing={`${name} is not protected.`}>
        {(before) => (
          <ProtectionForm
            place={place}
            initial={valuesOf(before)}
            named
            submit={`Save protection of ${name}`}
            refusal={refusal}
            write={update}
            cancel={() => void navigate(list)}
            save={(values) =>
              update.mutate(
                { id: place.id, ...requestOf(values, before) },
                {
                  onSuccess: () => {
                    say(`The protection of ${name} was changed.`)
                    void navigate(list)
                  },
                },
              )
            }
          />
        )}
      </QueryState>
    </>
  )
}
