import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { deleteRunner, getRunner, type RunnerInList, updateRunner } from '../../contract/runner-admin.ts'
import { query } from '../api/query.ts'
import { ConfirmAction } from '../components/confirm-action.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Facts, Row } from '../components/row-list.tsx'
import { StatusBadge } from '../components/status-badge.tsx'
import { Tag, Tags } from '../components/tags.tsx'

const scopes = {
  instance_type: 'for every project',
  group_type: 'of a group',
  project_type: 'of a project',
} as const

/** A runner, what it takes, and what may be done to it. */
export function RunnerRow({ runner }: { readonly runner: RunnerInList }) {
  const details = useQuery(query(getRunner, { id: runner.id }))
  const called = runner.description || `Runner ${runner.id}`
  return (
    <Row end={<RunnerButtons runner={runner} called={called} permissions={details.data?.permissions} />}>
      <Facts>
        <Text span fw={600}>
          #{runner.id} {called}
        </Text>
        <StatusBadge status={runner.status} />
        {runner.job_execution_status === 'active' ? <StatusBadge status="running" /> : null}
      </Facts>
      <Facts>
        <span>{scopes[runner.runner_type]}</span>
        {details.data?.version ? <span>version {details.data.version}</span> : null}
        {details.data?.contacted_at ? (
          <Text span inherit c="dimmed">
            called <RelativeTime at={details.data.contacted_at} />
          </Text>
        ) : null}
      </Facts>
      <Tags>
        {runner.tag_list.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
        {runner.run_untagged ? <Tag>untagged jobs</Tag> : null}
      </Tags>
    </Row>
  )
}

type Permissions = {
  readonly update: { readonly reason: string | null }
  readonly delete: { readonly reason: string | null }
}

interface RunnerButtonsProps {
  readonly runner: RunnerInList
  readonly called: string
  /** Undefined until they are known. */
  readonly permissions: Permissions | undefined
}

function RunnerButtons({ runner, called, permissions }: RunnerButtonsProps) {
  if (!permissions) return null
  const { paused } = runner
  return (
    <Group gap="xs">
      <ConfirmAction
        operation={updateRunner}
        input={{ id: runner.id, paused: !paused }}
        refusal={permissions.update.reason}
        label={paused ? 'Resume' : 'Pause'}
        accessibleLabel={`${paused ? 'Resume' : 'Pause'} ${called}`}
        title={paused ? 'Resume runner' : 'Pause runner'}
        done={paused ? `${called} takes jobs again.` : `${called} takes no more jobs.`}
        size="xs"
        variant="default"
      >
        {paused ? `${called} takes jobs again.` : `${called} finishes what it runs and takes no more jobs.`}
      </ConfirmAction>
      <ConfirmAction
        operation={deleteRunner}
        input={{ id: runner.id }}
        refusal={permissions.delete.reason}
        label="Delete"
        accessibleLabel={`Delete ${called}`}
        title="Delete runner"
        done={`${called} was deleted.`}
        danger
        size="xs"
        variant="default"
      >
        Deletes {called}. Machines that use its token get no more jobs, and what they run fails.
      </ConfirmAction>
    </Group>
  )
}
