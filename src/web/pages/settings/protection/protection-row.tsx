import { Group, Text } from '@mantine/core'
import type { ProtectedEnvironment } from '../../../../contract/protected-environments.ts'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { DataList } from '../../../components/data-list.tsx'
import { LinkButton } from '../../../components/link-button.tsx'
import { Notice } from '../../../components/notice.tsx'
import { Row } from '../../../components/row-list.tsx'
import { approvals } from '../../../decision/missing-text.ts'
import { type SettingsPlace, settingsPath } from '../settings-place.ts'
import { operationsOf, protectionsPage } from './operations.ts'
import classes from './protection-row.module.css'
import { subjectOf } from './protection-values.ts'
import { SubjectName } from './subject-list.tsx'

interface ProtectionRowProps {
  readonly place: SettingsPlace
  readonly protection: ProtectedEnvironment
  /** Why this person may not change it. */
  readonly refusal: string | null
}

/** One protected environment: who deploys, who approves, what is odd about it. */
export function ProtectionRow({ place, protection, refusal }: ProtectionRowProps) {
  const { name, warnings } = protection
  const edit = settingsPath(place, `${protectionsPage}/edit`, `?name=${encodeURIComponent(name)}`)
  return (
    <Row
      end={
        <Group gap="xs">
          <LinkButton to={edit} refusal={refusal} variant="default" size="xs" label={`Edit protection of ${name}`}>
            Edit
          </LinkButton>
          <ConfirmAction
            operation={operationsOf(place).destroy}
            input={{ id: place.id, name }}
            refusal={refusal}
            label="Unprotect"
            accessibleLabel={`Unprotect ${name}`}
            title={`Unprotect ${name}`}
            done={`${name} is not protected any more.`}
            danger
            size="xs"
            variant="default"
          >
            Deployments to <strong>{name}</strong> of <strong>{place.name}</strong> run without approval from now on,
            for everybody who may run jobs, unless a group above protects their tier. Those that wait now do not start
            by themselves.
          </ConfirmAction>
        </Group>
      }
    >
      <Text component="h3" fw={650} size="md" m={0}>
        {name}
      </Text>
      <DataList
        wide
        items={[
          ['Allowed to deploy', <Names key="deploy" elements={protection.deploy_access_levels} />],
          ...approvalItems(protection),
          ...(requiresApproval(protection)
            ? [['After approval', protection.start === 'manual' ? 'somebody starts it' : 'starts by itself'] as const]
            : []),
        ]}
      />
      {warnings.length > 0 ? (
        <Notice tone="wait" title={warnings.length === 1 ? 'Note' : 'Notes'}>
          <ul className={classes.warnings}>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      ) : null}
    </Row>
  )
}

function requiresApproval(protection: ProtectedEnvironment): boolean {
  return protection.required_approval_count > 0 || protection.approval_rules.length > 0
}

function approvalItems({ approval_rules: rules, required_approval_count: count }: ProtectedEnvironment) {
  if (rules.length === 0) {
    return [['Approvals', count === 0 ? 'none required' : `${approvals(count)} by anybody allowed to deploy`] as const]
  }
  return [
    [
      'Approvals',
      <ul key="rules" className={classes.names}>
        {rules.map((rule) => (
          <li key={rule.id}>
            {approvals(rule.required_approvals)} by <SubjectName subject={subjectOf(rule)} />
          </li>
        ))}
      </ul>,
    ] as const,
  ]
}

function Names({ elements }: { readonly elements: ProtectedEnvironment['deploy_access_levels'] }) {
  return (
    <ul className={classes.names}>
      {elements.map((element) => (
        <li key={element.id}>
          <SubjectName subject={subjectOf(element)} />
        </li>
      ))}
    </ul>
  )
}
