import { describe, expect, test } from 'vitest'
import { decideFinish, type Outcome } from '../../src/domain/decide-finish.ts'
import { type JobStatus, jobStatuses } from '../../src/domain/job.ts'
import { aDeployment, told } from './helpers/facts.ts'

const succeeded: Outcome = { state: 'success', reason: 'unknown_failure', exitCode: 0 }
const failed = (exitCode: number | null): Outcome => ({ state: 'failed', reason: 'script_failure', exitCode })

function job(status: JobStatus, options: { deployment?: ReturnType<typeof aDeployment>; codes?: number[] } = {}) {
  return { id: 5, status, deployment: options.deployment ?? null, allowFailureExitCodes: options.codes ?? [] }
}

test.each(jobStatuses)('success of a %s job', (status) => {
  // A runner that never said it had begun was never asked about the gate, so its word makes no success.
  const expected =
    status === 'running' ? ['job running → success'] : status === 'canceling' ? ['job canceling → canceled'] : []
  expect(told(decideFinish(job(status), succeeded))).toEqual(expected)
})

test.each(jobStatuses)('failure of a %s job', (status) => {
  const over: JobStatus[] = ['success', 'failed', 'canceled', 'skipped']
  const expected = over.includes(status)
    ? []
    : status === 'canceling'
      ? ['job canceling → canceled']
      : [`job ${status} → failed`]
  expect(told(decideFinish(job(status), failed(1)))).toEqual(expected)
})

describe('what is recorded', () => {
  const set = (outcome: Outcome, codes: number[] = []) => {
    const [change] = decideFinish(job('running', { codes }), outcome)
    return change?.kind === 'job_moved' ? change.set : null
  }
  test.each<[string, Outcome, number[], object]>([
    ['success', succeeded, [], { exitCode: 0 }],
    ['failure', failed(1), [], { failureReason: 'script_failure', exitCode: 1 }],
    ['without an exit code', failed(null), [0], { failureReason: 'script_failure', exitCode: null }],
    [
      'an exit code that is allowed to fail',
      failed(137),
      [3, 137],
      { failureReason: 'script_failure', exitCode: 137, allowFailure: true },
    ],
    ['another exit code', failed(1), [3, 137], { failureReason: 'script_failure', exitCode: 1 }],
    [
      'the runner’s reason',
      { ...failed(1), reason: 'runner_system_failure' },
      [],
      { failureReason: 'runner_system_failure', exitCode: 1 },
    ],
  ])('%s', (_name, outcome, codes, expected) => expect(set(outcome, codes)).toEqual(expected))

  test('a job that was being cancelled has no failure', () => {
    expect(decideFinish(job('canceling'), failed(1))).toMatchObject([{ to: 'canceled', set: { exitCode: 1 } }])
  })
})

describe('the deployment follows', () => {
  test.each<[string, JobStatus, Outcome, string]>([
    ['success', 'running', succeeded, 'deployment running → success'],
    ['failure', 'running', failed(1), 'deployment running → failed'],
    ['cancel', 'canceling', succeeded, 'deployment running → canceled'],
  ])('%s', (_name, status, outcome, expected) => {
    expect(told(decideFinish(job(status, { deployment: aDeployment({ status: 'running' }) }), outcome))[1]).toBe(
      expected,
    )
  })
})
