import { describe, expect, test } from 'vitest'
import { fileVotes, type GateFacts, gate, pendingApprovals, type RuleKey } from '../../src/domain/gate.ts'
import { alice, aRule, aVote, bob, carol, creator, gateFacts } from './helpers/facts.ts'

const r1: RuleKey = 'rule:1'
const r2: RuleKey = 'rule:2'
const r3: RuleKey = 'rule:3'

function filing(facts: GateFacts): Record<number, RuleKey> {
  return Object.fromEntries(fileVotes(facts))
}

describe('state of a gate', () => {
  test.each<[string, Partial<GateFacts>, 'open' | 'waiting' | 'rejected', pending: number]>([
    ['without rules', { rules: [] }, 'open', 0],
    ['one approval missing', {}, 'waiting', 1],
    ['two rules', { rules: [aRule(1, { required: 2 }), aRule(2)] }, 'waiting', 3],
    ['met', { votes: [aVote(1, alice, [r1])] }, 'open', 0],
    ['surplus', { votes: [aVote(1, alice, [r1]), aVote(2, bob, [r1])] }, 'open', 0],
    ['rejected', { votes: [aVote(1, alice, [r1], { status: 'rejected' })] }, 'rejected', 1],
    [
      'rejected beside enough approvals',
      { votes: [aVote(1, alice, [r1]), aVote(2, bob, [r1], { status: 'rejected' })] },
      'rejected',
      0,
    ],
    [
      'rejected by somebody who fits nothing any more',
      { votes: [aVote(1, alice, [r1]), aVote(2, bob, [], { status: 'rejected', filed: null, current: false })] },
      'rejected',
      0,
    ],
  ])('%s', (_name, facts, state, pending) => {
    const judged = gate(gateFacts(facts))
    expect(judged.state).toBe(state)
    expect(judged.counts.reduce((sum, count) => sum + count.pending, 0)).toBe(pending)
    expect(pendingApprovals(judged)).toBe(pending)
  })

  test('says who rejected', () => {
    expect(gate(gateFacts({ votes: [aVote(1, bob, [r1], { status: 'rejected' })] }))).toMatchObject({ by: bob })
  })
})

describe('which approvals count', () => {
  test.each<[string, GateFacts, boolean]>([
    ['a current one of somebody who fits', gateFacts({ votes: [aVote(1, alice, [r1])] }), true],
    [
      'T5: of something else than would run now',
      gateFacts({ votes: [aVote(1, alice, [r1], { current: false })] }),
      false,
    ],
    ['T3: of somebody who fits no longer', gateFacts({ votes: [aVote(1, alice, [], { filed: r1 })] }), false],
    ['of the creator', gateFacts({ votes: [aVote(1, creator, [r1])] }), false],
    ['T29: of a bot of the creator', gateFacts({ votes: [aVote(1, alice, [r1], { personId: creator })] }), false],
    [
      'of the creator, where that is allowed',
      gateFacts({ selfApproval: true, votes: [aVote(1, creator, [r1])] }),
      true,
    ],
    ['nobody is the creator', gateFacts({ creatorId: null, votes: [aVote(1, alice, [r1])] }), true],
    ['under a rule that is gone', gateFacts({ votes: [aVote(1, alice, [r3], { filed: r3 })] }), false],
    [
      'T8: its rule is gone, though the voter fits another',
      gateFacts({ votes: [aVote(1, alice, [r1], { filed: null })] }),
      false,
    ],
    [
      'T8: named a rule that is gone',
      gateFacts({ votes: [aVote(1, alice, [r1], { filed: null, chosen: true })] }),
      false,
    ],
    [
      'the voter fits another rule of those there are',
      gateFacts({ rules: [aRule(1), aRule(2, { required: 0 })], votes: [aVote(1, alice, [r1], { filed: r2 })] }),
      true,
    ],
    [
      'the same person twice',
      gateFacts({ rules: [aRule(1, { required: 2 })], votes: [aVote(1, alice, [r1]), aVote(2, alice, [r1])] }),
      false,
    ],
    ['T27: a rule that nobody fits', gateFacts({ votes: [aVote(1, alice, [r2]), aVote(2, bob, [])] }), false],
  ])('%s', (_name, facts, opens) => expect(gate(facts).state === 'open').toBe(opens))

  test('T27: a rule that nobody fits waits, and is named', () => {
    const facts = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, alice, [r1])] })
    expect(
      gate(facts)
        .counts.filter((count) => count.pending > 0)
        .map((count) => count.rule.key),
    ).toEqual([r2])
  })
})

describe('which rule an approval is filed under', () => {
  const two = [aRule(1), aRule(2)]

  test('where it stands', () => {
    expect(filing(gateFacts({ rules: two, votes: [aVote(1, alice, [r1, r2], { filed: r2 })] }))).toEqual({ 1: r2 })
  })

  test('#425759: who fits both rules makes room for who fits one', () => {
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, bob, [r1])]
    expect(filing(gateFacts({ rules: two, votes }))).toEqual({ 1: r2, 2: r1 })
  })

  test('room is made over several rules', () => {
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, bob, [r2, r3]), aVote(3, carol, [r1])]
    expect(filing(gateFacts({ rules: [...two, aRule(3)], votes }))).toEqual({ 1: r2, 2: r3, 3: r1 })
  })

  test('a named rule is kept', () => {
    const votes = [aVote(1, alice, [r1, r2], { chosen: true }), aVote(2, bob, [r1])]
    expect(filing(gateFacts({ rules: two, votes }))).toEqual({ 1: r1, 2: r1 })
    expect(gate(gateFacts({ rules: two, votes })).counts.map((count) => count.pending)).toEqual([0, 1])
  })

  test('a named rule comes before an earlier vote that named none', () => {
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, bob, [r1, r2], { filed: r1, chosen: true })]
    expect(filing(gateFacts({ rules: two, votes }))).toEqual({ 1: r2, 2: r1 })
  })

  test('a surplus approval is shown where it stands and satisfies nothing else', () => {
    const votes = [aVote(1, alice, [r1]), aVote(2, bob, [r1]), aVote(3, carol, [r1])]
    const judged = gate(gateFacts({ rules: two, votes }))
    expect(judged.counts.map((count) => [count.approvals, count.pending])).toEqual([
      [[1, 2, 3], 0],
      [[], 1],
    ])
  })

  test('a person with two votes counts under two rules', () => {
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, alice, [r1, r2], { filed: r2 })]
    expect(filing(gateFacts({ rules: two, votes }))).toEqual({ 1: r1, 2: r2 })
  })

  test('a person with two votes never holds one rule twice', () => {
    const votes = [aVote(1, alice, [r1], { filed: r1 }), aVote(2, alice, [r1], { filed: null })]
    expect(filing(gateFacts({ rules: [aRule(1, { required: 2 })], votes }))).toEqual({ 1: r1 })
  })

  test('the order of the votes in the facts is of no matter', () => {
    const votes = [aVote(1, alice, [r1, r2]), aVote(2, bob, [r2, r3]), aVote(3, carol, [r1])]
    const rules = [...two, aRule(3)]
    expect(filing(gateFacts({ rules, votes: votes.toReversed() }))).toEqual(filing(gateFacts({ rules, votes })))
  })
})
