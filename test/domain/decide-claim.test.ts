import { describe, expect, test } from 'vitest'
import { decideRun, judgeClaim } from '../../src/domain/decide-claim.ts'
import type { DeploymentFacts, JobFacts } from '../../src/domain/facts.ts'
import { jobStatuses } from '../../src/domain/job.ts'
import { sentenceOf } from '../../src/domain/refusal.ts'
import {
  actOn,
  aDeployment,
  aJob,
  alice,
  aRule,
  aVote,
  bob,
  creator,
  deployTo,
  gateFacts,
  noGate,
  openGate,
  rejectedGate,
  told,
} from './helpers/facts.ts'

/** A job that was approved, enqueued and now is asked for by a runner. */
function pending(deployment: Partial<DeploymentFacts>, job: Partial<JobFacts> = {}): JobFacts {
  const approved = aDeployment({ status: 'created', gate: openGate, ...deployment })
  return aJob({ status: 'pending', enqueueImmediately: true, environment: deployTo, deployment: approved, ...job })
}

const mayNot = { ...deployTo, userMayDeploy: false }
const vote = aVote(1, alice, ['rule:1'])
const heldBack = ['job pending → manual', 'deployment created → blocked']
const dropped = ['job pending → failed', 'deployment created → failed']

describe('a pending job that may run', () => {
  test.each<[string, JobFacts]>([
    ['without an environment', aJob({ status: 'pending' })],
    ['of an environment without a deployment', aJob({ status: 'pending', environment: actOn })],
    ['without protection', pending({ protected: false, approvals: 'none', gate: noGate })],
    ['approved', pending({})],
    ['approved, played by hand: the deployment is still blocked', pending({ status: 'blocked' })],
    ['approved by more than enough', pending({ gate: gateFacts({ votes: [vote, aVote(2, bob, ['rule:1'])] }) })],
    ['a rule was removed', pending({ approvals: 'none', gate: gateFacts({ rules: [], votes: [vote] }) })],
    [
      'one voter left, another approval is enough',
      pending({
        gate: gateFacts({ votes: [aVote(1, alice, [], { filed: 'rule:1' }), aVote(2, bob, ['rule:1'])] }),
      }),
    ],
  ])('%s', (_name, job) => {
    expect(judgeClaim(job)).toEqual({ kind: 'may_run' })
    const decided = decideRun(job)
    expect(decided.ok && told(decided.value)[0]).toBe('job pending → running')
  })
})

describe('a pending job is judged again (threats T3, T5, T8, T11, T30)', () => {
  test.each<[string, JobFacts, string[], code: string]>([
    [
      'T3: the voter was removed',
      pending({ gate: gateFacts({ votes: [aVote(1, alice, [], { filed: 'rule:1' })] }) }),
      heldBack,
      'waiting_for_approvals',
    ],
    [
      'T5: the job, a variable or the commit changed',
      pending({ gate: gateFacts({ votes: [{ ...vote, current: false }] }) }),
      heldBack,
      'waiting_for_approvals',
    ],
    [
      'a rule was added',
      pending({ gate: gateFacts({ rules: [aRule(1), aRule(2)], votes: [vote] }) }),
      heldBack,
      'waiting_for_approvals',
    ],
    [
      'a rule asks for more',
      pending({ gate: gateFacts({ rules: [aRule(1, { required: 2 })], votes: [vote] }) }),
      heldBack,
      'waiting_for_approvals',
    ],
    [
      'the rule was replaced',
      pending({ gate: gateFacts({ rules: [aRule(2)], votes: [vote] }) }),
      heldBack,
      'waiting_for_approvals',
    ],
    [
      'self-approval was switched off',
      pending({ gate: gateFacts({ votes: [aVote(1, creator, ['rule:1'])] }) }),
      heldBack,
      'waiting_for_approvals',
    ],
    ['rules: its user may not deploy any more', pending({}, { environment: mayNot }), heldBack, 'may_not_deploy'],
    [
      'count: its user may not deploy any more',
      pending({ approvals: 'count' }, { environment: mayNot }),
      dropped,
      'may_not_deploy',
    ],
    [
      'no approvals: its user may not deploy any more',
      pending({ approvals: 'none', gate: noGate }, { environment: mayNot }),
      dropped,
      'may_not_deploy',
    ],
    ['a rejection', pending({ gate: rejectedGate }), dropped, 'deployment_rejected'],
    ['its user was blocked', pending({}, { userActive: false }), dropped, 'user_blocked'],
    ['outdated', pending({ outdated: true }), dropped, 'outdated_deployment'],
    [
      'its environment has an impossible name',
      pending({}, { environment: { ...deployTo, invalid: true } }),
      dropped,
      'environment_invalid',
    ],
    [
      'of a manual job too',
      pending({}, { userActive: false, when: 'manual', enqueueImmediately: false }),
      dropped,
      'user_blocked',
    ],
    ['its deployment is over', pending({ status: 'failed' }), ['job pending → failed'], 'deployment_missing'],
    ['its deployment was deleted', pending({}, { deployment: null }), ['job pending → failed'], 'deployment_missing'],
    [
      'played by hand, then a rule was added',
      pending({ status: 'blocked', gate: gateFacts() }),
      ['job pending → manual'],
      'waiting_for_approvals',
    ],
    [
      'no deployment: its user may not work on the environment any more',
      aJob({ status: 'pending', environment: { ...actOn, userMayDeploy: false } }),
      ['job pending → failed'],
      'may_not_deploy',
    ],
  ])('%s', (_name, job, expected, code) => {
    const verdict = judgeClaim(job)
    expect(verdict.kind === 'withdrawn' && [told(verdict.changes), verdict.why.code]).toEqual([expected, code])
    const decided = decideRun(job)
    expect(decided.ok ? 'runs' : decided.error.code).toBe(code)
  })

  test('a job that is held waits to be played', () => {
    const verdict = judgeClaim(pending({ gate: gateFacts() }))
    expect(verdict).toMatchObject({ changes: [{ set: { when: 'manual' } }, {}] })
  })

  test('a dropped job has a reason', () => {
    const reason = (job: JobFacts) => {
      const verdict = judgeClaim(job)
      const [change] = verdict.kind === 'withdrawn' ? verdict.changes : []
      return change?.kind === 'job_moved' ? change.set.failureReason : null
    }
    expect(reason(pending({ gate: rejectedGate }))).toBe('deployment_rejected')
    expect(reason(pending({ outdated: true }))).toBe('failed_outdated_deployment_job')
    expect(reason(pending({}, { userActive: false }))).toBe('user_blocked')
    expect(reason(pending({ approvals: 'count' }, { environment: mayNot }))).toBe('protected_environment_failure')
  })

  test('what is missing is named', () => {
    const verdict = judgeClaim(
      pending({ gate: gateFacts({ rules: [aRule(1), aRule(2, { required: 2 })], votes: [vote] }) }),
    )
    expect(verdict).toMatchObject({ why: { missing: [{ rule: 'rule:2', pending: 2 }] } })
  })

  test('the environment is named', () => {
    const verdict = judgeClaim(pending({}, { environment: mayNot }))
    expect(verdict.kind === 'withdrawn' && sentenceOf(verdict.why)).toBe(
      'You are not allowed to deploy to the protected environment production.',
    )
  })
})

test.each(jobStatuses)('decideRun of a %s job', (status) => {
  const decided = decideRun(pending({}, { status }))
  expect(decided.ok ? told(decided.value) : decided.error.code).toEqual(
    status === 'pending' ? ['job pending → running', 'deployment created → running'] : 'job_not_pending',
  )
})
