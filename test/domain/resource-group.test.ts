import { expect, test } from 'vitest'
import { mayTakeResource, type ProcessMode, processModes, upcomingStatuses } from '../../src/domain/resource-group.ts'

// Pipeline 5 asks; the others are pipelines with a job that comes next by the mode.
test.each<[ProcessMode, held: boolean, upcoming: number[], may: boolean]>([
  ['unordered', false, [], true],
  ['unordered', true, [], false],
  ['unordered', false, [4, 6], true],
  ['oldest_first', false, [], true],
  ['oldest_first', true, [6], false],
  ['oldest_first', false, [5, 6], true],
  ['oldest_first', false, [4, 6], false],
  ['newest_first', false, [4, 5], true],
  ['newest_first', false, [4, 6], false],
  ['newest_first', true, [4], false],
  ['newest_ready_first', false, [4], true],
  ['newest_ready_first', false, [6], false],
  ['newest_ready_first', true, [], false],
])('%s, held: %s, next in %j', (mode, held, upcoming, may) => {
  expect(mayTakeResource({ mode, held, upcoming }, 5)).toBe(may)
})

test('nobody waits for a job that waits for a person', () => {
  for (const mode of processModes) expect(upcomingStatuses(mode)).not.toContain('manual')
  expect(upcomingStatuses('oldest_first')).toEqual(['created', 'scheduled', 'waiting_for_resource'])
  expect(upcomingStatuses('newest_first')).toEqual(upcomingStatuses('oldest_first'))
  expect(upcomingStatuses('newest_ready_first')).toEqual(['waiting_for_resource'])
  expect(upcomingStatuses('unordered')).toEqual(['waiting_for_resource'])
})
