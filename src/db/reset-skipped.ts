/** Jobs that were skipped because of a job that is now tried again get their turn back (reference C6). */
import { sql } from 'kysely'
import { moveJob } from '../domain/change.ts'
import { apply } from './apply.ts'
import { systemAuthor } from './audit.ts'
import { jobFacts } from './job-facts.ts'
import type { Tx } from './open.ts'

/** Resets skipped jobs of later stages and those that need this job, directly or not. The caller holds the lease. */
export async function resetSkippedAfter(tx: Tx, jobId: number): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    with recursive start as (select pipeline_id, stage_index, name from jobs where id = ${jobId}),
    dependents as (
      select j.id, j.name from jobs j join job_needs n on n.job_id = j.id join start s on s.pipeline_id = j.pipeline_id and n.name = s.name
      union
      select j.id, j.name from jobs j join job_needs n on n.job_id = j.id join dependents d on d.name = n.name
       where j.pipeline_id = (select pipeline_id from start))
    select j.id from jobs j, start s
     where j.pipeline_id = s.pipeline_id and j.status = 'skipped' and not j.retried
       and (j.id in (select id from dependents) or (j.stage_index > s.stage_index and jsonb_typeof(j.plan->'needs') <> 'array'))
     order by j.id`.execute(tx)
  const ids = rows.map((row) => row.id)
  for (const job of await jobFacts(tx, ids)) await apply(tx, moveJob(job, 'reset'), systemAuthor)
}
