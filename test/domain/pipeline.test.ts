import { describe, expect, test } from 'vitest'
import { type JobStatus, jobStatuses } from '../../src/domain/job.ts'
import { compositeStatus, counted } from '../../src/domain/pipeline.ts'

/** `!failed` is a failed job that is allowed to fail. */
type Short = JobStatus | `!${JobStatus}`
const jobs = (list: readonly Short[]) =>
  list.map((short) => {
    const status = jobStatuses.find((s) => s === short || `!${s}` === short)
    if (!status) throw new Error(short)
    return { status, allowFailure: short.startsWith('!') }
  })

describe('a status after allow_failure', () => {
  test.each([
    ['!failed', 'success_with_warnings'],
    ['!canceled', 'success_with_warnings'],
    ['!manual', 'ignored'],
    ['!success', 'success'],
    ['!running', 'running'],
    ['!skipped', 'skipped'],
    ['!created', 'created'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
    ['manual', 'manual'],
  ] as const)('%s counts as %s', (short, mapped) => {
    expect(jobs([short]).map(counted)).toEqual([mapped])
  })
})

// Reference C4, row by row: at least one set that only this row catches, and its largest set.
describe('composite status', () => {
  test.each<[row: number, result: JobStatus | null, set: Short[]]>([
    [0, null, []],
    [2, 'skipped', ['skipped']],
    [2, 'skipped', ['!manual']],
    [2, 'skipped', ['skipped', '!manual']],
    [3, 'success', ['success']],
    [3, 'success', ['!failed']],
    [3, 'success', ['!failed', '!manual']],
    [3, 'success', ['success', 'skipped', '!failed', '!manual']],
    [4, 'created', ['created']],
    [4, 'created', ['created', '!failed', '!manual']],
    [5, 'preparing', ['preparing']],
    [5, 'preparing', ['preparing', '!failed', '!manual']],
    [6, 'canceled', ['canceled']],
    [6, 'canceled', ['canceled', 'success', 'skipped', '!failed', '!manual']],
    [7, 'pending', ['pending']],
    [7, 'pending', ['pending', 'created']],
    [7, 'pending', ['created', 'skipped']],
    [7, 'pending', ['pending', 'created', 'skipped', '!failed', '!manual']],
    [8, 'running', ['running']],
    [8, 'running', ['pending', 'success']],
    [8, 'running', ['failed', 'running']],
    [8, 'running', ['running', 'waiting_for_resource', 'manual', 'canceling']],
    [9, 'waiting_for_resource', ['waiting_for_resource']],
    [9, 'waiting_for_resource', ['waiting_for_resource', 'waiting_for_callback', 'manual', 'failed']],
    [10, 'waiting_for_callback', ['waiting_for_callback', 'manual', 'scheduled', 'failed']],
    [11, 'manual', ['manual']],
    [11, 'manual', ['manual', 'scheduled', 'preparing', 'created', 'canceling', 'failed']],
    [12, 'scheduled', ['scheduled']],
    [12, 'scheduled', ['scheduled', 'preparing', 'created', 'canceling', 'failed']],
    [13, 'preparing', ['preparing', 'created', 'canceling', 'failed']],
    [13, 'preparing', ['preparing', 'success']],
    [14, 'running', ['created', 'canceling', 'failed']],
    [14, 'running', ['created', 'success']],
    [15, 'canceling', ['canceling']],
    [15, 'canceling', ['canceling', 'failed', 'success']],
    [16, 'failed', ['failed']],
    [16, 'failed', ['failed', 'canceled', 'skipped', 'success', '!failed', '!manual']],
  ])('row %i: %s', (_row, result, set) => {
    expect(compositeStatus(jobs(set))).toBe(result)
    expect(compositeStatus(jobs(set.toReversed()))).toBe(result)
  })

  test.each<[name: string, result: JobStatus, set: Short[]]>([
    ['success + blocking manual', 'manual', ['success', 'manual']],
    ['failed + blocking manual', 'manual', ['failed', 'manual']],
    ['success + optional manual', 'success', ['success', '!manual']],
    ['tolerated failure + success', 'success', ['!failed', 'success']],
    ['failed + a later stage that was skipped', 'failed', ['failed', 'skipped']],
    ['failed + running', 'running', ['failed', 'running']],
    ['failed + a later stage that was not decided yet', 'running', ['failed', 'created']],
  ])('%s is %s', (_name, result, set) => expect(compositeStatus(jobs(set))).toBe(result))
})

describe('composite status of needs', () => {
  test.each<[row: number, result: JobStatus | null, set: Short[]]>([
    [0, null, []],
    [1, 'skipped', ['skipped']],
    [1, 'skipped', ['success', 'skipped']],
    [1, 'skipped', ['success', '!manual']],
    [1, 'skipped', ['failed', 'skipped']],
    [1, 'skipped', ['running', '!manual']],
    [3, 'success', ['success', '!failed']],
    [6, 'canceled', ['success', 'canceled']],
    [8, 'running', ['success', 'running']],
    [11, 'manual', ['success', 'manual']],
    [16, 'failed', ['success', 'failed']],
  ])('row %i: %s', (_row, result, set) => expect(compositeStatus(jobs(set), true)).toBe(result))
})
