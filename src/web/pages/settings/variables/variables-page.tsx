import { IconPlus, IconVariable } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queryList } from '../../../api/query.ts'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { MoreButton } from '../../../components/more-button.tsx'
import { EmptyState, QueryState } from '../../../components/page-state.tsx'
import { RowList } from '../../../components/row-list.tsx'
import { Section } from '../../../components/section.tsx'
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
      <Section title="Variables" count={variables.data?.total ?? undefined}>
        <QueryState query={variables} label="Variables">
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconVariable} title="No variables yet" />
            ) : (
              <>
                <RowList label="Variables">
                  {items.map((variable) => (
                    <VariableRow
                      key={`${variable.key} ${variable.environment_scope}`}
                      place={place}
                      variable={variable}
                      refusal={refusal}
                    />
                  ))}
                </RowList>
                <MoreButton list={variables} />
              </>
            )
          }
        </QueryState>
      </Section>
    </>
  )
}
