/** What a retry is judged by (domain/decide-play.ts). */
import { sql } from 'kysely'
import type { RetryFacts } from '../domain/decide-play.ts'
import { failureReasons, type JobStatus } from '../domain/job.ts'
import type { Db } from './open.ts'

/** @param userId whose right to deploy is asked: the retried job runs as this person */
export async function retryFacts(
  db: Db,
  jobId: number,
  userId: number,
): Promise<
  (RetryFacts & { readonly projectId: number; readonly name: string; readonly needsApproval: boolean }) | null
> {
  const { rows } = await sql<{
    status: JobStatus
    retried: boolean
    failure_reason: string | null
    environment_name: string | null
    user_may_deploy: boolean
    outdated: boolean
    needs_approval: boolean
    project_id: number
    name: string
  }>`
    select exists (select 1 from environment_rules r where r.environment_id = e.id) as needs_approval,
           j.status, j.retried, j.failure_reason, e.name as environment_name, j.project_id, j.name,
           (e.id is null or may_deploy(${userId}::bigint, e.id)
            -- With approval rules the retried job is gated, and somebody who may deploy plays it (product.md).
            or exists (select 1 from environment_rules r where r.environment_id = e.id and r.approval_rule_id is not null)) as user_may_deploy,
           coalesce(not p.ci_forward_deployment_rollback_allowed and p.ci_forward_deployment_enabled and exists (
             select 1 from deployments s, deployments d
              where d.job_id = j.id and s.environment_id = d.environment_id and s.status = 'success' and s.id > d.id and s.sha <> d.sha), false) as outdated
      from jobs j join projects p on p.id = j.project_id left join environments e on e.id = j.environment_id
     where j.id = ${jobId}`.execute(db)
  const row = rows[0]
  if (!row) return null
  return {
    status: row.status,
    retried: row.retried,
    failureReason: failureReasons.find((reason) => reason === row.failure_reason) ?? null,
    environmentName: row.environment_name,
    userMayDeploy: row.user_may_deploy,
    outdated: row.outdated,
    needsApproval: row.needs_approval,
    projectId: row.project_id,
    name: row.name,
  }
}
