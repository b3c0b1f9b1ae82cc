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
  /** Who answers for the caller, when they are a bot: whoever made it. Absent: the caller. */
  readonly personId?: number
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

/** The vote that a call without changes repeats: the caller's under the rule they name, else their latest. Null: none. */
export function repeatedVote(facts: VoteFacts, command: VoteCommand): number | null {
  const target = ruleFor(facts, command)
  const given = votesOf(facts.deployment, command.userId).filter((vote) => vote.status === command.status)
  const named = target?.chosen ? given.find((vote) => vote.filed === target.rule) : undefined
  return (named ?? given.at(-1))?.id ?? null
}

/** Why this person could not give this vote, whatever rule they mean; also asked to disable a button with its reason. */
export function voteRefusal(facts: VoteFacts, command: Pick<VoteCommand, 'userId' | 'status'>): VoteRefusal | null {
  const { deployment } = facts
  if (!deployment.protected) return { code: 'not_protected' }
  const own = personOf(facts, command) === deployment.creatorId && command.status === 'approved'
  if (own && !deployment.gate.selfApproval) return { code: 'own_deployment' }
  if (deployment.approvals === 'none') return { code: 'approvals_not_configured' }
  const judged = gate(deployment.gate)
  if (judged.state !== 'waiting' || !upcomingDeploymentStatuses.includes(deployment.status)) {
    return { code: 'not_waiting_for_approvals' }
  }
  return facts.mayRead && facts.eligible.length > 0 ? null : { code: 'may_not_approve' }
}

function personOf(facts: VoteFacts, command: Pick<VoteCommand, 'userId'>): number {
  return facts.personId ?? command.userId
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
  const filing = fileVotes(deployment.gate)
  const own = votesOf(deployment, command.userId)
  const held = (rule: Rule) => own.some((vote) => filing.get(vote.id) === rule.key)
  const counts = gate(deployment.gate).counts
  const waits = (rule: Rule) => counts.some((count) => count.rule.key === rule.key && count.pending > 0)
  // A change of mind replaces the vote its person gave; another approval goes where one is still missing.
  const given = command.status === 'rejected' ? mine.find((rule) => own.some((v) => v.filed === rule.key)) : undefined
  const first = given ?? mine.find((rule) => waits(rule) && !held(rule)) ?? mine.find((rule) => !held(rule)) ?? mine[0]
  return first ? { rule: first.key, chosen: false } : null
}

function votesOf(deployment: DeploymentFacts, userId: number): Vote[] {
  return deployment.gate.votes.filter((vote) => vote.userId === userId)
}

function reject({ deployment, job }: VoteFacts, command: VoteCommand, target: Target): Change[] {
  const vote = castVote(deployment, command, target)
  if (job && canMoveJob(job.status, 'drop')) {
    return [...vote, ...moveJob({ ...job, deployment }, 'drop', { failureReason: 'deployment_rejected' })]
  }
  return [...vote, ...moveDeployment(deployment, 'drop')]
}

/**
 * Somebody who approved before is counted once more only if that meets another requirement, found by moving votes if need be, so
 * that it is of no matter in which order the votes come. Otherwise the call repeats what was said and changes nothing.
 */
function approve(facts: VoteFacts, command: VoteCommand, target: Target): Change[] {
  const { deployment, job } = facts
  const before = fileVotes(deployment.gate)
  const given = votesOf(deployment, command.userId).filter((vote) => before.has(vote.id))
  const after = { ...deployment.gate, votes: withVote(facts, command, target) }
  const judged = gate(after)
  const repeats = given.length > 0 && (!target.chosen || given.some((vote) => vote.filed === target.rule))
  if (repeats && pendingApprovals(judged) === pendingApprovals(gate(deployment.gate))) return []
  const filing = fileVotes(after)
  const placed = { ...target, rule: filing.get(newVoteId) ?? target.rule }
  const changes = [...refile(deployment.gate.votes, filing), ...castVote(deployment, command, placed, filing)]
  return judged.state === 'open' ? [...changes, ...startAfterApproval(deployment, job)] : changes
}

/** Moves earlier votes to the rules they count under now. Nobody has two votes under one rule, not even for a moment. */
function refile(votes: readonly Vote[], filing: ReadonlyMap<number, RuleKey>): Change[] {
  const moved = votes.flatMap((vote) => {
    const filed = filing.get(vote.id)
    return filed === undefined || filed === vote.filed ? [] : [{ vote, filed }]
  })
  const inTheWay = moved.flatMap(({ vote, filed }) =>
    votes.filter((other) => other.userId === vote.userId && other.filed === filed),
  )
  return [
    ...inTheWay.map((vote): Change => ({ kind: 'vote_refiled', voteId: vote.id, filed: null })),
    ...moved.map(({ vote, filed }): Change => ({ kind: 'vote_refiled', voteId: vote.id, filed })),
  ]
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

/** The votes as they would stand with this approval among them. */
function withVote(facts: VoteFacts, command: VoteCommand, target: Target): Vote[] {
  const { deployment, eligible } = facts
  const cast: Vote = {
    id: newVoteId,
    userId: command.userId,
    personId: personOf(facts, command),
    status: 'approved',
    filed: target.rule,
    chosen: target.chosen,
    current: true,
    eligible,
  }
  return [...deployment.gate.votes, cast]
}

/** A vote that its person has under the rule already is changed, unless `filing` moves it elsewhere. */
function castVote(
  deployment: DeploymentFacts,
  command: VoteCommand,
  { rule, chosen }: Target,
  filing: ReadonlyMap<number, RuleKey> = new Map(),
): Change[] {
  const { userId, status, comment } = command
  const earlier = votesOf(deployment, userId).find(
    (vote) => vote.filed === rule && (filing.get(vote.id) ?? rule) === rule,
  )
  const vote = { deploymentId: deployment.id, userId, filed: rule, chosen, status, comment }
  return earlier ? [{ kind: 'vote_changed', voteId: earlier.id, ...vote }] : [{ kind: 'vote_recorded', ...vote }]
}
