import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/domain/change.ts'
import { decideVote, type VoteCommand, type VoteFacts } from '../../src/domain/decide-vote.ts'
import type { DeploymentFacts } from '../../src/domain/facts.ts'
import type { RuleKey } from '../../src/domain/gate.ts'
import type { JobStatus } from '../../src/domain/job.ts'
import {
  alice,
  approval,
  aRule,
  aVote,
  bob,
  carol,
  creator,
  deployTo,
  gateFacts,
  rejection,
  told,
  voteFacts,
} from './helpers/facts.ts'

const r1: RuleKey = 'rule:1'
const r2: RuleKey = 'rule:2'

function decided(facts: VoteFacts, command: VoteCommand): Change[] {
  const result = decideVote(facts, command)
  if (!result.ok) throw new Error(result.error.code)
  return result.value
}
const changesOf = (facts: VoteFacts, command: VoteCommand) => told(decided(facts, command))

describe('the last approval', () => {
  const start = (deployment: Partial<DeploymentFacts>, job: Parameters<typeof voteFacts>[1] = {}) =>
    changesOf(voteFacts(deployment, job), approval(alice)).slice(1)
  const begins = ['job manual → pending', 'deployment blocked → created']

  test.each<[string, Partial<DeploymentFacts>, Parameters<typeof voteFacts>[1], string[]]>([
    ['enqueues the job', {}, {}, begins],
    ['under a bare count too', { approvals: 'count' }, {}, begins],
    ['start manual: somebody must play it', { start: 'manual' }, {}, []],
    [
      'rules: the job waits for a person who may deploy',
      {},
      { job: { environment: { ...deployTo, userMayDeploy: false } } },
      [],
    ],
    ['the user of the job is blocked', {}, { job: { userActive: false } }, []],
    ['its turn has not come yet', { status: 'created' }, { job: { status: 'created', when: 'on_success' } }, []],
    ['it is enqueued already', { status: 'created' }, { job: { status: 'pending' } }, []],
    ['it waits for its time', { status: 'created' }, { job: { status: 'scheduled', when: 'delayed' } }, []],
    [
      'its resource is taken',
      {},
      { job: { resourceGroup: { id: 1, free: false } } },
      ['job manual → waiting_for_resource', 'deployment blocked → created'],
    ],
    ['its resource is free', {}, { job: { resourceGroup: { id: 1, free: true } } }, begins],
    ['of an external tool', {}, { job: null }, ['deployment blocked → created']],
    ['of an external tool, start manual', { start: 'manual' }, { job: null }, []],
  ])('%s', (_name, deployment, job, expected) => expect(start(deployment, job)).toEqual(expected))

  test('nothing starts before it', () => {
    const gate = gateFacts({ rules: [aRule(1, { required: 2 }), aRule(2)], votes: [aVote(1, bob, [r1])] })
    expect(changesOf(voteFacts({ gate }, { eligible: [r1] }), approval(alice))).toEqual(['vote approved rule:1 by 11'])
    expect(changesOf(voteFacts({ gate }, { eligible: [r2] }), approval(alice))).toEqual(['vote approved rule:2 by 11'])
  })

  test('the approval of a removed voter is not counted towards it', () => {
    const votes = [aVote(1, bob, [], { filed: r1 })]
    const gate = gateFacts({ rules: [aRule(1, { required: 2 })], votes })
    expect(changesOf(voteFacts({ gate }), approval(alice))).toEqual(['vote approved rule:1 by 11'])
  })

  test('an approval from before the creator lost the right to approve is not counted', () => {
    const gate = gateFacts({ rules: [aRule(1, { required: 2 })], votes: [aVote(1, creator, [r1])] })
    expect(changesOf(voteFacts({ gate }), approval(alice))).toEqual(['vote approved rule:1 by 11'])
  })

  test('the job runs as its own user', () => {
    const moved = decided(voteFacts(), approval(alice)).find((change) => change.kind === 'job_moved')
    expect(moved?.set).toEqual({ enqueueImmediately: true })
  })

  test('an approver who may not deploy starts it all the same', () => {
    expect(changesOf(voteFacts({}, { eligible: [r1] }), approval(carol)).slice(1)).toEqual(begins)
  })
})

describe('a rejection', () => {
  test.each<[JobStatus, string[]]>([
    ['manual', ['job manual → failed', 'deployment blocked → failed']],
    ['created', ['job created → failed', 'deployment blocked → failed']],
    ['pending', ['job pending → failed', 'deployment blocked → failed']],
    ['waiting_for_resource', ['job waiting_for_resource → failed', 'deployment blocked → failed']],
    ['scheduled', ['job scheduled → failed', 'deployment blocked → failed']],
    // Nothing is left to fail but the deployment.
    ['canceled', ['deployment blocked → failed']],
    ['skipped', ['deployment blocked → failed']],
  ])('fails a %s job and the deployment', (status, expected) => {
    expect(changesOf(voteFacts({}, { job: { status } }), rejection(alice)).slice(1)).toEqual(expected)
  })

  test('gives the reason', () => {
    const moved = decided(voteFacts(), rejection(alice)).find((change) => change.kind === 'job_moved')
    expect(moved?.set).toEqual({ failureReason: 'deployment_rejected' })
  })

  test('fails the deployment of an external tool', () => {
    expect(changesOf(voteFacts({}, { job: null }), rejection(alice))).toEqual([
      'vote rejected rule:1 by 11',
      'deployment blocked → failed',
    ])
  })

  test('under any rule, whatever was approved', () => {
    const gate = gateFacts({ rules: [aRule(1), aRule(2)], votes: [aVote(1, bob, [r1])] })
    expect(changesOf(voteFacts({ gate }, { eligible: [r1] }), rejection(alice))).toEqual([
      'vote rejected rule:1 by 11',
      'job manual → failed',
      'deployment blocked → failed',
    ])
  })

  test('fails a deployment that is not blocked yet', () => {
    expect(
      changesOf(voteFacts({ status: 'created' }, { job: { status: 'created' } }), rejection(alice)).slice(1),
    ).toEqual(['job created → failed', 'deployment created → failed'])
  })
})
