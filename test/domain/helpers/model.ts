/**
 * A small model of one deployment and its job: facts that change as decisions say. It refuses what the database would refuse: a
 * move from another status than the one there is, and two votes of one person under one rule, even for a moment.
 */
import type { Change } from '../../../src/domain/change.ts'
import type { VoteFacts } from '../../../src/domain/decide-vote.ts'
import type { DeploymentFacts, JobFacts } from '../../../src/domain/facts.ts'
import type { GateFacts, Rule, RuleKey } from '../../../src/domain/gate.ts'

/** A vote as it is stored: what its voter fits is looked up when facts are read. */
export interface StoredVote {
  readonly id: number
  readonly userId: number
  readonly status: 'approved' | 'rejected'
  readonly filed: RuleKey | null
  readonly chosen: boolean
  /** Of what was approved. */
  readonly digest: number
}

export interface Model {
  readonly job: JobFacts
  readonly deployment: Omit<DeploymentFacts, 'gate'>
  readonly rules: readonly Rule[]
  readonly selfApproval: boolean
  readonly votes: readonly StoredVote[]
  /** Person → the rules they fit now. */
  readonly fits: ReadonlyMap<number, readonly RuleKey[]>
  readonly digest: number
}

export function gateOf(model: Model): GateFacts {
  const fits = (userId: number) => model.fits.get(userId) ?? []
  return {
    rules: model.rules,
    creatorId: model.deployment.creatorId,
    selfApproval: model.selfApproval,
    votes: model.votes.map(({ digest, ...vote }) => ({
      ...vote,
      personId: vote.userId,
      current: digest === model.digest,
      eligible: fits(vote.userId),
    })),
  }
}

export function jobOf(model: Model): JobFacts {
  return { ...model.job, deployment: { ...model.deployment, gate: gateOf(model) } }
}

export function voteFactsOf(model: Model, userId: number): VoteFacts {
  const job = jobOf(model)
  if (!job.deployment) throw new Error('no deployment')
  const fits = model.fits.get(userId) ?? []
  const eligible = model.rules.map((rule) => rule.key).filter((key) => fits.includes(key))
  return { deployment: job.deployment, job, eligible, mayRead: true }
}

/** Applies changes one after the other, as db/apply.ts does. */
export function applied(model: Model, changes: readonly Change[]): Model {
  return changes.reduce(applyOne, model)
}

function applyOne(model: Model, change: Change): Model {
  switch (change.kind) {
    case 'job_moved': {
      if (change.from !== model.job.status) throw new Error(`job is ${model.job.status}, not ${change.from}`)
      const { when, userId, enqueueImmediately } = change.set
      const job = {
        ...model.job,
        status: change.to,
        ...(when && { when }),
        ...(userId !== undefined && { userId }),
        ...(enqueueImmediately !== undefined && { enqueueImmediately }),
      }
      return { ...model, job }
    }
    case 'deployment_moved': {
      const { status } = model.deployment
      if (change.from !== status) throw new Error(`deployment is ${status}, not ${change.from}`)
      return { ...model, deployment: { ...model.deployment, status: change.to } }
    }
    case 'pipeline_moved':
      throw new Error('no decision about one job moves a pipeline')
    case 'vote_recorded': {
      const { userId, status, filed, chosen } = change
      const id = 1 + Math.max(0, ...model.votes.map((vote) => vote.id))
      return stored(model, { id, userId, status, filed, chosen, digest: model.digest })
    }
    case 'vote_changed': {
      const { voteId: id, userId, status, filed, chosen } = change
      if (voteOf(model, id).userId !== userId) throw new Error(`vote ${id} is not of ${userId}`)
      return stored(model, { id, userId, status, filed, chosen, digest: model.digest })
    }
    case 'vote_refiled':
      return stored(model, { ...voteOf(model, change.voteId), filed: change.filed })
  }
}

function voteOf(model: Model, id: number): StoredVote {
  const vote = model.votes.find((one) => one.id === id)
  if (!vote) throw new Error(`no vote ${id}`)
  return vote
}

function stored(model: Model, vote: StoredVote): Model {
  const others = model.votes.filter((other) => other.id !== vote.id)
  if (vote.filed !== null && others.some((other) => other.userId === vote.userId && other.filed === vote.filed)) {
    throw new Error(`two votes of ${vote.userId} under ${vote.filed}`)
  }
  return { ...model, votes: [...others, vote].toSorted((a, b) => a.id - b.id) }
}

/** An approval as its voter meant it: under a named rule, or wherever it helps. */
export interface Meant {
  readonly userId: number
  readonly rule: RuleKey | null
}

/** The most requirements that these approvals can meet, by trying everything: what gate.ts must find some other way. */
export function mostMet(
  rules: readonly Rule[],
  approvals: readonly Meant[],
  fits: ReadonlyMap<number, readonly RuleKey[]>,
): number {
  const held = new Set<string>()
  const left = new Map(rules.map((rule) => [rule.key, rule.required]))
  const best = (index: number): number => {
    const vote = approvals[index]
    if (!vote) return 0
    let most = best(index + 1)
    for (const key of fits.get(vote.userId) ?? []) {
      const room = left.get(key) ?? 0
      const seat = `${vote.userId} ${key}`
      if (room === 0 || held.has(seat) || (vote.rule !== null && vote.rule !== key)) continue
      left.set(key, room - 1)
      held.add(seat)
      most = Math.max(most, 1 + best(index + 1))
      held.delete(seat)
      left.set(key, room)
    }
    return most
  }
  return best(0)
}
