/** What ending a job needs to know. */
import type { JobFacts } from '../domain/facts.ts'
import type { JobPlan } from '../domain/plan.ts'
import { jobFacts } from './job-facts.ts'
import type { Db } from './open.ts'

export interface FinishedJob {
  readonly facts: JobFacts
  readonly plan: JobPlan
  /** Automatic retries before this attempt. */
  readonly retries: number
  /** The workflow wants the rest of the pipeline cancelled when a job fails. */
  readonly cancelOnFailure: boolean
}

/** Null when there is no such job. */
export async function finishedJob(db: Db, jobId: number): Promise<FinishedJob | null> {
  const [facts] = await jobFacts(db, [jobId])
  const row = await db
    .selectFrom('jobs as j')
    .innerJoin('pipelines as p', 'p.id', 'j.pipeline_id')
    .select(['j.plan', 'j.retries', 'p.auto_cancel_on_job_failure'])
    .where('j.id', '=', jobId)
    .executeTakeFirst()
  if (!facts || !row) return null
  return { facts, plan: row.plan, retries: row.retries, cancelOnFailure: row.auto_cancel_on_job_failure === 'all' }
}
