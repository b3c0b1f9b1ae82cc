/**
 * The approval rule itself: which votes count for which rule, and whether the gate of a deployment is open.
 *
 * The outcome depends on the set of votes, never on their order: votes that do not name a rule are matched to rules so that as
 * many requirements as possible are met (maximum bipartite matching). A vote counts only while its voter still is what the rule
 * asks for, and only for exactly what was approved (`current`), so a removed member or a changed job closes the gate again.
 */

/** `rule:<id>` for an approval rule, `count:<protected environment id>` for a bare required_approval_count. */
export type RuleKey = `rule:${number}` | `count:${number}`

export interface Rule {
  readonly key: RuleKey
  /** The user's, group's or role's name as the API shows it; what `represented_as` is compared with. */
  readonly name: string | null
  readonly required: number
}

export interface Vote {
  readonly id: number
  readonly userId: number
  /** Who answers for the voter: themselves, or whoever made the bot that they are. */
  readonly personId: number
  readonly status: 'approved' | 'rejected'
  /** The rule it was filed under; null when that rule is gone. */
  readonly filed: RuleKey | null
  /** The voter named the rule, so it is never filed elsewhere. */
  readonly chosen: boolean
  /** It was given for exactly what would run now. */
  readonly current: boolean
  /** The rules whose description the voter fits now. */
  readonly eligible: readonly RuleKey[]
}

export interface GateFacts {
  readonly rules: readonly Rule[]
  readonly votes: readonly Vote[]
  /** The person who answers for the deployment's creator. */
  readonly creatorId: number | null
  readonly selfApproval: boolean
}

export interface RuleCount {
  readonly rule: Rule
  /** Votes counted for this rule, surplus included. */
  readonly approvals: readonly number[]
  readonly pending: number
}

export type Gate =
  | { readonly state: 'open'; readonly counts: readonly RuleCount[] }
  | { readonly state: 'waiting'; readonly counts: readonly RuleCount[]; readonly pending: number }
  | { readonly state: 'rejected'; readonly counts: readonly RuleCount[]; readonly pending: number; readonly by: number }

/** Judges a gate. Without rules it is open: there is nothing to wait for. */
export function gate(facts: GateFacts): Gate {
  const filing = fileVotes(facts)
  const counts = facts.rules.map((rule) => {
    const approvals = facts.votes.filter((vote) => filing.get(vote.id) === rule.key).map((vote) => vote.id)
    return { rule, approvals, pending: Math.max(rule.required - approvals.length, 0) }
  })
  const pending = counts.reduce((sum, count) => sum + count.pending, 0)
  const rejection = facts.votes.find((vote) => vote.status === 'rejected')
  if (rejection) return { state: 'rejected', counts, pending, by: rejection.userId }
  return pending === 0 ? { state: 'open', counts } : { state: 'waiting', counts, pending }
}

/** Approvals still missing; 0 when the gate is open. */
export function pendingApprovals(judged: Gate): number {
  return judged.state === 'open' ? 0 : judged.pending
}

/**
 * Whether an approval counts at all now, whatever rule it may be moved to. One whose own rule is gone counts for nothing, so that
 * protection that was taken away and came back revives no vote (threat T8; GitLab: votes without a rule).
 */
function counts(vote: Vote, facts: GateFacts): boolean {
  if (vote.status !== 'approved' || !vote.current) return false
  if (!facts.rules.some((rule) => rule.key === vote.filed)) return false
  return facts.selfApproval || vote.personId !== facts.creatorId
}

/**
 * Files every counting approval under at most one rule: first where it stands, then the rest by augmenting paths.
 * @returns vote id → rule key; votes that count for nothing are absent
 */
export function fileVotes(facts: GateFacts): Map<number, RuleKey> {
  const votes = facts.votes.filter((vote) => counts(vote, facts)).toSorted((a, b) => a.id - b.id)
  const capacity = new Map(facts.rules.map((rule) => [rule.key, rule.required]))
  const filing = new Map<number, RuleKey>()
  const holders = (key: RuleKey) => votes.filter((vote) => filing.get(vote.id) === key)
  const free = (key: RuleKey) => holders(key).length < (capacity.get(key) ?? 0)
  // One person never counts twice under one rule.
  const mayHold = (vote: Vote, key: RuleKey) =>
    capacity.has(key) && vote.eligible.includes(key) && !holders(key).some((other) => other.personId === vote.personId)

  // Named votes first: they cannot move, so the others must make room for them.
  for (const vote of votes.toSorted((a, b) => Number(b.chosen) - Number(a.chosen))) {
    if (vote.filed !== null && mayHold(vote, vote.filed) && (vote.chosen || free(vote.filed))) {
      filing.set(vote.id, vote.filed)
    }
  }
  const place = (vote: Vote, seen: Set<RuleKey>): boolean => {
    for (const { key } of facts.rules) {
      if (seen.has(key) || !mayHold(vote, key)) continue
      seen.add(key)
      if (free(key)) {
        filing.set(vote.id, key)
        return true
      }
      for (const other of holders(key)) {
        if (other.chosen) continue
        filing.delete(other.id)
        if (place(other, seen)) {
          filing.set(vote.id, key)
          return true
        }
        filing.set(other.id, key)
      }
    }
    return false
  }
  for (const vote of votes) {
    if (!filing.has(vote.id) && !vote.chosen) place(vote, new Set())
  }
  // Surplus votes are shown where they stand, or under the first rule that fits; they satisfy nothing.
  for (const vote of votes) {
    if (filing.has(vote.id)) continue
    const key = [vote.filed, ...facts.rules.map((rule) => rule.key)].find(
      (k): k is RuleKey => k !== null && mayHold(vote, k),
    )
    if (key !== undefined && (!vote.chosen || key === vote.filed)) filing.set(vote.id, key)
  }
  return filing
}
