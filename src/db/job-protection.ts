/** What access to one job depends on (domain/job-access.ts). */
import { sql } from 'kysely'
import type { JobProtection } from '../domain/job-access.ts'
import type { Db } from './open.ts'

/** Null when there is no such job. */
export async function jobProtection(db: Db, jobId: number, userId: number): Promise<JobProtection | null> {
  const { rows } = await sql<JobProtection>`
    select case when exists (select 1 from environment_protections v where v.environment_id = e.id) then e.name end
             as "protectedEnvironment",
           e.id is null or may_deploy(${userId}::bigint, e.id) as "mayDeploy",
           j.user_id as "userId", p.protected as "refProtected"
      from jobs j join pipelines p on p.id = j.pipeline_id left join environments e on e.id = j.environment_id
     where j.id = ${jobId}`.execute(db)
  return rows[0] ?? null
}
