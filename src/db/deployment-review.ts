/** What was before a deployment, and what happened to it since. */
import { sql } from 'kysely'
import type { PersonRow } from './deployment-rows.ts'
import type { Db } from './open.ts'

export interface PreviousDeployment {
  readonly id: number
  readonly iid: number
  readonly sha: string
  readonly ref: string
  readonly finished_at: Date | null
}

/** The successful deployment whose result the environment had when this one started, or has now; null before the first. */
export async function previousDeployment(db: Db, deploymentId: number): Promise<PreviousDeployment | null> {
  const { rows } = await sql<PreviousDeployment>`
    select s.id, s.iid, s.sha, s.ref, s.finished_at
      from deployments d join deployments s on s.environment_id = d.environment_id
     where d.id = ${deploymentId} and s.status = 'success' and s.id <> d.id
       and s.finished_at < coalesce(d.started_at, d.finished_at, 'infinity')
     order by s.finished_at desc, s.id desc limit 1`.execute(db)
  return rows[0] ?? null
}

export interface TimelineRow {
  readonly at: Date
  readonly event: 'created' | 'deployment' | 'job' | 'approved' | 'rejected'
  readonly to: string | null
  readonly reason: string | null
  readonly comment: string | null
  readonly person: PersonRow | null
}

/**
 * Statuses from the record, votes from the votes themselves. What one transaction did has one time; causes come before their
 * effects.
 */
export async function deploymentTimeline(db: Db, deploymentId: number): Promise<TimelineRow[]> {
  const { rows } = await sql<TimelineRow>`
    with d as (select * from deployments where id = ${deploymentId}),
    happened as (
      select d.created_at as at, 'created' as event, null as "to", null as reason, null as comment, d.user_id, 0 as rank, 0::bigint as id from d
      union all
      select a.created_at, case a.target_type when 'Deployment' then 'deployment' else 'job' end,
             a.details->>'to', a.details->>'failure_reason', null, a.author_id, case a.target_type when 'Deployment' then 3 else 2 end, a.id
        from d join audit_events a
          on (a.target_type = 'Deployment' and a.target_id = d.id) or (a.target_type = 'Job' and a.target_id = d.job_id)
       where a.event_name in ('deployment_status_changed', 'job_status_changed')
      union all
      select v.updated_at, v.status, null, null, v.comment, v.user_id, 1, v.id
        from d join deployment_approvals v on v.deployment_id = d.id)
    select h.at, h.event, h."to", h.reason, h.comment,
           case when u.id is not null then
             jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name, 'state', u.state) end as person
      from happened h left join users u on u.id = h.user_id
     order by h.at, h.rank, h.id`.execute(db)
  return rows
}
