import { expect, test } from 'vitest'
import { autoCanceled, type OnNewCommit } from '../../src/domain/auto-cancel.ts'
import { type JobStatus, jobStatuses } from '../../src/domain/job.ts'

/** `~` in front of a status: a job that may be interrupted. */
function jobs(...list: string[]) {
  return list.map((short, index) => {
    const status = jobStatuses.find((known) => known === short.replace('~', ''))
    if (!status) throw new Error(short)
    return { id: index + 1, status, interruptible: short.startsWith('~') }
  })
}

test.each<[OnNewCommit, string[], number[]]>([
  ['conservative', ['pending', 'created'], [1, 2]],
  ['conservative', ['manual', 'created'], [1, 2]],
  ['conservative', ['~running', 'created'], [1, 2]],
  ['conservative', ['~success', 'pending'], [1, 2]],
  ['conservative', ['running', '~pending'], []],
  ['conservative', ['success', '~pending'], []],
  ['conservative', ['failed', '~pending'], []],
  ['conservative', ['skipped', 'canceled', 'pending'], [1, 2, 3]],
  ['interruptible', ['~running', 'running', '~created'], [1, 3]],
  ['interruptible', ['success', '~pending'], [2]],
  ['interruptible', ['pending'], []],
  ['none', ['~pending'], []],
])('%s: %j', (mode, list, expected) => {
  expect([...autoCanceled(mode, jobs(...list))]).toEqual(expected)
})

test('only a job that has begun spares its pipeline', () => {
  const sparing = (jobStatuses as readonly JobStatus[]).filter(
    (status) => autoCanceled('conservative', [{ id: 1, status, interruptible: false }]).size === 0,
  )
  expect(sparing).toEqual(['running', 'success', 'failed'])
})
