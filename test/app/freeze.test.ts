import { expect, test } from 'vitest'
import { isTimezone, parseCron } from '../../src/app/cron.ts'
import { lasts } from '../../src/app/freeze.ts'

const weekend = { freeze_start: '0 23 * * 5', freeze_end: '0 7 * * 1', cron_timezone: 'UTC' }

test.each([
  // Friday 6 March 2026 23:00 to Monday 9 March 07:00
  ['2026-03-06T22:59:59Z', weekend, false],
  ['2026-03-06T23:00:00Z', weekend, true],
  ['2026-03-06T23:00:00.500Z', weekend, true],
  ['2026-03-08T12:00:00Z', weekend, true],
  ['2026-03-09T07:00:00Z', weekend, true],
  ['2026-03-09T07:00:01Z', weekend, false],
  ['2026-03-06T22:30:00Z', { ...weekend, cron_timezone: 'Europe/Berlin' }, true],
  ['2026-03-09T06:30:00Z', { ...weekend, cron_timezone: 'Europe/Berlin' }, false],
  // The clocks go forward on 29 March 2026, so Monday 07:00 in Berlin is 05:00 UTC.
  ['2026-03-30T04:59:00Z', { ...weekend, cron_timezone: 'Europe/Berlin' }, true],
  ['2026-03-30T05:01:00Z', { ...weekend, cron_timezone: 'Europe/Berlin' }, false],
  // Once a year, over the turn of the year
  ['2027-01-01T00:00:00Z', { freeze_start: '0 0 24 12 *', freeze_end: '0 0 2 1 *', cron_timezone: 'UTC' }, true],
  ['2027-01-02T00:00:01Z', { freeze_start: '0 0 24 12 *', freeze_end: '0 0 2 1 *', cron_timezone: 'UTC' }, false],
  // Something stored by an older version that cannot be read freezes nothing
  ['2027-01-01T00:00:00Z', { ...weekend, freeze_start: 'nonsense' }, false],
])('%s in %o: %s', (now, period, frozen) => expect(lasts(period, new Date(now))).toBe(frozen))

test.each([
  ['0 23 * * 5', true],
  ['*/5 8-18 * * mon-fri', true],
  ['0 0 29 2 *', true],
  ['0 0 31 2 *', false],
  ['0 23 * * 5 *', false],
  ['0 23 * *', false],
  ['60 23 * * 5', false],
  ['2030-01-01T00:00:00', false],
  ['@daily', false],
  ['', false],
  ['a b c d e', false],
])('cron %j: %s', (text, valid) => expect(parseCron(text, 'UTC') !== null).toBe(valid))

test.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['America/New_York', true],
  ['Mars/Olympus', false],
  ['', false],
])('time zone %j: %s', (text, valid) => expect(isTimezone(text)).toBe(valid))
