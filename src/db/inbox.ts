/** Blocked deployments over all projects, as one person sees them. */
import { sql } from 'kysely'
import type { Db } from './open.ts'
import type { Page } from './paging.ts'

export interface InboxEntry {
  readonly deploymentId: number
  readonly projectId: number
}

/**
 * Deployments that wait for approval, in projects where the person may read deployments.
 * @param mine true: those this person fits a rule of, did not create (or may self-approve), and has not voted on under every
 *   rule they fit; false: the others. The page shows the exact reason, which is asked again for each shown deployment.
 */
export async function waitingDeployments(
  db: Db,
  person: { readonly userId: number; readonly isAdmin: boolean },
  mine: boolean,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<InboxEntry>> {
  // The blocked ones are few and have an index of their own; everything else is asked of those alone.
  const { rows } = await sql<InboxEntry & { total: number }>`
    with blocked as (
      select d.id, d.project_id, d.environment_id, coalesce(d.answering_id, answers_for(d.user_id)) as answering_id, p.allow_pipeline_trigger_approve_deployment as self
        from deployments d join projects p on p.id = d.project_id
       where d.status = 'blocked' and not p.archived
         and exists (select 1 from environment_rules r where r.environment_id = d.environment_id)
         and (${person.isAdmin} or project_role(${person.userId}, d.project_id) >= 20)
         -- Approved but not started: somebody must play it, nobody must vote.
         and exists (select 1 from jobs j where j.id = d.job_id and j.status = 'manual' or d.job_id is null)),
    judged as (
      select b.*, (b.self or b.answering_id is distinct from answers_for(${person.userId}))
             and exists (select 1 from unnest(approval_keys(${person.userId}, b.environment_id)) k
                          where not exists (select 1 from deployment_approvals a where a.deployment_id = b.id and a.user_id = ${person.userId}
                             and k = case when a.approval_rule_id is not null then 'rule:' || a.approval_rule_id else 'count:' || a.protected_environment_id end)) as mine
        from blocked b)
    select id as "deploymentId", project_id as "projectId", count(*) over ()::int as total
      from judged where mine = ${mine} order by id
     limit ${request.per_page} offset ${(request.page - 1) * request.per_page}`.execute(db)
  const total = rows[0]?.total ?? 0
  return {
    items: rows.map(({ deploymentId, projectId }) => ({ deploymentId, projectId })),
    hasNext: request.page * request.per_page < total,
    total,
  }
}

/** Deployments this person voted on, the last vote first. */
export async function decidedDeployments(
  db: Db,
  userId: number,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<InboxEntry>> {
  const { rows } = await sql<InboxEntry>`
    select a.deployment_id as "deploymentId", d.project_id as "projectId"
      from deployment_approvals a join deployments d on d.id = a.deployment_id
     where a.user_id = ${userId}
     group by a.deployment_id, d.project_id
     order by max(a.id) desc
     limit ${request.per_page + 1} offset ${(request.page - 1) * request.per_page}`.execute(db)
  return { items: rows.slice(0, request.per_page), hasNext: rows.length > request.per_page, total: null }
}
