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
