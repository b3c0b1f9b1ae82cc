/** Reads, in one statement, all that a decision about jobs or one deployment looks at (domain/facts.ts). */
import { type RawBuilder, sql } from 'kysely'
import type { DeploymentStatus } from '../domain/deployment.ts'
import type { DeploymentFacts, JobFacts } from '../domain/facts.ts'
import type { Rule, RuleKey, Vote } from '../domain/gate.ts'
import type { JobStatus } from '../domain/job.ts'
import type { When } from '../domain/plan.ts'
import { holdingStatuses, mayTakeResource, type ProcessMode, upcomingStatuses } from '../domain/resource-group.ts'
import type { Db } from './open.ts'

interface DeploymentRow {
  deployment_id: number | null
  deployment_status: DeploymentStatus
  creator_id: number | null
  environment_name: string
  is_protected: boolean
  self_approval: boolean
  manual_start: boolean
  outdated: boolean
  rules: Rule[]
  votes: Vote[]
}

interface JobRow extends DeploymentRow {
  id: number
  name: string
  status: JobStatus
  when: When
  start_in: number | null
  allow_failure: boolean
  enqueue_immediately: boolean
  user_id: number | null
  user_active: boolean
  wants_environment: string | null
  environment_id: number | null
  environment_deploys: boolean
  user_may_deploy: boolean
  pipeline_id: number
  resource_group_id: number | null
  resource_queue: QueueRow | null
}

/**
 * Protection, rules and votes of deployment `d` to environment `e` of project `p`. The rules' order is fixed, so that "the first
 * rule" means the same to everybody.
 */
const deploymentColumns = sql`
  d.id as deployment_id, d.status as deployment_status, coalesce(d.answering_id, answers_for(d.user_id)) as creator_id, e.name as environment_name,
  exists (select 1 from environment_protections v where v.environment_id = e.id) as is_protected,
  p.allow_pipeline_trigger_approve_deployment as self_approval,
  exists (select 1 from environment_protections v where v.environment_id = e.id and v.start = 'manual') as manual_start,
  coalesce(d.id is not null and p.ci_forward_deployment_enabled and exists (
    select 1 from (select s.id, s.sha from deployments s where s.environment_id = e.id and s.status = 'success'
                    order by s.id desc limit 1) last
     where last.id > d.id and last.sha <> d.sha), false) as outdated,
  coalesce((select jsonb_agg(jsonb_build_object('key', r.key, 'name', r.name, 'required', r.required)
                             order by r.owner_group_id nulls first, r.protected_environment_id, r.approval_rule_id)
              from environment_rules r where r.environment_id = e.id), '[]') as rules,
  coalesce((select jsonb_agg(jsonb_build_object(
                     'id', a.id, 'userId', a.user_id, 'personId', answers_for(a.user_id), 'status', a.status, 'chosen', a.chosen,
                     'filed', case when a.approval_rule_id is not null then 'rule:' || a.approval_rule_id
                                   when a.protected_environment_id is not null then 'count:' || a.protected_environment_id end,
                     'current', a.subject_digest = s.digest,
                     'eligible', to_jsonb(approval_keys(a.user_id, e.id))) order by a.id)
              from deployment_approvals a, (select subject_digest(d.id) as digest) s
             where a.deployment_id = d.id), '[]') as votes`

/**
 * Facts of jobs by id.
 * @param as judge this person's right to deploy instead of the job's own user (who plays it)
 */
export async function jobFacts(
  db: Db,
  jobIds: readonly number[],
  as?: { readonly userId: number },
): Promise<JobFacts[]> {
  if (jobIds.length === 0) return []
  const deployer: RawBuilder<number | null> = as ? sql`${as.userId}::bigint` : sql`j.user_id`
  const { rows } = await sql<JobRow>`
    select j.id, j.name, j.status, j."when", (j.plan->>'startIn')::int as start_in, j.allow_failure, j.enqueue_immediately,
           j.user_id, coalesce(u.state = 'active', false) as user_active,
           j.plan->'environment'->>'name' as wants_environment, j.environment_id,
           coalesce(j.environment_action = 'start', false) as environment_deploys,
           coalesce(e.id is null or may_deploy(${deployer}, e.id), true) as user_may_deploy,
           j.pipeline_id, j.resource_group_id, ${resourceQueue} as resource_queue,
           ${deploymentColumns}
      from jobs j
      join projects p on p.id = j.project_id
      left join users u on u.id = ${deployer}
      left join environments e on e.id = j.environment_id
      left join deployments d on d.job_id = j.id
     where j.id ${jobIds.length === 1 ? sql`= ${jobIds[0]}` : sql`= any (${jobIds}::bigint[])`}
     order by j.id`.execute(db)
  return rows.map(toJobFacts)
}

/** The other jobs of the resource group, as far as they matter (reference C8). Null: the job has no group. */
const resourceQueue = sql<QueueRow | null>`(
  select jsonb_build_object(
           'mode', g.process_mode,
           'held', exists (select 1 from jobs o where o.resource_group_id = g.id and o.id <> j.id
                              and o.status = any (${[...holdingStatuses]}::text[])),
           'others', (select coalesce(jsonb_agg(distinct jsonb_build_object('pipelineId', o.pipeline_id, 'status', o.status)), '[]')
                        from jobs o where o.resource_group_id = g.id and o.id <> j.id and not o.retried
                         and g.process_mode <> 'unordered' and o.status = any (${[...upcomingStatuses('oldest_first')]}::text[])))
    from resource_groups g where g.id = j.resource_group_id)`

interface QueueRow {
  readonly mode: ProcessMode
  readonly held: boolean
  readonly others: readonly { readonly pipelineId: number; readonly status: JobStatus }[]
}

/** Facts of one deployment, with the rules that `userId` fits now and who answers for them. Null when it does not exist. */
export async function deploymentFacts(
  db: Db,
  deploymentId: number,
  userId: number,
): Promise<{ deployment: DeploymentFacts; jobId: number | null; eligible: RuleKey[]; personId: number } | null> {
  const { rows } = await sql<DeploymentRow & { job_id: number | null; eligible: RuleKey[]; person_id: number }>`
    select d.job_id, answers_for(${userId}::bigint) as person_id, approval_keys(${userId}::bigint, e.id) as eligible, ${deploymentColumns}
      from deployments d
      join environments e on e.id = d.environment_id
      join projects p on p.id = d.project_id
     where d.id = ${deploymentId}`.execute(db)
  const row = rows[0]
  const deployment = row && toDeploymentFacts(row)
  if (!row || !deployment) return null
  const eligible = deployment.gate.rules.map((rule) => rule.key).filter((key) => row.eligible.includes(key))
  return { deployment, jobId: row.job_id, eligible, personId: row.person_id }
}

function toJobFacts(row: JobRow): JobFacts {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    when: row.when,
    startIn: row.start_in,
    allowFailure: row.allow_failure,
    enqueueImmediately: row.enqueue_immediately,
    userId: row.user_id,
    userActive: row.user_active,
    environment:
      row.wants_environment === null
        ? null
        : {
            name: row.environment_name ?? row.wants_environment,
            invalid: row.environment_id === null,
            deploys: row.environment_deploys,
            userMayDeploy: row.user_may_deploy,
          },
    deployment: toDeploymentFacts(row),
    resourceGroup: toResource(row),
  }
}

function toResource({ resource_group_id: id, resource_queue: queue, pipeline_id }: JobRow): JobFacts['resourceGroup'] {
  if (id === null || queue === null) return null
  const { mode, held, others } = queue
  const upcoming = others.filter(({ status }) => upcomingStatuses(mode).includes(status))
  return { id, free: mayTakeResource({ mode, held, upcoming: upcoming.map((one) => one.pipelineId) }, pipeline_id) }
}

function toDeploymentFacts(row: DeploymentRow): DeploymentFacts | null {
  if (row.deployment_id === null) return null
  const byRules = row.rules.some((rule) => rule.key.startsWith('rule:'))
  return {
    id: row.deployment_id,
    status: row.deployment_status,
    creatorId: row.creator_id,
    environmentName: row.environment_name,
    protected: row.is_protected,
    approvals: row.rules.length === 0 ? 'none' : byRules ? 'rules' : 'count',
    gate: { rules: row.rules, votes: row.votes, creatorId: row.creator_id, selfApproval: row.self_approval },
    start: row.manual_start ? 'manual' : 'on_approval',
    outdated: row.outdated,
  }
}
