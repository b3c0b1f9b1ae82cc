import { describe, expect, test } from 'vitest'
import {
  blocksForApproval,
  decideContinue,
  decideStart,
  enqueue,
  failureAtStart,
} from '../../src/domain/decide-start.ts'
import type { DeploymentFacts, JobFacts } from '../../src/domain/facts.ts'
import { type JobStatus, jobStatuses } from '../../src/domain/job.ts'
import { actOn, aDeployment, aJob, deployTo, noGate, openGate, rejectedGate, told } from './helpers/facts.ts'

const now = new Date('2026-03-01T12:00:00Z')
const mayNot = { ...deployTo, userMayDeploy: false }
const mayNotAct = { ...actOn, userMayDeploy: false }

/** A job whose turn has come, with a deployment that was made but has not moved. */
function deploying(deployment: Partial<DeploymentFacts>, job: Partial<JobFacts> = {}): JobFacts {
  return aJob({ environment: deployTo, deployment: aDeployment({ status: 'created', ...deployment }), ...job })
}

const unprotected = { protected: false, approvals: 'none', gate: noGate } as const
const count = { approvals: 'count' } as const
const blocked = ['job created → manual', 'deployment created → blocked']
const failed = ['job created → failed', 'deployment created → failed']

describe('a job whose turn has come', () => {
  test.each<[string, JobFacts, string[]]>([
    ['is enqueued', aJob(), ['job created → pending']],
    ['when: always', aJob({ when: 'always' }), ['job created → pending']],
    ['when: on_failure', aJob({ when: 'on_failure' }), ['job created → pending']],
    ['when: manual', aJob({ when: 'manual' }), ['job created → manual']],
    ['when: delayed', aJob({ when: 'delayed', startIn: 90 }), ['job created → scheduled']],
    ['a retried manual job', aJob({ when: 'manual', enqueueImmediately: true }), ['job created → pending']],
    ['a retried delayed job', aJob({ when: 'delayed', enqueueImmediately: true }), ['job created → pending']],
    ['its resource is free', aJob({ resourceGroup: { id: 1, free: true } }), ['job created → pending']],
    ['its resource is taken', aJob({ resourceGroup: { id: 1, free: false } }), ['job created → waiting_for_resource']],
    ['without protection', deploying(unprotected), ['job created → pending']],
    ['approved before its turn', deploying({ gate: openGate }), ['job created → pending']],
    ['approvals missing', deploying({}), blocked],
    ['approvals missing (count)', deploying(count), blocked],
    ['rejected', deploying({ gate: rejectedGate }), blocked],
    ['when: manual without protection', deploying(unprotected, { when: 'manual' }), blocked],
    ['T28: when: always does not pass', deploying({}, { when: 'always' }), blocked],
    ['T28: allow_failure does not pass', deploying({}, { allowFailure: true }), blocked],
    ['T28: when: delayed does not pass', deploying({}, { when: 'delayed', startIn: 1 }), blocked],
    ['T12: a retried job does not pass', deploying({}, { enqueueImmediately: true }), blocked],
    ['T27: no vote can be enough', deploying({ gate: { ...openGate, votes: [] } }), blocked],
    ['blocked before a resource is asked for', deploying({}, { resourceGroup: { id: 1, free: false } }), blocked],
  ])('%s', (_name, job, expected) => expect(told(decideStart(job, now))).toEqual(expected))

  test('a delayed job is told when', () => {
    const set = (startIn: number | null) => decideStart(aJob({ when: 'delayed', startIn }), now)[0]
    expect(set(90)).toMatchObject({ set: { scheduledAt: new Date('2026-03-01T12:01:30Z') } })
    expect(set(null)).toMatchObject({ set: { scheduledAt: now } })
  })

  test('a job that is blocked for approval becomes a manual one', () => {
    expect(decideStart(deploying({}), now)[0]).toMatchObject({ set: { when: 'manual' } })
    expect(decideStart(aJob({ when: 'manual' }), now)[0]).toMatchObject({ set: {} })
  })
})

describe('a job that waited for its time or its resource', () => {
  const scheduled = { status: 'scheduled', when: 'delayed' } as const
  const waiting = { status: 'waiting_for_resource' } as const
  const free = { resourceGroup: { id: 1, free: true } }
  const taken = { resourceGroup: { id: 1, free: false } }
  test.each<[string, JobFacts, string[]]>([
    ['its time has come', aJob(scheduled), ['job scheduled → pending']],
    ['… but its resource is taken', aJob({ ...scheduled, ...taken }), ['job scheduled → waiting_for_resource']],
    ['its resource is free', aJob({ ...waiting, ...free }), ['job waiting_for_resource → pending']],
    ['its resource is still taken', aJob({ ...waiting, ...taken }), []],
    [
      'T28 delayed, approvals missing by now',
      deploying({}, scheduled),
      ['job scheduled → manual', 'deployment created → blocked'],
    ],
    [
      'T28 waited for a resource, approvals missing by now',
      deploying({}, { ...waiting, ...free }),
      ['job waiting_for_resource → manual', 'deployment created → blocked'],
    ],
    ['approved', deploying({ gate: openGate }, scheduled), ['job scheduled → pending']],
    [
      'T30 its user is blocked by now',
      deploying(unprotected, { ...scheduled, userActive: false }),
      ['job scheduled → failed', 'deployment created → failed'],
    ],
    [
      'outdated by now',
      deploying({ ...unprotected, outdated: true }, { ...waiting, ...free }),
      ['job waiting_for_resource → failed', 'deployment created → failed'],
    ],
    [
      'played, its user may not deploy any more',
      deploying(count, { ...waiting, ...free, when: 'manual', environment: mayNot }),
      ['job waiting_for_resource → failed', 'deployment created → failed'],
    ],
  ])('%s', (_name, job, expected) => expect(told(decideContinue(job))).toEqual(expected))
})

// Reference 2.4 and 5.1, product.md: triggered by somebody who may not deploy.
describe('triggered by somebody not allowed to deploy', () => {
  test.each<[string, JobFacts, string[]]>([
    ['no approvals: fails', deploying({ approvals: 'none', gate: noGate }, { environment: mayNot }), failed],
    ['count: fails', deploying(count, { environment: mayNot }), failed],
    ['count, approved already: fails', deploying({ ...count, gate: openGate }, { environment: mayNot }), failed],
    ['rules: gated', deploying({}, { environment: mayNot }), blocked],
    [
      'rules, approved already: waits for a permitted person',
      deploying({ gate: openGate }, { environment: mayNot }),
      blocked,
    ],
    [
      'rules, approved already, retried: the same',
      deploying({ gate: openGate }, { environment: mayNot, enqueueImmediately: true }),
      blocked,
    ],
    [
      'count, when: manual: judged when it is played',
      deploying(count, { environment: mayNot, when: 'manual' }),
      blocked,
    ],
    ['when: delayed: fails', deploying(count, { environment: mayNot, when: 'delayed' }), failed],
    [
      'a retried manual job: fails',
      deploying(count, { environment: mayNot, when: 'manual', enqueueImmediately: true }),
      failed,
    ],
    ['a job that makes no deployment (action stop)', aJob({ environment: mayNotAct }), ['job created → failed']],
    ['the same, when: manual', aJob({ environment: mayNotAct, when: 'manual' }), ['job created → manual']],
  ])('%s', (_name, job, expected) => expect(told(decideStart(job, now))).toEqual(expected))
})

describe('why a job fails instead of starting', () => {
  const outdated = {
    deployment: aDeployment({ outdated: true, approvals: 'none', gate: noGate }),
    environment: deployTo,
  }
  const over = { deployment: aDeployment({ status: 'failed' }), environment: deployTo }
  const invalid = { environment: { ...deployTo, invalid: true } }
  test.each<[string, Partial<JobFacts>, ReturnType<typeof failureAtStart>]>([
    ['nothing', {}, null],
    ['its user is blocked', { userActive: false }, 'user_blocked'],
    ['its environment has an impossible name', invalid, 'environment_creation_failure'],
    ['outdated', outdated, 'failed_outdated_deployment_job'],
    ['not allowed to work on the environment', { environment: mayNotAct }, 'protected_environment_failure'],
    ['allowed to work on the environment', { environment: actOn }, null],
    // Deleted by somebody: without it nothing would ask for approvals (T25, a second door).
    ['its deployment is gone', { environment: deployTo }, 'data_integrity_failure'],
    ['its deployment is gone, when: manual', { environment: deployTo, when: 'manual' }, 'data_integrity_failure'],
    ['its deployment is over', over, 'data_integrity_failure'],
    [
      'everything at once',
      { ...outdated, userActive: false, environment: { ...mayNot, invalid: true } },
      'environment_creation_failure',
    ],
    ['invalid before outdated', { ...outdated, ...invalid }, 'environment_creation_failure'],
    ['its user is blocked, before outdated', { userActive: false, ...outdated }, 'user_blocked'],
    ['outdated before not allowed', { ...outdated, environment: mayNot }, 'failed_outdated_deployment_job'],
    // Reference 5.2: an outdated manual job is shown, and cannot be run. Whoever plays it is judged then.
    ['outdated, when: manual', { ...outdated, when: 'manual' }, null],
    [
      'outdated, when: manual, retried',
      { ...outdated, when: 'manual', enqueueImmediately: true },
      'failed_outdated_deployment_job',
    ],
    ['outdated, when: delayed', { ...outdated, when: 'delayed' }, 'failed_outdated_deployment_job'],
    ['its user is blocked, when: manual', { userActive: false, when: 'manual' }, null],
    ['not allowed to work on the environment, when: manual', { environment: mayNotAct, when: 'manual' }, null],
    ['an impossible name, when: manual', { ...invalid, when: 'manual' }, 'environment_creation_failure'],
  ])('%s', (_name, job, reason) => {
    expect(failureAtStart(aJob(job))).toBe(reason)
    const [moved] = decideStart(aJob(job), now)
    if (reason !== null) expect(moved).toMatchObject({ to: 'failed', set: { failureReason: reason } })
    else expect(moved).not.toMatchObject({ to: 'failed' })
  })

  test('the deployment fails with its job', () => {
    expect(told(decideStart(deploying({ outdated: true }), now))).toEqual(failed)
  })
})

test.each<[string, JobFacts, boolean]>([
  ['no deployment', aJob({ environment: actOn }), false],
  ['no approvals', deploying(unprotected), false],
  ['approvals missing', deploying({}), true],
  ['open', deploying({ gate: openGate }), false],
  ['rejected', deploying({ gate: rejectedGate }), true],
  ['rules and not allowed', deploying({ gate: openGate }, { environment: mayNot }), true],
  [
    'count and not allowed: it fails elsewhere',
    deploying({ ...count, gate: openGate }, { environment: mayNot }),
    false,
  ],
])('blocks for approval: %s', (_name, job, expected) => expect(blocksForApproval(job)).toBe(expected))

describe('enqueue', () => {
  const possible: Partial<Record<JobStatus, [free: string, taken: string | null]>> = {
    created: ['pending', 'waiting_for_resource'],
    skipped: ['pending', 'waiting_for_resource'],
    manual: ['pending', 'waiting_for_resource'],
    scheduled: ['pending', 'waiting_for_resource'],
    preparing: ['pending', null],
    waiting_for_resource: ['pending', null],
  }
  test.each(jobStatuses)('from %s', (status) => {
    const [free = null, taken = null] = possible[status] ?? []
    const to = (isFree: boolean) => told(enqueue(aJob({ status, resourceGroup: { id: 1, free: isFree } })))
    expect(to(true)).toEqual(free === null ? [] : [`job ${status} → ${free}`])
    expect(to(false)).toEqual(taken === null ? [] : [`job ${status} → ${taken}`])
    expect(told(enqueue(aJob({ status })))).toEqual(free === null ? [] : [`job ${status} → ${free}`])
  })
})
