import { describe, expect, test } from 'vitest'
import { decideVote, type VoteCommand, type VoteFacts, voteRefusal } from '../../src/domain/decide-vote.ts'
import { deploymentStatuses } from '../../src/domain/deployment.ts'
import { sentenceOf, type VoteRefusal } from '../../src/domain/refusal.ts'
import {
  alice,
  approval,
  aRule,
  aVote,
  bob,
  creator,
  gateFacts,
  noGate,
  openGate,
  rejectedGate,
  rejection,
  voteFacts,
} from './helpers/facts.ts'

function codeOf(facts: VoteFacts, command: VoteCommand): VoteRefusal['code'] | 'taken' {
  const decided = decideVote(facts, command)
  return decided.ok ? 'taken' : decided.error.code
}

/** The checks 2 to 7 of reference 2.5 in their order, each with what makes it fail. */
const checks: readonly {
  readonly code: VoteRefusal['code']
  readonly spoil: (call: { facts: VoteFacts; command: VoteCommand }) => { facts: VoteFacts; command: VoteCommand }
}[] = [
  { code: 'not_protected', spoil: (call) => withDeployment(call, { protected: false }) },
  { code: 'own_deployment', spoil: (call) => ({ ...call, command: { ...call.command, userId: creator } }) },
  { code: 'approvals_not_configured', spoil: (call) => withDeployment(call, { approvals: 'none', gate: noGate }) },
  { code: 'not_waiting_for_approvals', spoil: (call) => withDeployment(call, { status: 'canceled' }) },
  { code: 'may_not_approve', spoil: (call) => ({ ...call, facts: { ...call.facts, eligible: [] } }) },
  {
    code: 'no_rule_for_representation',
    spoil: (call) => ({ ...call, command: { ...call.command, representedAs: 'Nobody' } }),
  },
]

function withDeployment(
  call: { facts: VoteFacts; command: VoteCommand },
  deployment: Partial<VoteFacts['deployment']>,
): { facts: VoteFacts; command: VoteCommand } {
  return { ...call, facts: { ...call.facts, deployment: { ...call.facts.deployment, ...deployment } } }
}

describe('the checks in their order: the first that fails is told', () => {
  const subsets = Array.from({ length: 2 ** checks.length }, (_, bits) => checks.filter((_check, i) => bits & (1 << i)))
  test.each(subsets.map((failing) => [failing.map((check) => check.code).join(' + ') || 'none', failing] as const))(
    '%s',
    (_name, failing) => {
      const { facts, command } = failing.reduce((call, { spoil }) => spoil(call), {
        facts: voteFacts(),
        command: approval(alice),
      })
      expect(codeOf(facts, command)).toBe(failing[0]?.code ?? 'taken')
    },
  )

  test('a button asks the same question, whatever rule would be named', () => {
    for (const failing of subsets) {
      const { facts, command } = failing.reduce((call, { spoil }) => spoil(call), {
        facts: voteFacts(),
        command: approval(alice),
      })
      const first = failing.find((check) => check.code !== 'no_rule_for_representation')
      expect(voteRefusal(facts, command)?.code).toBe(first?.code)
    }
  })
})

describe('the sentences (reference 2.5)', () => {
  test.each<[VoteRefusal['code'], string]>([
    ['not_protected', 'This environment is not protected.'],
    [
      'own_deployment',
      'You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.',
    ],
    ['approvals_not_configured', 'Deployment approvals is not configured for this environment.'],
    ['not_waiting_for_approvals', 'This deployment is not waiting for approvals.'],
    [
      'may_not_approve',
      "You don't have permission to approve this deployment. Contact the project or group owner for help.",
    ],
    [
      'no_rule_for_representation',
      'There are no approval rules for the given `represent_as` parameter. Use a valid User/Group/Role name instead.',
    ],
  ])('%s', (code, sentence) => expect(sentenceOf({ code })).toBe(sentence))
})

describe('self-approval', () => {
  // An administrator fits every rule, and so does not differ here from a creator who fits them all.
  test.each<[string, VoteFacts, VoteCommand, VoteRefusal['code'] | 'taken']>([
    ['the creator, though allowed to deploy or an administrator', voteFacts(), approval(creator), 'own_deployment'],
    ['the creator, without any right to vote', voteFacts({}, { eligible: [] }), approval(creator), 'own_deployment'],
    ['the creator, as somebody', voteFacts(), approval(creator, { representedAs: 'Rule 1' }), 'own_deployment'],
    ['the creator rejects', voteFacts(), rejection(creator), 'taken'],
    [
      'the creator rejects without any right to vote',
      voteFacts({}, { eligible: [] }),
      rejection(creator),
      'may_not_approve',
    ],
    [
      'the creator, where that is allowed',
      voteFacts({ gate: gateFacts({ selfApproval: true }) }),
      approval(creator),
      'taken',
    ],
    [
      'the creator without any right to vote, where self-approval is allowed',
      voteFacts({ gate: gateFacts({ selfApproval: true }) }, { eligible: [] }),
      approval(creator),
      'may_not_approve',
    ],
    ['whoever played the job is not its creator', voteFacts({}, { job: { userId: alice } }), approval(alice), 'taken'],
    ['an external tool made it for its creator', voteFacts({}, { job: null }), approval(creator), 'own_deployment'],
  ])('%s', (_name, facts, command, expected) => expect(codeOf(facts, command)).toBe(expected))
})

describe('permission', () => {
  test.each<[string, VoteFacts, VoteRefusal['code'] | 'taken']>([
    [
      'fits one of two rules',
      voteFacts({ gate: gateFacts({ rules: [aRule(1), aRule(2)] }) }, { eligible: ['rule:2'] }),
      'taken',
    ],
    ['fits a rule but cannot read deployments', voteFacts({}, { mayRead: false }), 'may_not_approve'],
    ['reads deployments but fits no rule', voteFacts({}, { eligible: [] }), 'may_not_approve'],
  ])('%s', (_name, facts, expected) => {
    expect(codeOf(facts, approval(alice))).toBe(expected)
    expect(codeOf(facts, rejection(alice))).toBe(expected)
  })
})

// Reference 2.9 with product.md's deviation: no vote on what is decided.
describe('votes on a decided deployment', () => {
  test.each(deploymentStatuses)('%s, approvals missing', (status) => {
    const expected = status === 'blocked' || status === 'created' ? 'taken' : 'not_waiting_for_approvals'
    expect(codeOf(voteFacts({ status }), approval(alice))).toBe(expected)
    expect(codeOf(voteFacts({ status }), rejection(alice))).toBe(expected)
  })

  test.each(deploymentStatuses)('%s, fully approved', (status) => {
    const facts = voteFacts({ status, gate: openGate })
    expect(codeOf(facts, approval(bob))).toBe('not_waiting_for_approvals')
    expect(codeOf(facts, rejection(bob))).toBe('not_waiting_for_approvals')
    expect(codeOf(facts, rejection(alice))).toBe('not_waiting_for_approvals')
    expect(codeOf(facts, approval(alice))).toBe('not_waiting_for_approvals')
  })

  test.each(deploymentStatuses)('%s, rejected', (status) => {
    const facts = voteFacts({ status, gate: rejectedGate })
    expect(codeOf(facts, approval(bob))).toBe('not_waiting_for_approvals')
    expect(codeOf(facts, rejection(bob))).toBe('not_waiting_for_approvals')
    expect(codeOf(facts, approval(alice))).toBe('not_waiting_for_approvals')
  })

  test('a void approval opens nothing, so votes are taken again', () => {
    const votes = [aVote(1, bob, ['rule:1'], { current: false })]
    expect(codeOf(voteFacts({ gate: gateFacts({ votes }) }), approval(alice))).toBe('taken')
  })
})
