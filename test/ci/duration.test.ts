import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDuration } from '../../src/ci/duration.ts'

const HOUR = 3_600
const DAY = 86_400

describe('durations (reference A14)', () => {
  test.each<[text: string, seconds: number | null]>([
    ['42', 42],
    ['3600', HOUR],
    ['1s', 1],
    ['30 sec', 30],
    ['3 mins 4 sec', 184],
    ['2h20min', 8_400],
    ['2h 20min', 8_400],
    ['3h 30m', 12_600],
    ['1 hr', HOUR],
    ['1 day', DAY],
    ['1 day and 2 hours', DAY + 2 * HOUR],
    ['3 weeks and 2 days', 23 * DAY],
    ['1 week', 7 * DAY],
    ['6 mos 1 day', 181 * DAY],
    ['6 mos. 4 days', null],
    ['1 mo', 30 * DAY],
    ['1 year', 31_557_600],
    ['2 yrs', 63_115_200],
    ['47 yrs 6 mos and 4d', 47 * 31_557_600 + 6 * 30 * DAY + 4 * DAY],
    ['1.5 hours', 5_400],
    ['.5h', 1_800],
    ['day', DAY],
    ['minute 30 sec', 90],
    ['1 hour, 5 minutes', 3_900],
    ['1 hour with 5 minutes plus 3 seconds', 3_903],
    ['ONE WEEK', 7 * DAY],
    ['two hours', 2 * HOUR],
    ['twenty-five minutes', 1_500],
    ['twenty five minutes', 1_500],
    ['3:41:59', 13_319],
    ['41:59', 2_519],
    ['1:00:00:00', DAY],
    ['5 5', 5],
    ['1h 1h', 2 * HOUR],
    ['0', null],
    ['0 minutes', null],
    ['', null],
    ['soon', null],
    ['5 apples', null],
    ['-1 day', null],
    ['never', null],
    ['$VARIABLE', null],
    ['1:2:3:4:5:6:7', null],
    ['9'.repeat(400), null],
    ['1 '.repeat(2_000), null],
  ])('%j is %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  test('is a whole positive number or null for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-z :.,]*$/)), (text) => {
        const seconds = parseDuration(text)
        expect(
          seconds === null || (Number.isSafeInteger(seconds) && seconds > 0) || seconds > Number.MAX_SAFE_INTEGER,
        ).toBe(true)
      }),
    )
  })
})
