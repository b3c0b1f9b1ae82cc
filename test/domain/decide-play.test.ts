import { describe, expect, test } from 'vitest'
import { decideCancel, decidePlay, type RetryFacts, retryRefusal } from '../../src/domain/decide-play.ts'
import type { DeploymentFacts, JobFacts } from '../../src/domain/facts.ts'
import { failureReasons, type JobStatus, jobStatuses } from '../../src/domain/job.ts'
import { sentenceOf } from '../../src/domain/refusal.ts'
import {
  aDeployment,
  aGatedJob,
  aJob,
  alice,
  bob,
  deployTo,
  gateFacts,
  noGate,
  openGate,
  rejectedGate,
  told,
} from './helpers/facts.ts'

const mayNot = { ...deployTo, userMayDeploy: false }
const plain = { userId: bob, hasVariables: false }
const withVariables = { userId: bob, hasVariables: true }

const aManualJob = (options: Partial<JobFacts> = {}) => aJob({ status: 'manual', when: 'manual', ...options })

function played(job: JobFacts, command = plain): string[] | string {
  const decided = decidePlay(job, command)
  return decided.ok ? told(decided.value) : decided.error.code
}

describe('play', () => {
  test.each(jobStatuses)('a %s job', (status) => {
    const playable = status === 'manual' || status === 'scheduled'
    expect(played(aJob({ status, when: 'manual' }))).toEqual(playable ? [`job ${status} → pending`] : 'unplayable_job')
  })

  const approved = { gate: openGate }
  const gated = (deployment: Partial<DeploymentFacts>, job: Partial<JobFacts> = {}) => aGatedJob(job, deployment)
  test.each<[string, JobFacts, typeof plain, string[] | string]>([
    ['approved', gated(approved), plain, ['job manual → pending']],
    ['start: manual, approved', gated({ ...approved, start: 'manual' }), plain, ['job manual → pending']],
    ['approvals missing', gated({}), plain, 'unplayable_job'],
    ['approvals missing (count)', gated({ approvals: 'count' }), plain, 'unplayable_job'],
    ['rejected', gated({ gate: rejectedGate }), plain, 'unplayable_job'],
    [
      'an approval that is void by now',
      gated({ gate: gateFacts({ votes: openGate.votes.map((v) => ({ ...v, current: false })) }) }),
      plain,
      'unplayable_job',
    ],
    [
      'T28: a delayed job, approvals missing',
      gated({ status: 'created' }, { status: 'scheduled', when: 'delayed' }),
      plain,
      'unplayable_job',
    ],
    ['T28: allow_failure, approvals missing', gated({}, { allowFailure: true }), plain, 'unplayable_job'],
    ['T12: by somebody not allowed to deploy', gated(approved, { environment: mayNot }), plain, 'may_not_deploy'],
    // Reference 5.1: rights on the job are gone altogether, so they are asked first.
    [
      'T12: by somebody not allowed to deploy, approvals missing',
      gated({}, { environment: mayNot }),
      plain,
      'may_not_deploy',
    ],
    [
      'T12: a job that makes no deployment (action stop)',
      aManualJob({ environment: { ...mayNot, deploys: false } }),
      plain,
      'may_not_deploy',
    ],
    ['its deployment was deleted', aManualJob({ environment: deployTo }), plain, 'unplayable_job'],
    ['a trigger job that waits with its downstream pipeline', aJob({ status: 'manual' }), plain, 'unplayable_job'],
    ['outdated', gated({ ...approved, outdated: true }), plain, 'outdated_deployment'],
    ['outdated, approvals missing', gated({ outdated: true }), plain, 'outdated_deployment'],
    ['T13: variables after approval', gated(approved), withVariables, 'variables_after_approval'],
    ['T13: variables (count)', gated({ ...approved, approvals: 'count' }), withVariables, 'variables_after_approval'],
    ['T13: variables while approvals are missing', gated({}), withVariables, 'unplayable_job'],
    [
      'variables where nothing needs approval',
      gated({ approvals: 'none', gate: noGate }),
      withVariables,
      ['job manual → pending'],
    ],
    ['variables without a deployment', aManualJob(), withVariables, ['job manual → pending']],
    [
      'the resource is taken',
      gated(approved, { resourceGroup: { id: 1, free: false } }),
      plain,
      ['job manual → waiting_for_resource'],
    ],
  ])('%s', (_name, job, command, expected) => expect(played(job, command)).toEqual(expected))

  test('the deployment stays blocked until the job runs', () => {
    expect(played(aGatedJob({}, { gate: openGate, status: 'blocked' }))).toEqual(['job manual → pending'])
  })

  test('the job becomes its player’s', () => {
    const decided = decidePlay(aManualJob(), plain)
    expect(decided.ok && decided.value).toMatchObject([{ set: { userId: bob, enqueueImmediately: true } }])
  })

  test('the creator of the deployment stays who it was, so nobody plays their way to a vote', () => {
    const job = aGatedJob({ userId: alice }, { gate: openGate })
    const decided = decidePlay(job, { userId: alice, hasVariables: false })
    expect(decided.ok && told(decided.value)).toEqual(['job manual → pending'])
  })
})

describe('retry', () => {
  const facts = (options: Partial<RetryFacts> = {}): RetryFacts => ({
    status: 'failed',
    retried: false,
    failureReason: 'script_failure',
    environmentName: null,
    userMayDeploy: true,
    outdated: false,
    ...options,
  })

  test.each(jobStatuses)('of a %s job', (status) => {
    const retryable: JobStatus[] = ['success', 'failed', 'canceled']
    expect(retryRefusal(facts({ status, failureReason: null }))?.code).toBe(
      retryable.includes(status) ? undefined : 'job_not_retryable',
    )
  })

  test.each(failureReasons)('after %s', (failureReason) => {
    const final = ['deployment_rejected', 'pipeline_loop_detected', 'reached_max_descendant_pipelines_depth']
    expect(retryRefusal(facts({ failureReason }))?.code).toBe(
      final.includes(failureReason) ? 'job_not_retryable' : undefined,
    )
  })

  const protectedOne = { environmentName: 'production', userMayDeploy: false }
  test.each<[string, Partial<RetryFacts>, string]>([
    ['twice', { retried: true }, 'Job is not retryable'],
    [
      'of a rejected deployment by somebody who may not deploy',
      { ...protectedOne, failureReason: 'deployment_rejected' },
      'Job is not retryable',
    ],
    [
      'by somebody who may not deploy',
      protectedOne,
      'You are not allowed to deploy to the protected environment production.',
    ],
    ['outdated', { outdated: true }, 'The deployment job is older than the latest deployment, and therefore failed.'],
    [
      'outdated, by somebody who may not deploy',
      { ...protectedOne, outdated: true },
      'You are not allowed to deploy to the protected environment production.',
    ],
  ])('%s', (_name, options, sentence) => {
    const refusal = retryRefusal(facts(options))
    expect(refusal && sentenceOf(refusal)).toBe(sentence)
  })
})

// Reference C6.
describe('cancel', () => {
  const command = (force: boolean, runnerCancelsGracefully: boolean) => ({ force, runnerCancelsGracefully })
  const over: JobStatus[] = ['success', 'failed', 'canceled', 'skipped']

  test.each(jobStatuses)('of a %s job', (status) => {
    const outcome = (force: boolean, graceful: boolean) =>
      told(decideCancel(aJob({ status }), command(force, graceful)))
    const cancelled = over.includes(status) ? [] : [`job ${status} → canceled`]
    expect(outcome(true, true)).toEqual(cancelled)
    expect(outcome(true, false)).toEqual(cancelled)
    expect(outcome(false, false)).toEqual(status === 'canceling' ? [] : cancelled)
    const gracefully = status === 'running' ? ['job running → canceling'] : cancelled
    expect(outcome(false, true)).toEqual(status === 'canceling' ? [] : gracefully)
  })

  test.each<[string, JobFacts, boolean, string[]]>([
    ['a blocked deployment', aGatedJob(), false, ['job manual → canceled', 'deployment blocked → canceled']],
    [
      'a running deployment',
      aJob({ status: 'running', deployment: aDeployment({ status: 'running' }) }),
      false,
      ['job running → canceled', 'deployment running → canceled'],
    ],
    [
      'a running deployment, gracefully: it runs on until its runner says so',
      aJob({ status: 'running', deployment: aDeployment({ status: 'running' }) }),
      true,
      ['job running → canceling'],
    ],
  ])('%s', (_name, job, graceful, expected) => {
    expect(told(decideCancel(job, command(false, graceful)))).toEqual(expected)
  })
})
