/** Jobs that nobody moves any more. */
import { sql } from 'kysely'
import type { JobStatus } from '../domain/job.ts'
import type { Db } from './open.ts'

export interface LeftJob {
  readonly id: number
  readonly pipelineId: number
  readonly status: JobStatus
  readonly why: 'not_begun' | 'silent' | 'over_time' | 'never_taken' | 'schedule_missed'
}

/** How long a runner may overrun its job's timeout before the server ends the job itself, in seconds. */
const overrun = 300

/** @param limits in milliseconds */
export async function abandonedJobs(
  db: Db,
  limits: { readonly acknowledgeMs: number; readonly lostJobMs: number },
): Promise<LeftJob[]> {
  const { rows } = await sql<LeftJob>`
    select id, pipeline_id as "pipelineId", status, 'not_begun' as why from jobs
     where status = 'pending' and assigned_at is not null
       and greatest(assigned_at, contacted_at) < now() - make_interval(secs => ${limits.acknowledgeMs / 1000})
    union all
    select id, pipeline_id, status, 'silent' from jobs
     where status in ('running', 'canceling') and not is_bridge and contacted_at < now() - make_interval(secs => ${limits.lostJobMs / 1000})
    union all
    select id, pipeline_id, status, 'over_time' from jobs
     where status in ('running', 'canceling') and not is_bridge and started_at < now() - make_interval(secs => timeout + ${overrun})
       and contacted_at >= now() - make_interval(secs => ${limits.lostJobMs / 1000})
    union all
    select id, pipeline_id, status, 'never_taken' from jobs
     where status = 'pending' and assigned_at is null and not is_bridge and queued_at < now() - interval '1 day'
    union all
    select id, pipeline_id, status, 'never_taken' from jobs
     where status = 'pending' and is_bridge and started_at is null and queued_at < now() - interval '1 hour'
    union all
    select id, pipeline_id, status, 'schedule_missed' from jobs
     where status = 'scheduled' and scheduled_at < now() - interval '1 hour'
    limit 500`.execute(db)
  return rows
}

/** Jobs that one machine had when it went away. */
export async function jobsOfMachine(db: Db, runnerId: number, systemId: string): Promise<LeftJob[]> {
  const { rows } = await sql<LeftJob>`
    select j.id, j.pipeline_id as "pipelineId", j.status, case j.status when 'pending' then 'not_begun' else 'silent' end as why
      from jobs j join runner_managers m on m.id = j.runner_manager_id
     where m.runner_id = ${runnerId} and m.system_id = ${systemId}
       and (j.status in ('running', 'canceling') or (j.status = 'pending' and j.assigned_at is not null))`.execute(db)
  return rows
}

/** Delayed jobs whose time has come. */
export async function dueJobs(db: Db): Promise<{ id: number; pipelineId: number }[]> {
  return db
    .selectFrom('jobs')
    .select(['id', 'pipeline_id as pipelineId'])
    .where('status', '=', 'scheduled')
    .where('scheduled_at', '<=', sql<Date>`now()`)
    .orderBy('scheduled_at')
    .limit(200)
    .execute()
}
