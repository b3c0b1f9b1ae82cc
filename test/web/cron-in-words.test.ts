import { expect, test } from 'vitest'
import { cronInWords } from '../../src/web/pages/settings/freezes/cron-in-words.ts'

test.each([
  ['0 23 * * 5', 'at 23:00 on Friday'],
  [' 0  7 * * 1 ', 'at 07:00 on Monday'],
  ['30 8 * * mon-fri', 'at 08:30 on Monday to Friday'],
  ['0 0 * * 0,7', 'at 00:00 on Sunday and Sunday'],
  ['0 9 * * *', 'at 09:00 every day'],
  ['0,30 9 * * *', 'at 09:00 and 09:30 every day'],
  ['0 18 20 12 *', 'at 18:00 on day 20 of the month in December'],
  ['0 0 1,15 jan,jul *', 'at 00:00 on day 1 and 15 of the month in January and July'],
  // Cron takes either of the two when both are given.
  ['0 0 13 * 5', 'at 00:00 on day 13 of the month or on Friday'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['* * * * *', 'every minute'],
  ['5 * * 3 *', 'at minute 5 of every hour in March'],
])('%s is %s', (text, words) => {
  expect(cronInWords(text)).toBe(words)
})

test.each([
  '',
  'friday',
  '0 23 * *',
  '0 0 23 * * 5',
  '0 24 * * *',
  '61 0 * * *',
  '0 0 32 * *',
  '0 0 * 13 *',
  '0 0 L * *',
  '0 0 * * 1#2',
  '0 0 * * 9',
])('of %j nothing is said', (text) => {
  expect(cronInWords(text)).toBeNull()
})
