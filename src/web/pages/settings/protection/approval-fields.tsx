import { NumberInput, Radio, Stack } from '@mantine/core'
import { FieldGroup } from '../../../components/field-group.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import type { ProtectionValues } from './protection-values.ts'
import { SelfApprovalNote } from './self-approval-section.tsx'
import { SubjectList } from './subject-list.tsx'
import { SubjectSelect } from './subject-select.tsx'

interface ApprovalFieldsProps {
  readonly place: SettingsPlace
  readonly values: ProtectionValues
  readonly change: (part: Partial<ProtectionValues>) => void
}

/** What has to be approved, by whom, before a deployment runs. */
export function ApprovalFields({ place, values, change }: ApprovalFieldsProps) {
  const choose = (approval: string) => change({ approval: approval as ProtectionValues['approval'] })
  return (
    <>
      <Radio.Group label="Approvals before a deployment runs" value={values.approval} onChange={choose}>
        <Stack gap="xs" mt={6}>
          <Radio value="none" label="None" description="Whoever is allowed to deploy starts deployments at once." />
          <Radio value="count" label="A number" description="Given by anybody who is allowed to deploy." />
          <Radio
            value="rules"
            label="Approval rules"
            description="Each names who approves and how many of them; all of them must be met."
          />
        </Stack>
      </Radio.Group>
      {values.approval === 'none' || place.kind === 'group' ? null : <SelfApprovalNote place={place} />}
      {values.approval === 'count' ? (
        <Approvals label="Required approvals" value={values.count} onChange={(count) => change({ count })} />
      ) : null}
      {values.approval === 'rules' ? (
        <FieldGroup legend="Approval rules">
          <SubjectList
            label="Approval rules"
            subjects={values.rules}
            onChange={(rules) => change({ rules })}
            more={(rule, set) => (
              <Approvals
                label="Approvals"
                accessibleLabel={`Approvals by ${rule.label}`}
                value={rule.approvals}
                onChange={(approvals) => set({ approvals })}
              />
            )}
          />
          <SubjectSelect
            place={place}
            label="Add an approver"
            chosen={values.rules}
            onChoose={(subject) => change({ rules: [...values.rules, { ...subject, approvals: 1 }] })}
          />
        </FieldGroup>
      ) : null}
    </>
  )
}

interface ApprovalsProps {
  readonly label: string
  readonly accessibleLabel?: string
  readonly value: number
  readonly onChange: (value: number) => void
}

function Approvals({ label, accessibleLabel, value, onChange }: ApprovalsProps) {
  const set = (given: string | number) => onChange(Math.max(1, Math.min(5, Number(given) || 1)))
  if (accessibleLabel === undefined) {
    return <NumberInput label={label} min={1} max={5} value={value} onChange={set} maw={180} />
  }
  return (
    <NumberInput
      aria-label={accessibleLabel}
      suffix={value === 1 ? ' approval' : ' approvals'}
      min={1}
      max={5}
      size="xs"
      w={130}
      value={value}
      onChange={set}
    />
  )
}
