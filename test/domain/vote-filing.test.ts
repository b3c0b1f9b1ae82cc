import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/domain/change.ts'
import { decideVote, repeatedVote, type VoteCommand, type VoteFacts } from '../../src/domain/decide-vote.ts'
import type { GateFacts, RuleKey } from '../../src/domain/gate.ts'
import { alice, approval, aRule, aVote, bob, carol, gateFacts, rejection, told, voteFacts } from './helpers/facts.ts'

const r1: RuleKey = 'rule:1'
const r2: RuleKey = 'rule:2'
const r3: RuleKey = 'rule:3'

function decided(facts: VoteFacts, command: VoteCommand): Change[] {
  const result = decideVote(facts, command)
  if (!result.ok) throw new Error(result.error.code)
  return result.value
}
const changesOf = (facts: VoteFacts, command: VoteCommand) => told(decided(facts, command))

describe('which rule a vote is filed under', () => {
  const named = (names: readonly (string | null)[], options: Partial<GateFacts> = {}) =>
    gateFacts({ rules: names.map((name, index) => aRule(index + 1, { name, required: 2 })), ...options })
  const filed = (facts: VoteFacts, command: VoteCommand) => {
    const result = decideVote(facts, command)
    if (!result.ok) return result.error.code
    return result.value.flatMap((change) => (change.kind === 'vote_recorded' ? [change.filed] : []))[0]
  }

  test.each<[string, readonly (string | null)[], RuleKey[], string | null, string]>([
    ['none named: the first that fits', ['A', 'B'], [r1, r2], null, r1],
    ['the first that fits is not the first', ['A', 'B'], [r2], null, r2],
    ['an empty name is no name', ['A', 'B'], [r1, r2], '', r1],
    ['a named rule', ['A', 'B'], [r1, r2], 'B', r2],
    ['part of a name', ['security-group', 'qa'], [r1, r2], 'security', r1],
    ['the first of several by part', ['security-a', 'security-b'], [r1, r2], 'security', r1],
    ['exact before substring', ['security-group', 'security'], [r1, r2], 'security', r2],
    ['exact, though the caller does not fit it: substring', ['security-group', 'security'], [r1], 'security', r1],
    ['case matters', ['Security'], [r1], 'security', 'no_rule_for_representation'],
    ['a rule that the caller does not fit', ['A', 'B'], [r1], 'B', 'no_rule_for_representation'],
    ['no such rule', ['A', 'B'], [r1, r2], 'C', 'no_rule_for_representation'],
    ['a rule without a name', [null, 'B'], [r1, r2], 'null', 'no_rule_for_representation'],
    ['past a rule without a name', [null, 'B'], [r1, r2], 'B', r2],
  ])('%s', (_name, names, eligible, representedAs, expected) => {
    const facts = voteFacts({ gate: named(names) }, { eligible })
    expect(filed(facts, approval(alice, { representedAs }))).toBe(expected)
    expect(filed(facts, rejection(alice, { representedAs }))).toBe(expected)
  })

  test('first unsatisfied: a satisfied rule is passed over', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, bob, [r1])] })
    expect(filed(voteFacts({ gate }), approval(alice))).toBe(r2)
    expect(filed(voteFacts({ gate }), rejection(alice))).toBe(r2)
  })

  test('a satisfied rule is kept when it is named', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, bob, [r1])] })
    expect(changesOf(voteFacts({ gate }), approval(alice, { representedAs: 'Rule 1' }))).toEqual([
      'vote approved rule:1 by 11',
    ])
  })

  test('no unsatisfied rule fits: the first that fits, though it changes nothing', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, bob, [r1])] })
    expect(changesOf(voteFacts({ gate }, { eligible: [r1] }), approval(alice))).toEqual(['vote approved rule:1 by 11'])
  })

  test('#425759: an earlier vote makes room, and the last rule is met', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, bob, [r1, r2])] })
    expect(changesOf(voteFacts({ gate }, { eligible: [r1] }), approval(alice))).toEqual([
      'vote 1 to rule:2',
      'vote approved rule:1 by 11',
      'job manual → pending',
      'deployment blocked → created',
    ])
  })

  test('a vote that named its rule makes no room', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, bob, [r1, r2], { chosen: true })] })
    expect(changesOf(voteFacts({ gate }, { eligible: [r1] }), approval(alice))).toEqual(['vote approved rule:1 by 11'])
  })

  test('naming a rule moves a vote that named none', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, bob, [r1, r2])] })
    expect(changesOf(voteFacts({ gate }), approval(alice, { representedAs: 'Rule 1' }))).toEqual([
      'vote 1 to rule:2',
      'vote approved rule:1 by 11',
      'job manual → pending',
      'deployment blocked → created',
    ])
  })

  test('whether the rule was named is recorded', () => {
    expect(decided(voteFacts(), approval(alice))[0]).toMatchObject({ chosen: false })
    expect(decided(voteFacts(), approval(alice, { representedAs: 'Rule' }))[0]).toMatchObject({ chosen: true })
  })
})

// Reference 2.8. One rule that asks for two approvals, so that one vote decides nothing.
describe('repeating and changing a vote', () => {
  const two = (options: Partial<GateFacts> = {}) => gateFacts({ rules: [aRule(1, { required: 2 })], ...options })
  const approved = aVote(1, alice, [r1])

  test.each<[string, GateFacts, VoteCommand, string[]]>([
    ['none → approved', two(), approval(alice), ['vote approved rule:1 by 11']],
    [
      'none → rejected',
      two(),
      rejection(alice),
      ['vote rejected rule:1 by 11', 'job manual → failed', 'deployment blocked → failed'],
    ],
    [
      'approved → approved: nothing, not even the comment',
      two({ votes: [approved] }),
      approval(alice, { comment: 'new' }),
      [],
    ],
    ['approved → approved, by name', two({ votes: [approved] }), approval(alice, { representedAs: 'Rule 1' }), []],
    [
      'approved → rejected while others are missing',
      two({ votes: [approved] }),
      rejection(alice),
      ['vote 1 now rejected rule:1', 'job manual → failed', 'deployment blocked → failed'],
    ],
    [
      'another person',
      two({ votes: [aVote(1, bob, [r1], { chosen: true })] }),
      approval(alice),
      ['vote approved rule:1 by 11', 'job manual → pending', 'deployment blocked → created'],
    ],
  ])('%s', (_name, gate, command, expected) => expect(changesOf(voteFacts({ gate }), command)).toEqual(expected))

  test('a change carries the new comment, or none', () => {
    const gate = two({ votes: [approved] })
    expect(decided(voteFacts({ gate }), rejection(alice, { comment: 'no' }))[0]).toMatchObject({ comment: 'no' })
    expect(decided(voteFacts({ gate }), rejection(alice))[0]).toMatchObject({ comment: null })
  })

  test('T5: approving again after the job changed renews the vote', () => {
    const gate = two({ votes: [{ ...approved, current: false }] })
    expect(changesOf(voteFacts({ gate }), approval(alice))).toEqual(['vote 1 now approved rule:1'])
  })

  test.each<[string, string | null, number | null]>([
    ['the one under the rule that is named', 'Rule 1', 1],
    ['… and not another', 'Rule 2', 2],
    ['the latest, when none is named', null, 2],
  ])('a repetition repeats %s', (_name, representedAs, expected) => {
    const rules = [aRule(1, { required: 2 }), aRule(2, { required: 2 })]
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, alice, [r1, r2], { filed: r2 }), aVote(3, bob, [r1, r2])]
    const facts = voteFacts({ gate: gateFacts({ rules, votes }) })
    expect(repeatedVote(facts, approval(alice, { representedAs }))).toBe(expected)
    expect(repeatedVote(facts, approval(carol, { representedAs }))).toBeNull()
  })

  test('a rejection changes the vote that its person gave, not another rule', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, alice, [r1, r2], { filed: r2 })] })
    expect(changesOf(voteFacts({ gate }), rejection(alice))[0]).toBe('vote 1 now rejected rule:2')
  })

  test('a rejection under a named rule leaves the other vote of its person', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, alice, [r1, r2], { filed: r2 })] })
    expect(changesOf(voteFacts({ gate }), rejection(alice, { representedAs: 'Rule 1' }))[0]).toBe(
      'vote rejected rule:1 by 11',
    )
  })
})

describe('one person in several rules', () => {
  const three = [aRule(1), aRule(2), aRule(3)]

  test('a second approval goes where one is missing', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, alice, [r1, r2])] })
    expect(changesOf(voteFacts({ gate }), approval(alice))).toEqual([
      'vote approved rule:2 by 11',
      'job manual → pending',
      'deployment blocked → created',
    ])
  })

  test('a second approval also goes where others make room for it', () => {
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, bob, [r2, r3])]
    const facts = voteFacts({ gate: gateFacts({ rules: three, votes }) }, { eligible: [r1, r2] })
    expect(changesOf(facts, approval(alice))).toEqual([
      'vote 2 to rule:3',
      'vote approved rule:2 by 11',
      'job manual → pending',
      'deployment blocked → created',
    ])
  })

  test('a second approval that would meet nothing is a repetition', () => {
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, bob, [r2])]
    const facts = voteFacts({ gate: gateFacts({ rules: three, votes }) }, { eligible: [r1, r2] })
    expect(changesOf(facts, approval(alice))).toEqual([])
  })

  test('by name under each rule', () => {
    const votes = [aVote(1, alice, [r1, r2], { chosen: true })]
    const facts = voteFacts({ gate: gateFacts({ rules: three, votes }) }, { eligible: [r1, r2] })
    expect(changesOf(facts, approval(alice, { representedAs: 'Rule 2' }))).toEqual(['vote approved rule:2 by 11'])
  })

  test('naming the rule under which the vote stands by itself frees the earlier vote for another rule', () => {
    const votes = [aVote(1, alice, [r1, r2])]
    const facts = voteFacts({ gate: gateFacts({ rules: three, votes }) }, { eligible: [r1, r2] })
    expect(changesOf(facts, approval(alice, { representedAs: 'Rule 1' }))).toEqual([
      'vote 1 to rule:2',
      'vote approved rule:1 by 11',
    ])
  })

  test('a vote never moves onto a rule under which its person has another, void one', () => {
    const votes = [aVote(1, alice, [r1, r2], { filed: r2, current: false }), aVote(2, alice, [r1, r2])]
    const facts = voteFacts({ gate: gateFacts({ rules: three, votes }) }, { eligible: [r1] })
    // The void one lets go of its rule first, so that there is never more than one vote per person and rule.
    expect(changesOf(facts, approval(bob))).toEqual([
      'vote 1 to null',
      'vote 2 to rule:2',
      'vote approved rule:1 by 12',
    ])
  })

  test('a void vote is renewed before another rule is looked for', () => {
    const votes = [aVote(1, alice, [r1, r2], { current: false })]
    const facts = voteFacts({ gate: gateFacts({ rules: three, votes }) }, { eligible: [r1, r2] })
    expect(changesOf(facts, approval(alice))).toEqual(['vote 1 now approved rule:1'])
  })

  test('renewing a void vote says anew whether the rule was named', () => {
    const gate = (chosen: boolean) =>
      gateFacts({ rules: three, votes: [aVote(1, alice, [r1, r2], { current: false, chosen })] })
    expect(decided(voteFacts({ gate: gate(true) }), approval(alice))).toMatchObject([{ voteId: 1, chosen: false }])
    const named = approval(alice, { representedAs: 'Rule 1' })
    expect(decided(voteFacts({ gate: gate(false) }), named)).toMatchObject([{ voteId: 1, chosen: true }])
  })

  test('T8: a vote whose rule is gone is not filed under another one', () => {
    const votes = [aVote(1, bob, [r2], { filed: null })]
    const facts = voteFacts({ gate: gateFacts({ rules: three, votes }) }, { eligible: [r1, r2] })
    expect(changesOf(facts, approval(alice))).toEqual(['vote approved rule:1 by 11'])
    expect(changesOf(facts, approval(bob))).toEqual(['vote approved rule:1 by 12'])
  })

  test('one vote moves to where another vote of its person leaves: never two under one rule', () => {
    // Rules 3 to 5 were added after these votes, two of which were surplus.
    const votes = [
      aVote(1, alice, [r1, r2, r3]),
      aVote(2, alice, [r1, r2, r3], { filed: r2 }),
      aVote(3, bob, [r2, 'rule:4']),
      aVote(4, carol, [r1]),
    ]
    const gate = gateFacts({ rules: [1, 2, 3, 4, 5].map((id) => aRule(id)), votes })
    expect(changesOf(voteFacts({ gate }, { eligible: ['rule:5'] }), approval(99))).toEqual([
      'vote 2 to null',
      'vote 1 to rule:2',
      'vote 2 to rule:3',
      'vote 3 to rule:4',
      'vote approved rule:5 by 99',
      'job manual → pending',
      'deployment blocked → created',
    ])
  })
})
