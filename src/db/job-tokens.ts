/** Job tokens: they speak for the job's user while a runner has the job, and not a moment longer. */
import type { ActiveUser } from './access-tokens.ts'
import type { Db } from './open.ts'

/** The job a token belongs to, with its user; null when the job is over, unknown, or its user is not active. */
export async function jobByToken(
  db: Db,
  digest: Buffer,
): Promise<{ readonly jobId: number; readonly projectId: number; readonly user: ActiveUser } | null> {
  const row = await db
    .selectFrom('jobs as j')
    .innerJoin('users as u', 'u.id', 'j.user_id')
    .select([
      'j.id as jobId',
      'j.project_id as projectId',
      'u.id as userId',
      'u.username',
      'u.name',
      'u.is_admin as isAdmin',
    ])
    .where('j.token_digest', '=', digest)
    .where('j.status', 'in', ['pending', 'running', 'canceling'])
    .where('u.state', '=', 'active')
    .executeTakeFirst()
  if (!row) return null
  const { jobId, projectId, ...user } = row
  // A job token never carries an administrator's powers beyond its own project (threat T19).
  return { jobId, projectId, user: { ...user, isAdmin: false } }
}

/** A job that asks for a pipeline with its token. */
export interface AskingJob {
  readonly jobId: number
  readonly pipelineId: number
  readonly projectId: number
  readonly userId: number
  /** Who asked for its own pipeline first; a person who retried the job asked for what it makes. */
  readonly requesterId: number | null
}

export async function askingJob(db: Db, jobId: number): Promise<AskingJob | null> {
  const row = await db
    .selectFrom('jobs as j')
    .innerJoin('pipelines as i', 'i.id', 'j.pipeline_id')
    .select((eb) => [
      'j.id as jobId',
      'j.pipeline_id as pipelineId',
      'j.project_id as projectId',
      'j.user_id as userId',
      eb
        .case()
        .when(eb.and([eb('j.retry_of', 'is not', null), eb('j.retries', '=', 0)]))
        .then(eb.ref('j.user_id'))
        .else(eb.fn.coalesce('i.requester_id', 'j.user_id'))
        .end()
        .as('requesterId'),
    ])
    .where('j.id', '=', jobId)
    .executeTakeFirst()
  return row?.userId == null ? null : { ...row, userId: row.userId }
}
