/** The outcome of a set of votes does not depend on their order, and is the best that the votes allow (threat T32). */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideVote, type VoteCommand } from '../../src/domain/decide-vote.ts'
import { fileVotes, gate, pendingApprovals, type Rule, type RuleKey } from '../../src/domain/gate.ts'
import { aCall, type Call, inTwoOrders, people, someFits, someRules } from './helpers/arbitraries.ts'
import { aDeployment, aJob, approval, deployTo, rejection } from './helpers/facts.ts'
import { applied, gateOf, type Meant, type Model, mostMet, voteFactsOf } from './helpers/model.ts'

const runs = { numRuns: 2000 }

function blockedModel(
  rules: readonly Rule[],
  fits: ReadonlyMap<number, readonly RuleKey[]>,
  options: Partial<Pick<Model, 'selfApproval'>> & { creatorId?: number | null } = {},
): Model {
  const { gate: _read, ...deployment } = aDeployment({ creatorId: options.creatorId ?? null })
  const job = aJob({ status: 'manual', when: 'manual', environment: deployTo })
  return { job, deployment, rules, fits, selfApproval: options.selfApproval ?? false, votes: [], digest: 1 }
}

/** Decides and applies; a call that is refused changes nothing. */
function voted(model: Model, command: VoteCommand): Model {
  const decided = decideVote(voteFactsOf(model, command.userId), command)
  return decided.ok ? applied(model, decided.value) : model
}

const cast = (model: Model, calls: readonly Call[]) =>
  calls.reduce((now, { userId, representedAs }) => voted(now, approval(userId, { representedAs })), model)

/** Which rule a call means, if it is taken at all: written again here, without looking at who voted before. */
function meant(model: Model, { userId, representedAs }: Call): Meant[] {
  if (userId === model.deployment.creatorId && !model.selfApproval) return []
  const mine = model.rules.filter((rule) => model.fits.get(userId)?.includes(rule.key))
  if (representedAs === null) return [{ userId, rule: null }]
  const exact = mine.filter((rule) => rule.name === representedAs)
  const part = mine.filter((rule) => rule.name?.includes(representedAs))
  const [named] = [...exact, ...part]
  return named ? [{ userId, rule: named.key }] : []
}

const pendingOf = (model: Model) => pendingApprovals(gate(gateOf(model)))
const required = (rules: readonly Rule[]) => rules.reduce((sum, rule) => sum + rule.required, 0)

function best(model: Model, calls: readonly Call[]): number {
  const approvals = calls.flatMap((call) => meant(model, call))
  return required(model.rules) - mostMet(model.rules, approvals, model.fits)
}

describe('the outcome of a set of votes does not depend on their order', () => {
  test('and meets as many requirements as any filing could', () => {
    fc.assert(
      fc.property(someRules, someFits, inTwoOrders(aCall, 7), (rules, fits, [calls, others]) => {
        const model = blockedModel(rules, fits)
        const [one, two] = [cast(model, calls), cast(model, others)]
        expect([pendingOf(one), pendingOf(two)]).toEqual([best(model, calls), best(model, calls)])
        expect(gate(gateOf(two)).state).toBe(gate(gateOf(one)).state)
      }),
      runs,
    )
  })

  test('also where the creator may or may not approve', () => {
    const creator = fc.constantFrom(...people)
    fc.assert(
      fc.property(
        someRules,
        someFits,
        creator,
        fc.boolean(),
        inTwoOrders(aCall, 6),
        (rules, fits, creatorId, self, [calls, others]) => {
          const model = blockedModel(rules, fits, { creatorId, selfApproval: self })
          expect([pendingOf(cast(model, calls)), pendingOf(cast(model, others))]).toEqual([
            best(model, calls),
            best(model, calls),
          ])
        },
      ),
      runs,
    )
  })

  test('T5, T31: nor on the votes that a change of the job has voided', () => {
    const earlier = fc.array(aCall, { maxLength: 5 })
    fc.assert(
      fc.property(someRules, someFits, earlier, inTwoOrders(aCall, 6), (rules, fits, void_, [calls, others]) => {
        const changed = {
          ...cast(blockedModel(rules, fits), void_),
          digest: 2,
          job: aJob({ status: 'manual', environment: deployTo }),
        }
        const model = { ...changed, deployment: { ...changed.deployment, status: 'blocked' as const } }
        expect(pendingOf(model)).toBe(required(rules))
        expect([pendingOf(cast(model, calls)), pendingOf(cast(model, others))]).toEqual([
          best(model, calls),
          best(model, calls),
        ])
      }),
      runs,
    )
  })

  test('a rejection before the gate opened rejects, whatever comes before and after it', () => {
    const calls = fc.array(aCall, { maxLength: 5 })
    fc.assert(
      fc.property(
        someRules,
        someFits,
        calls,
        fc.constantFrom(...people),
        calls,
        (rules, fits, before, rejecter, after) => {
          const model = cast(blockedModel(rules, fits), before)
          const opened = gate(gateOf(model)).state === 'open'
          const mayReject = (fits.get(rejecter) ?? []).some((key) => rules.some((rule) => rule.key === key))
          const end = cast(voted(model, rejection(rejecter)), after)
          if (opened) expect(end).toEqual(model)
          else if (mayReject) {
            expect(gate(gateOf(end)).state).toBe('rejected')
            expect([end.job.status, end.deployment.status]).toEqual(['failed', 'failed'])
            expect(end.votes.filter((vote) => vote.status === 'rejected')).toHaveLength(1)
          }
        },
      ),
      runs,
    )
  })
})

test('two approvals never start a job twice', () => {
  fc.assert(
    fc.property(someRules, someFits, fc.array(aCall, { maxLength: 10 }), (rules, fits, calls) => {
      let model = blockedModel(rules, fits)
      let starts = 0
      for (const { userId, representedAs } of calls) {
        const wasOpen = gate(gateOf(model)).state === 'open'
        const decided = decideVote(voteFactsOf(model, userId), approval(userId, { representedAs }))
        if (!decided.ok) continue
        expect(wasOpen).toBe(false)
        starts += decided.value.filter((change) => change.kind === 'job_moved').length
        model = applied(model, decided.value)
        expect(starts).toBe(gate(gateOf(model)).state === 'open' ? 1 : 0)
      }
      expect(model.job.status).toBe(starts === 1 ? 'pending' : 'manual')
    }),
    runs,
  )
})

describe('one vote per person, rule and deployment', () => {
  type Step =
    | Call
    | { readonly fits: ReadonlyMap<number, readonly RuleKey[]> }
    | { readonly digest: number }
    | { readonly rules: readonly Rule[] }
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: aCall },
    fc.record({ fits: someFits }),
    fc.record({ digest: fc.integer({ min: 1, max: 2 }) }),
    fc.record({ rules: someRules }),
  )

  // The model throws when two votes of one person meet under one rule.
  test('whatever changes between the votes, and at every step of applying one', () => {
    fc.assert(
      fc.property(someRules, someFits, fc.array(step, { maxLength: 14 }), (rules, fits, steps) => {
        const walked = steps.reduce<Model>(
          (model, next) => {
            const waiting = {
              ...model,
              job: { ...model.job, status: 'manual' as const },
              deployment: { ...model.deployment, status: 'blocked' as const },
            }
            if (!('userId' in next)) return { ...waiting, ...next }
            return cast(waiting, [next])
          },
          blockedModel(rules, fits),
        )
        const seats = walked.votes.filter((vote) => vote.filed !== null).map((vote) => `${vote.userId} ${vote.filed}`)
        expect(new Set(seats).size).toBe(seats.length)
      }),
      runs,
    )
  })

  test('and nobody counts twice under a rule', () => {
    fc.assert(
      fc.property(someRules, someFits, fc.array(aCall, { maxLength: 8 }), (rules, fits, calls) => {
        const facts = gateOf(cast(blockedModel(rules, fits), calls))
        const owner = new Map(facts.votes.map((vote) => [vote.id, vote.userId]))
        const seats = [...fileVotes(facts)].map(([id, key]) => `${owner.get(id)} ${key}`)
        expect(new Set(seats).size).toBe(seats.length)
      }),
      runs,
    )
  })

  test('the same call again changes nothing unless it meets another requirement', () => {
    fc.assert(
      fc.property(someRules, someFits, fc.array(aCall, { maxLength: 5 }), aCall, (rules, fits, calls, call) => {
        const once = cast(blockedModel(rules, fits), [...calls, call])
        const twice = cast(once, [call])
        if (pendingOf(twice) === pendingOf(once)) expect(twice).toEqual(once)
      }),
      runs,
    )
  })
})
