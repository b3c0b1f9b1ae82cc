import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getServerStatus, type ServerStatus } from '../../../contract/server-status.ts'
import { query } from '../../api/query.ts'
import { DataList } from '../../components/data-list.tsx'
import { sizeText } from '../../components/format-size.ts'
import { Notice } from '../../components/notice.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryState } from '../../components/page-state.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Section } from '../../components/section.tsx'
import classes from './admin.module.css'
import { ServerSettings } from './server-settings.tsx'
import { TaskTable } from './task-table.tsx'

/** /admin: how the server is. It asks again by itself. */
export function StatusPage() {
  const status = useQuery({ ...query(getServerStatus, {}), refetchInterval: 10_000, staleTime: 5_000 })
  return (
    <>
      <PageHeader title="Server" documentTitle="Server · Administration" />
      <QueryState query={status} label="Status">
        {(data) => (
          <Stack gap="lg">
            <Problems status={data} />
            <div className={classes.cards}>
              <Work status={data} />
              <Program status={data} />
              <DatabaseFacts status={data} />
              <Servers status={data} />
              <Storage status={data} />
              <ServerSettings />
            </div>
            <Section title="Background tasks">
              <TaskTable tasks={data.background_tasks} />
            </Section>
          </Stack>
        )}
      </QueryState>
    </>
  )
}

interface Shown {
  readonly status: ServerStatus
}

/** Less than this much of the disk left is worth a word. */
const scarce = 0.1

/** What somebody should look after, first. */
function Problems({ status: { storage, queue, runners, background_tasks: tasks } }: Shown) {
  const failing = tasks.filter(({ error }) => error !== null).map(({ name }) => name)
  const sentences = [
    ...(queue.pending > 0 && runners.online === 0 ? ['Jobs are waiting, and no runner is online.'] : []),
    ...(storage.free < storage.total * scarce ? [`Only ${sizeText(storage.free)} of the disk are left.`] : []),
    ...(failing.length > 0 ? [`Background tasks failed when they last ran: ${failing.join(', ')}.`] : []),
  ]
  if (sentences.length === 0) return null
  return (
    <Notice tone="bad" title="This needs somebody">
      {sentences.join('\n')}
    </Notice>
  )
}

function Work({ status: { queue, runners, counts } }: Shown) {
  return (
    <Section title="Work" padded>
      <DataList
        items={[
          ['Pending jobs', queue.pending],
          [
            'Oldest waits since',
            queue.oldest_pending_at === null ? null : <RelativeTime key="t" at={queue.oldest_pending_at} />,
          ],
          ['Running jobs', queue.running],
          ['Blocked deployments', queue.waiting_for_approval],
          ['Runners online', `${runners.online} of ${runners.total}`],
          ['People', counts.users],
          ['Groups', counts.groups],
          ['Projects', counts.projects],
          ['Deployments', counts.deployments],
        ]}
      />
    </Section>
  )
}

function Program({ status }: Shown) {
  return (
    <Section title="Program" padded>
      <DataList
        items={[
          ['Countersign', status.version],
          ['Speaks GitLab', status.api_version],
          ['Node', status.node_version],
          ['Address', status.external_url],
          ['Started', <RelativeTime key="t" at={status.started_at} />],
        ]}
      />
    </Section>
  )
}

function DatabaseFacts({ status: { database } }: Shown) {
  return (
    <Section title="Database" padded>
      <DataList
        items={[
          ['PostgreSQL', `${database.version}, ${database.kind}`],
          ['Size', sizeText(database.size)],
          ['Connections', `${database.connections} of ${database.max_connections}`],
          ['Migration', database.migration],
        ]}
      />
    </Section>
  )
}

function Servers({ status: { servers } }: Shown) {
  return (
    <Section title="Servers" count={servers.length} padded>
      <DataList
        items={servers.map(({ address, connected_at: since }, index) => [
          address ?? `Server ${index + 1}, on this machine`,
          <span key="s">
            connected <RelativeTime at={since} />
          </span>,
        ])}
      />
    </Section>
  )
}

function Storage({ status: { storage } }: Shown) {
  const used = storage.total === 0 ? 0 : Math.round((1 - storage.free / storage.total) * 100)
  return (
    <Section title="Storage" padded>
      <DataList
        items={[
          ['Disk', `${sizeText(storage.free)} free of ${sizeText(storage.total)} (${used} % used)`],
          ['Artifacts', sizeText(storage.artifacts)],
          ['Logs', sizeText(storage.logs)],
        ]}
      />
    </Section>
  )
}
