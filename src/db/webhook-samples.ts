/** Something to test a webhook with: the newest thing of its kind, told as it is now. */
import { sql } from 'kysely'
import type { HookEventDetails } from '../domain/webhook.ts'
import type { Db } from './open.ts'
import type { HookOwner } from './webhooks.ts'

export interface SampleEvent {
  readonly event: 'job' | 'pipeline' | 'deployment'
  readonly project_id: number
  readonly subject_id: number
  readonly details: HookEventDetails
}

/** Projects of the owner, those with the latest activity first; a few are enough. */
export async function sampleProjects(
  db: Db,
  owner: HookOwner,
): Promise<{ readonly id: number; readonly default_branch: string }[]> {
  const { rows } = await sql<{ id: number; default_branch: string }>`
    select p.id, p.default_branch from projects p where p.id in (${projectsOf(owner)})
     order by p.last_activity_at desc, p.id desc limit 10`.execute(db)
  return rows
}

/** Null when the owner's projects have none. */
export async function sampleEventOf(
  db: Db,
  owner: HookOwner,
  event: SampleEvent['event'],
): Promise<SampleEvent | null> {
  const { rows } = await sql<Omit<SampleEvent, 'event'>>`
    select s.id as subject_id, s.project_id, ${detailsOf[event]} as details
      from ${sql.table(tables[event])} s
     where s.project_id in (${projectsOf(owner)}) ${event === 'job' ? sql`and not s.is_bridge` : sql``}
     order by s.id desc limit 1`.execute(db)
  return rows[0] ? { event, ...rows[0] } : null
}

const tables = { job: 'jobs', pipeline: 'pipelines', deployment: 'deployments' } as const

const detailsOf = {
  job: sql`jsonb_build_object('status', s.status, 'queued_at', s.queued_at, 'started_at', s.started_at,
    'finished_at', s.finished_at, 'failure_reason', s.failure_reason)`,
  pipeline: sql`jsonb_build_object('status', s.status, 'started_at', s.started_at, 'finished_at', s.finished_at)`,
  deployment: sql`jsonb_build_object('status', s.status, 'status_changed_at', s.updated_at)`,
} as const

function projectsOf(owner: HookOwner) {
  return owner.kind === 'project'
    ? sql`select ${owner.id}::bigint`
    : sql`select p.id from projects p join namespaces n on n.id = p.namespace_id
           where n.traversal_ids @> array[${owner.id}::bigint]`
}
