/** Random rules, people and calls. Small on purpose: conflicts between votes need few people and few rules. */
import * as fc from 'fast-check'
import type { Rule, RuleKey } from '../../../src/domain/gate.ts'

export const people = [1, 2, 3, 4, 5] as const

/** Names of which some are the same, and some part of another. */
const names = ['ops', 'ops-eu', 'qa', 'qa', null]

export const someRules: fc.Arbitrary<Rule[]> = fc
  .array(fc.record({ required: fc.integer({ min: 1, max: 2 }), name: fc.constantFrom(...names) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((rules) => rules.map((rule, index) => ({ ...rule, key: `rule:${index + 1}` as const })))

/** Which of the rules each person fits. */
export const someFits: fc.Arbitrary<Map<number, RuleKey[]>> = fc
  .tuple(...people.map(() => fc.subarray<RuleKey>(['rule:1', 'rule:2', 'rule:3', 'rule:4'])))
  .map((fits) => new Map(people.map((person, index) => [person, fits[index] ?? []])))

export interface Call {
  readonly userId: number
  readonly representedAs: string | null
}

export const aCall: fc.Arbitrary<Call> = fc.record({
  userId: fc.constantFrom(...people),
  representedAs: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.constantFrom('ops', 'ops-eu', 'qa')),
})

/** The same calls twice: as they are, and in another order. */
export function inTwoOrders<T>(call: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<[T[], T[]]> {
  return fc
    .array(call, { maxLength })
    .chain((calls) => fc.tuple(fc.constant(calls), fc.shuffledSubarray(calls, { minLength: calls.length })))
}
