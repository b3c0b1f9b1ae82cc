/** Jobs that a cancel would reach. */
import { sql } from 'kysely'
import type { JobFacts } from '../domain/facts.ts'
import { cancelableJobStatuses } from '../domain/job.ts'
import { jobFacts } from './job-facts.ts'
import type { Db } from './open.ts'

export interface CancelableJob {
  readonly facts: JobFacts
  /** Its runner can run `after_script` before it stops (feature `cancel_gracefully`). */
  readonly runnerCancelsGracefully: boolean
}

/**
 * @param scope one job or a whole pipeline; with a user, jobs of protected environments that keep this person out are left out
 */
export async function cancelableJobs(
  db: Db,
  scope: { readonly pipelineId?: number; readonly jobId?: number; readonly userId: number | null },
): Promise<CancelableJob[]> {
  const { rows } = await sql<{ id: number; graceful: boolean }>`
    select j.id, coalesce((m.features->>'cancel_gracefully')::boolean, false) as graceful
      from jobs j left join runner_managers m on m.id = j.runner_manager_id
     where (${scope.pipelineId ?? null}::bigint is null or j.pipeline_id = ${scope.pipelineId ?? null})
       and (${scope.jobId ?? null}::bigint is null or j.id = ${scope.jobId ?? null})
       and j.status = any (${[...cancelableJobStatuses, 'canceling']}::text[]) and not j.retried
       and (${scope.userId}::bigint is null or j.environment_id is null or may_deploy(${scope.userId}, j.environment_id))
     order by j.id`.execute(db)
  const graceful = new Map(rows.map((row) => [row.id, row.graceful]))
  const facts = await jobFacts(db, [...graceful.keys()])
  return facts.map((job) => ({ facts: job, runnerCancelsGracefully: graceful.get(job.id) ?? false }))
}

/** Ids of the resource groups that these jobs hold or wait for. */
export function resourcesOf(jobs: readonly CancelableJob[]): number[] {
  return jobs.flatMap(({ facts }) => facts.resourceGroup?.id ?? [])
}
