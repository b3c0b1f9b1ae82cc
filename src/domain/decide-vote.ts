/** An approval call: what it is refused for, in GitLab's order, and what it changes. */
import { type Change, moveDeployment, moveJob } from './change.ts'
import { upcomingDeploymentStatuses } from './deployment.ts'
import type { DeploymentFacts, JobFacts } from './facts.ts'
import { fileVotes, gate, pendingApprovals, type Rule, type RuleKey, type Vote } from './gate.ts'
import { canMoveJob } from './job.ts'
import type { VoteRefusal } from './refusal.ts'
import { err, ok, type Result } from './result.ts'

export interface VoteCommand {
  readonly userId: number
  readonly status: 'approved' | 'rejected'
  readonly comment: string | null
  /** A rule's name; `''` counts as absent (GitLab). */
  readonly representedAs: string | null
}

export interface VoteFacts {
  readonly deployment: DeploymentFacts
  /** Null for a deployment that an external tool made. */
  readonly job: JobFacts | null
  /** Rules the caller fits now, in the order of `deployment.gate.rules`. */
  readonly eligible: readonly RuleKey[]
  /** The caller may read deployments of the project. */
  readonly mayRead: boolean
}

/**
 * Decides one vote (GitLab Deployments::ApprovalService; reference gitlab-deployments.md 2.5 to 2.10, product.md).
 * @returns the changes; an empty list when the same vote was there already
 */
export function decideVote(facts: VoteFacts, command: VoteCommand): Result<Change[], VoteRefusal> {
  const refusal = voteRefusal(facts, command)
  if (refusal) return err(refusal)
  const target = ruleFor(facts, command)
  if (target === null) return err({ code: 'no_rule_for_representation' })
  return ok(command.status === 'rejected' ? reject(facts, command, target) : approve(facts, command, target))
}

/** Why this person could not give this vote, whatever rule they mean; also asked to disable a button with its reason. */
export function voteRefusal(facts: VoteFacts, command: Pick<VoteCommand, 'userId' | 'status'>): VoteRefusal | null {
  const { deployment } = facts
  if (!deployment.protected) return { code: 'not_protected' }
  const own = command.userId === deployment.creatorId && command.status === 'approved'
  if (own && !deployment.gate.selfApproval) return { code: 'own_deployment' }
  if (deployment.approvals === 'none') return { code: 'approvals_not_configured' }
  const judged = gate(deployment.gate)
  if (judged.state !== 'waiting' || !upcomingDeploymentStatuses.includes(deployment.status)) {
    return { code: 'not_waiting_for_approvals' }
  }
  return facts.mayRead && facts.eligible.length > 0 ? null : { code: 'may_not_approve' }
}

interface Target {
  readonly rule: RuleKey
  readonly chosen: boolean
}

/**
 * The rule a vote is for: the named one (exact name before substring), else the first unsatisfied one that fits, else the first
 * that fits. Exact-before-substring and unsatisfied-first are ours (product.md); GitLab takes the first match.
 */
function ruleFor({ deployment, eligible }: VoteFacts, command: VoteCommand): Target | null {
  const mine = deployment.gate.rules.filter((rule) => eligible.includes(rule.key))
  const wanted = command.representedAs
  if (wanted) {
    const named = mine.find((rule) => rule.name === wanted) ?? mine.find((rule) => rule.name?.includes(wanted))
    return named ? { rule: named.key, chosen: true } : null
  }
  const held = (rule: Rule) => deployment.gate.votes.some((v) => v.userId === command.userId && v.filed === rule.key)
  const waiting = gate(deployment.gate)
    .counts.filter((count) => count.pending > 0)
    .map((count) => count.rule.key)
  const open = mine.find((rule) => waiting.includes(rule.key) && !held(rule))
  // A change of mind replaces the earlier vote; a second approval goes where one is still missing.
  const first =
    command.status === 'rejected' ? (mine.find(held) ?? open ?? mine[0]) : (open ?? mine.find(held) ?? mine[0])
  return first ? { rule: first.key, chosen: false } : null
}

function reject({ deployment, job }: VoteFacts, command: VoteCommand, target: Target): Change[] {
  const vote = castVote(deployment, command, target)
  if (job && canMoveJob(job.status, 'drop')) {
    return [...vote, ...moveJob({ ...job, deployment }, 'drop', { failureReason: 'deployment_rejected' })]
  }
  return [...vote, ...moveDeployment(deployment, 'drop')]
}

function approve(facts: VoteFacts, command: VoteCommand, target: Target): Change[] {
  const { deployment, job } = facts
  const earlier = existingVote(deployment, command.userId, target.rule)
  const votes = withVote(facts, command, target)
  const filing = fileVotes({ ...deployment.gate, votes })
  const placed = filing.get(earlier?.id ?? newVoteId) ?? target.rule
  if (earlier?.status === 'approved' && earlier.current && placed === earlier.filed) return []
  const refiled = deployment.gate.votes.flatMap((vote): Change[] => {
    const filed = filing.get(vote.id)
    if (filed === undefined || filed === vote.filed || vote.id === earlier?.id) return []
    return [{ kind: 'vote_refiled', voteId: vote.id, filed }]
  })
  const changes = [...refiled, ...castVote(deployment, command, { ...target, rule: placed })]
  const opens = pendingApprovals(gate({ ...deployment.gate, votes })) === 0
  return opens ? [...changes, ...startAfterApproval(deployment, job)] : changes
}

/** The last approval enqueues the job, unless the environment or the job's own user must wait for a person to play it. */
function startAfterApproval(deployment: DeploymentFacts, job: JobFacts | null): Change[] {
  if (deployment.start === 'manual') return []
  if (job === null) return moveDeployment(deployment, 'unblock')
  if (job.status !== 'manual' || !job.environment?.userMayDeploy || !job.userActive) return []
  const event = job.resourceGroup && !job.resourceGroup.free ? 'wait_for_resource' : 'enqueue'
  return [
    ...moveJob({ ...job, deployment: null }, event, { enqueueImmediately: true }),
    ...moveDeployment(deployment, 'unblock'),
  ]
}

/** Stands for the vote being decided, which has no id; larger than any id, so earlier votes keep their places. */
const newVoteId = Number.MAX_SAFE_INTEGER

function existingVote(deployment: DeploymentFacts, userId: number, rule: RuleKey): Vote | undefined {
  return deployment.gate.votes.find((vote) => vote.userId === userId && vote.filed === rule)
}

/** The votes as they would stand with this approval among them. */
function withVote({ deployment, eligible }: VoteFacts, command: VoteCommand, target: Target): Vote[] {
  const earlier = existingVote(deployment, command.userId, target.rule)
  const cast: Vote = {
    id: earlier?.id ?? newVoteId,
    userId: command.userId,
    status: 'approved',
    filed: target.rule,
    chosen: target.chosen,
    current: true,
    eligible,
  }
  return [...deployment.gate.votes.filter((vote) => vote.id !== earlier?.id), cast]
}

function castVote(deployment: DeploymentFacts, command: VoteCommand, target: Target): Change[] {
  const { userId, status, comment } = command
  const base = { deploymentId: deployment.id, userId, filed: target.rule, status, comment }
  const earlier = existingVote(deployment, userId, target.rule)
  return earlier
    ? [{ kind: 'vote_changed', voteId: earlier.id, ...base }]
    : [{ kind: 'vote_recorded', chosen: target.chosen, ...base }]
}
