import { Paper, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { AppLink } from '../../../components/app-link.tsx'
import { FieldGroup } from '../../../components/field-group.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { type SettingsPlace, settingsPath } from '../settings-place.ts'
import { ApprovalFields } from './approval-fields.tsx'
import { EnvironmentField } from './environment-field.tsx'
import { incomplete, type ProtectionValues } from './protection-values.ts'
import { SubjectList } from './subject-list.tsx'
import { SubjectSelect } from './subject-select.tsx'

interface ProtectionFormProps {
  readonly place: SettingsPlace
  readonly initial: ProtectionValues
  /** A name that exists already is not changed. */
  readonly named: boolean
  readonly submit: string
  /** Why this person may not, in the server's words. */
  readonly refusal: string | null
  /** What saves it. */
  readonly write: { readonly error: Error | null; readonly isPending: boolean }
  readonly save: (values: ProtectionValues) => void
  readonly cancel: () => void
}

/** Who deploys to an environment, and who approves. */
export function ProtectionForm({ place, initial, named, save, ...form }: ProtectionFormProps) {
  const [values, setValues] = useState(initial)
  const change = (part: Partial<ProtectionValues>) => setValues((before) => ({ ...before, ...part }))
  const missing = incomplete(values)
  return (
    <Paper withBorder p="lg" maw={720}>
      <WriteForm
        {...form}
        label={form.submit}
        failure={named ? 'Not changed' : 'Not protected'}
        refusal={form.refusal ?? missing}
        onSubmit={() => save({ ...values, name: values.name.trim() })}
      >
        {named ? null : <EnvironmentField place={place} value={values.name} onChange={(name) => change({ name })} />}
        <FieldGroup legend="Allowed to deploy">
          <SubjectList
            label="Allowed to deploy"
            subjects={values.deployers}
            onChange={(deployers) => change({ deployers })}
          />
          <SubjectSelect
            place={place}
            label="Add a deployer"
            chosen={values.deployers}
            onChoose={(subject) => change({ deployers: [...values.deployers, subject] })}
          />
          <Text size="sm" c="dimmed">
            {place.kind === 'project' ? (
              <>
                Offered are members with at least the Developer role, and groups that are{' '}
                <AppLink to={settingsPath(place, 'members')} underline="always">
                  invited to the project
                </AppLink>
                .
              </>
            ) : (
              'Offered are Maintainers and Owners of the group, the group itself, those below it and those it is shared with.'
            )}
          </Text>
        </FieldGroup>
        <ApprovalFields place={place} values={values} change={change} />
        {values.approval === 'none' ? null : (
          <Radio.Group label="After the last approval" value={values.start} onChange={(start) => change({ start })}>
            <Stack gap="xs" mt={6}>
              <Radio value="on_approval" label="The deployment starts by itself" />
              <Radio value="manual" label="Somebody who is allowed to deploy starts it" />
            </Stack>
          </Radio.Group>
        )}
      </WriteForm>
    </Paper>
  )
}
