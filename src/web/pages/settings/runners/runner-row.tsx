import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { deleteRunner, getRunner, type RunnerInList, updateRunner } from '../../../../contract/runner-admin.ts'
import { query, useWrite } from '../../../api/query.ts'
import { ActionButton } from '../../../components/action-button.tsx'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { Facts, Row } from '../../../components/row-list.tsx'
import { say } from '../../../components/said.ts'
import { StatusBadge } from '../../../components/status-badge.tsx'
import { Tag, Tags } from '../../../components/tags.tsx'

const kinds = {
  project_type: 'Project runner',
  group_type: 'Group runner',
  instance_type: 'Runner of the server',
} as const

/** One runner, with what this person may do with it. */
export function RunnerRow({ runner }: { readonly runner: RunnerInList }) {
  const { id, tag_list: tags, paused } = runner
  const name = runner.description || `Runner #${id}`
  const { data } = useQuery(query(getRunner, { id }))
  const update = useWrite(updateRunner)
  const pause = () =>
    update.mutate(
      { id, paused: !paused },
      { onSuccess: () => say(paused ? `${name} takes jobs again.` : `${name} takes no more jobs.`) },
    )
  return (
    <Row
      end={
        <Group gap="xs">
          <ActionButton
            refusal={update.error?.message ?? data?.permissions.update.reason ?? null}
            onClick={pause}
            loading={update.isPending}
            size="xs"
            variant="default"
            label={`${paused ? 'Resume' : 'Pause'} ${name}`}
          >
            {paused ? 'Resume' : 'Pause'}
          </ActionButton>
          <ConfirmAction
            operation={deleteRunner}
            input={{ id }}
            refusal={data?.permissions.delete.reason ?? null}
            label="Delete"
            accessibleLabel={`Delete ${name}`}
            title={`Delete ${name}`}
            done={`${name} was deleted.`}
            danger
            size="xs"
            variant="default"
          >
            The token of <strong>{name}</strong> stops working at once. A job that it runs now is lost.
          </ConfirmAction>
        </Group>
      }
    >
      <Facts>
        <Text span fw={600}>
          {name}
        </Text>
        <StatusBadge status={runner.status} />
        {runner.job_execution_status === 'active' ? <StatusBadge status="running" /> : null}
      </Facts>
      <Facts>
        <span>#{id}</span>
        <span>{kinds[runner.runner_type]}</span>
        <span>{takes(runner)}</span>
      </Facts>
      {tags.length > 0 ? (
        <Tags>
          {tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </Tags>
      ) : null}
    </Row>
  )
}

function takes({ run_untagged: untagged, tag_list: tags }: RunnerInList): string {
  if (tags.length === 0) return 'takes jobs without tags'
  return untagged ? 'takes jobs with its tags, and without any' : 'takes only jobs with its tags'
}
