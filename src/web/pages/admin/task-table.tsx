import { Table, Text } from '@mantine/core'
import type { ServerStatus } from '../../../contract/server-status.ts'
import { durationText } from '../../components/format-time.ts'
import { RelativeTime } from '../../components/relative-time.tsx'
import classes from './admin.module.css'

/** What runs by itself in the server that answers. */
export function TaskTable({ tasks }: { readonly tasks: ServerStatus['background_tasks'] }) {
  if (tasks.length === 0) {
    return (
      <Text c="dimmed" p="md">
        No background tasks run in the server that answered.
      </Text>
    )
  }
  return (
    // A region that scrolls must be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.table} role="region" aria-label="Background tasks" tabIndex={0}>
      <Table verticalSpacing="xs" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Task</Table.Th>
            <Table.Th scope="col">Every</Table.Th>
            <Table.Th scope="col">Last run</Table.Th>
            <Table.Th scope="col">Took</Table.Th>
            <Table.Th scope="col">Outcome</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tasks.map((task) => (
            <Table.Tr key={task.name}>
              <Table.Th scope="row" fw={500}>
                {task.name}
              </Table.Th>
              <Table.Td>{durationText(task.every)}</Table.Td>
              <Table.Td>{task.last_run_at === null ? 'not yet' : <RelativeTime at={task.last_run_at} />}</Table.Td>
              <Table.Td>{task.last_duration === null ? '' : `${Math.round(task.last_duration * 1000)} ms`}</Table.Td>
              <Table.Td>
                {task.error === null ? (task.last_run_at === null ? '' : 'succeeded') : null}
                {task.error === null ? null : <span className={classes.error}>{task.error}</span>}
                {task.failures === 0 ? null : ` (${task.failures} failed since the start)`}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
