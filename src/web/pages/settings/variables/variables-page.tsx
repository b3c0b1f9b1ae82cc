import { IconPlus, IconVariable } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queryList } from '../../../api/query.ts'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { ListSection } from '../../../components/list-section.tsx'
import { EmptyState } from '../../../components/page-state.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, useRefusal } from '../settings-place.ts'
import { changingVariables, variablesOf } from './operations.ts'
import { VariableForm } from './variable-form.tsx'
import { VariableRow } from './variable-row.tsx'

/** …/settings/variables */
export function VariablesPage({ place }: SettingsPageProps) {
  const variables = useInfiniteQuery(queryList(variablesOf(place).list, { id: place.id, per_page: 50 }))
  const refusal = useRefusal(place, changingVariables)
  return (
    <>
      <SettingsHeader
        place={place}
        title="CI/CD variables"
        about={
          place.kind === 'project'
            ? 'Values that jobs are given, each in the scope of the environments that may know it.'
            : 'Values that the jobs of all projects below this group are given.'
        }
        actions={
          <DialogButton label="Add variable" title="Add variable" icon={IconPlus} refusal={refusal}>
            {(close) => <VariableForm place={place} variable={null} close={close} />}
          </DialogButton>
        }
      />
      <ListSection
        title="Variables"
        list={variables}
        empty={<EmptyState icon={IconVariable} title="No variables yet" />}
      >
        {(variable) => (
          <VariableRow
            key={`${variable.key} ${variable.environment_scope}`}
            place={place}
            variable={variable}
            refusal={refusal}
          />
        )}
      </ListSection>
    </>
  )
}
