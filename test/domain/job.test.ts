import { describe, expect, test } from 'vitest'
import {
  cancelableJobStatuses,
  canMoveJob,
  completedJobStatuses,
  executingJobStatuses,
  type FailureReason,
  failureReasonOf,
  failureReasons,
  type JobEvent,
  type JobStatus,
  jobStatuses,
  jobTransitions,
  wantsRetry,
} from '../../src/domain/job.ts'

// Reference C2. `reset` is GitLab's `process` of a skipped job; `hold` is ours: the gate closed after the job was enqueued.
const table: Record<JobEvent, [from: string, to: JobStatus]> = {
  reset: ['skipped', 'created'],
  enqueue: ['created skipped manual scheduled waiting_for_resource preparing', 'pending'],
  wait_for_resource: ['created skipped manual scheduled', 'waiting_for_resource'],
  actionize: ['created', 'manual'],
  schedule: ['created', 'scheduled'],
  unschedule: ['scheduled', 'manual'],
  hold: ['pending waiting_for_resource', 'manual'],
  run: ['pending', 'running'],
  skip: ['created waiting_for_resource preparing pending', 'skipped'],
  succeed: ['created waiting_for_resource preparing waiting_for_callback pending running', 'success'],
  drop: ['created waiting_for_resource preparing waiting_for_callback pending running manual scheduled', 'failed'],
  request_cancel: ['running', 'canceling'],
  cancel: [
    'created waiting_for_resource preparing waiting_for_callback pending running canceling manual scheduled',
    'canceled',
  ],
}

describe('job transitions', () => {
  const events = Object.keys(jobTransitions) as JobEvent[]
  test('every event is in the table', () => expect(events.toSorted()).toEqual(Object.keys(table).toSorted()))

  test.each(events)('%s', (event) => {
    const [from, to] = table[event]
    expect(jobStatuses.filter((status) => canMoveJob(status, event))).toEqual(
      jobStatuses.filter((status) => from.split(' ').includes(status)),
    )
    expect(jobTransitions[event].to).toBe(to)
  })

  test('running is entered from pending alone', () => {
    const entries = events.filter((event) => jobTransitions[event].to === 'running')
    expect(entries.map((event) => jobTransitions[event].from)).toEqual([['pending']])
  })

  test('nothing leaves success, failed and canceled', () => {
    for (const status of ['success', 'failed', 'canceled'] as const) {
      expect(events.filter((event) => canMoveJob(status, event))).toEqual([])
    }
  })
})

// Reference C1.
describe('sets of job statuses', () => {
  test.each([
    [
      'all',
      jobStatuses,
      'created waiting_for_resource preparing waiting_for_callback pending running canceling success failed canceled skipped manual scheduled',
    ],
    ['completed', completedJobStatuses, 'success failed canceled skipped'],
    ['executing', executingJobStatuses, 'running canceling'],
    [
      'cancelable',
      cancelableJobStatuses,
      'running waiting_for_callback waiting_for_resource preparing pending created scheduled manual',
    ],
  ])('%s', (_name, set, expected) => expect([...set].toSorted()).toEqual(expected.split(' ').toSorted()))

  test('every cancelable status can be cancelled', () => {
    expect(cancelableJobStatuses.filter((status) => !canMoveJob(status, 'cancel'))).toEqual([])
  })
})

describe('failure reason of a runner', () => {
  test.each([
    ['script_failure', 'script_failure'],
    ['runner_system_failure', 'runner_system_failure'],
    ['a_reason_of_tomorrow', 'unknown_failure'],
    ['', 'script_failure'],
    [null, 'script_failure'],
    [undefined, 'script_failure'],
  ])('%j is %s', (text, reason) => expect(failureReasonOf(text)).toBe(reason))
})

// Reference A14.
describe('retry', () => {
  const failed = (options: Partial<Parameters<typeof wantsRetry>[1]> = {}) => ({
    retries: 0,
    reason: 'script_failure' as FailureReason,
    exitCode: 1,
    ...options,
  })
  const retry = (options: Partial<Parameters<typeof wantsRetry>[0]> = {}) => ({
    max: 2,
    when: [],
    exitCodes: [],
    ...options,
  })

  test.each<[string, boolean, ReturnType<typeof retry>, ReturnType<typeof failed>]>([
    ['nothing listed: always', true, retry(), failed()],
    ['the second time', true, retry(), failed({ retries: 1 })],
    ['not a third time', false, retry(), failed({ retries: 2 })],
    ['max 0', false, retry({ max: 0 }), failed()],
    ['a listed reason', true, retry({ when: ['script_failure'] }), failed()],
    ['another reason', false, retry({ when: ['runner_system_failure'] }), failed()],
    ['always', true, retry({ when: ['always'] }), failed()],
    ['a listed exit code', true, retry({ exitCodes: [1, 137] }), failed()],
    ['another exit code', false, retry({ exitCodes: [137] }), failed()],
    ['no exit code at all', false, retry({ exitCodes: [137] }), failed({ exitCode: null })],
    ['reason matches, exit code does not', true, retry({ when: ['script_failure'], exitCodes: [137] }), failed()],
    ['exit code matches, reason does not', true, retry({ when: ['api_failure'], exitCodes: [1] }), failed()],
    ['neither matches', false, retry({ when: ['api_failure'], exitCodes: [137] }), failed()],
    [
      'a scheduler failure defaults to two retries',
      true,
      retry({ max: 0 }),
      failed({ reason: 'scheduler_failure', retries: 1 }),
    ],
    ['and no more', false, retry({ max: 0 }), failed({ reason: 'scheduler_failure', retries: 2 })],
  ])('%s: %s', (_name, expected, asked, attempt) => expect(wantsRetry(asked, attempt)).toBe(expected))

  const never: FailureReason[] = [
    'no_matching_runner',
    'missing_dependency_failure',
    'forward_deployment_failure',
    'environment_creation_failure',
    // Ours: another attempt would fail the same way, or would revive what somebody stopped.
    'failed_outdated_deployment_job',
    'deployment_rejected',
    'protected_environment_failure',
    'user_blocked',
  ]
  test.each(failureReasons.map((reason) => [reason, !never.includes(reason)] as const))(
    'after %s with `when: always`: %s',
    (reason, expected) => expect(wantsRetry(retry({ when: ['always'] }), failed({ reason }))).toBe(expected),
  )
})
