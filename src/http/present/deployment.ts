/** Deployments as the API shows them (GitLab entities Deployment and DeploymentExtended). */
import type { App } from '../../app/context.ts'
import type { Approval, DeploymentEntity, DeploymentExtended } from '../../contract/deployments.ts'
import { candidatesFor, type DeploymentRow, rulesOf, type VoteRow, votesOn } from '../../db/deployment-rows.ts'
import { deploymentFacts, jobFacts } from '../../db/job-facts.ts'
import type { Actor } from '../../domain/access.ts'
import { type VoteFacts, voteRefusal } from '../../domain/decide-vote.ts'
import { upcomingDeploymentStatuses } from '../../domain/deployment.ts'
import { gate, pendingApprovals, type RuleCount } from '../../domain/gate.ts'
import { sentenceOf } from '../../domain/refusal.ts'
import { jobsById, presentJobs } from './job.ts'
import { presentUserBasic } from './user.ts'

/** A list: the jobs and commits of all of them are read together. */
export async function presentDeployments(app: App, rows: readonly DeploymentRow[]): Promise<DeploymentEntity[]> {
  const jobs = await jobsById(
    app,
    rows.flatMap((row) => (row.job_id === null ? [] : [row.job_id])),
  )
  const presented = await presentJobs(app, [...jobs.values()])
  const byId = new Map(presented.map((job) => [job.id, job]))
  return rows.map((row) => presentDeployment(app, row, row.job_id === null ? null : (byId.get(row.job_id) ?? null)))
}

function presentDeployment(app: App, row: DeploymentRow, deployable: DeploymentEntity['deployable']): DeploymentEntity {
  const { environment } = row
  return {
    id: row.id,
    iid: row.iid,
    ref: row.ref,
    sha: row.sha,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    status: row.status,
    user: row.person && presentUserBasic(app, row.person),
    environment: {
      id: environment.id,
      name: environment.name,
      slug: environment.slug,
      external_url: environment.external_url,
      created_at: new Date(environment.created_at).toISOString(),
      updated_at: new Date(environment.updated_at).toISOString(),
    },
    deployable,
  }
}

export function presentApproval(app: App, vote: VoteRow): Approval {
  return {
    user: presentUserBasic(app, vote.user),
    status: vote.status,
    created_at: vote.created_at.toISOString(),
    comment: vote.comment,
  }
}

/** @param mayRead the caller may read deployments of the project, as the approval call would ask */
export async function presentDeploymentExtended(
  app: App,
  row: DeploymentRow,
  caller: { readonly actor: Actor; readonly mayRead: boolean },
): Promise<DeploymentExtended> {
  const [basic, votes, rules, found] = await Promise.all([
    presentDeployments(app, [row]),
    votesOn(app.db, row.id),
    rulesOf(app.db, row.environment.id),
    deploymentFacts(app.db, row.id, caller.actor.userId),
  ])
  const [entity] = basic
  if (!entity || !found) throw new Error(`deployment ${row.id} is gone`)
  const judged = gate(found.deployment.gate)
  const byId = new Map(votes.map((vote) => [vote.id, vote]))
  const counts = new Map(judged.counts.map((count) => [count.rule.key as string, count]))
  const counted = new Set(judged.counts.flatMap((count) => count.approvals))
  const [job = null] = found.jobId === null ? [] : await jobFacts(app.db, [found.jobId])
  const facts: VoteFacts = { ...found, job, mayRead: caller.mayRead }
  return {
    ...entity,
    pending_approval_count: pendingApprovals(judged),
    approvals: votes.map((vote) => ({ ...presentApproval(app, vote), counts: counted.has(vote.id) })),
    approval_summary: {
      rules: rules
        .filter((rule) => rule.approval_rule_id !== null)
        .map((rule) => ({
          id: rule.approval_rule_id,
          user_id: rule.user_id,
          group_id: rule.group_id,
          access_level: rule.access_level,
          access_level_description: rule.name,
          required_approvals: rule.required,
          group_inheritance_type: rule.group_inheritance_type ?? 0,
          deployment_approvals: votesUnder(rule.key, found.deployment.gate.votes, counts.get(rule.key), byId).map(
            (vote) => presentApproval(app, vote),
          ),
        })),
    },
    your_approval: {
      approve: answer(facts, caller.actor.userId, 'approved'),
      reject: answer(facts, caller.actor.userId, 'rejected'),
    },
    waiting_for: upcomingDeploymentStatuses.includes(row.status)
      ? await waitingFor(app, row, facts, judged.counts)
      : [],
    start: found.deployment.start,
  }
}

function answer(facts: VoteFacts, userId: number, status: 'approved' | 'rejected') {
  const refusal = voteRefusal(facts, { userId, status })
  return { allowed: refusal === null, reason: refusal && sentenceOf(refusal) }
}

/** Counted approvals as the gate files them, and rejections where they were filed. */
function votesUnder(
  key: string,
  all: readonly { readonly id: number; readonly filed: string | null; readonly status: string }[],
  count: RuleCount | undefined,
  byId: ReadonlyMap<number, VoteRow>,
): VoteRow[] {
  const rejections = all.filter((vote) => vote.status === 'rejected' && vote.filed === key).map((vote) => vote.id)
  return [...(count?.approvals ?? []), ...rejections].flatMap((id) => byId.get(id) ?? [])
}

/** Who can still satisfy each waiting rule, and who fits it but cannot, with the sentence they would be refused with. */
async function waitingFor(
  app: App,
  row: DeploymentRow,
  facts: VoteFacts,
  counts: readonly RuleCount[],
): Promise<DeploymentExtended['waiting_for']> {
  const waiting = counts.filter((count) => count.pending > 0)
  if (waiting.length === 0) return []
  const people = await candidatesFor(app.db, row.environment.id, row.project_id)
  return waiting.map(({ rule, pending, approvals }) => {
    const fitting = people.filter((person) => person.keys.includes(rule.key))
    const judged = fitting.map((person) => {
      const theirs: VoteFacts = { ...facts, personId: person.personId, eligible: [rule.key], mayRead: person.mayRead }
      const voted = facts.deployment.gate.votes.some((v) => v.userId === person.user.id && approvals.includes(v.id))
      const refusal = voteRefusal(theirs, { userId: person.user.id, status: 'approved' })
      return {
        user: presentUserBasic(app, person.user),
        reason: voted ? 'Already approved.' : refusal && sentenceOf(refusal),
      }
    })
    return {
      rule_id: rule.key.startsWith('rule:') ? Number(rule.key.slice('rule:'.length)) : null,
      rule: rule.name,
      pending_approvals: pending,
      candidates: judged.filter((person) => person.reason === null).map((person) => person.user),
      excluded: judged.flatMap(({ user, reason }) => (reason === null ? [] : [{ user, reason }])),
    }
  })
}
