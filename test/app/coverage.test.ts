import { describe, expect, test } from 'vitest'
import { lastCoverage } from '../../src/app/coverage.ts'

const stamp = '2026-11-22T13:17:05.123456Z 01O '
const more = '2026-11-22T13:17:05.123457Z 01O+'

describe('coverage', () => {
  // GitLab docs, "Test coverage": the last match in the log; what the reader sees of a line is what is matched.
  test.each<[string, string, string, number | null]>([
    ['a number and its sign', '\\d+(?:\\.\\d+)?%', 'all 81.5% of it', 81.5],
    ['the last line that matches', 'total (\\d+)%', 'total 1%\ntotal 2%\nother 3%', 2],
    ['the last match in its line', '\\d+%', 'lines 10%, branches 20%', 20],
    ['the last group', '(\\d+)% of (\\d+)', '40% of 50', 50],
    ['the start of a line that has its time', '^TOTAL +\\d+%', `${stamp}TOTAL  97%`, 97],
    ['nothing of the time', '.*coverage: \\d+%', `${stamp}coverage: 88%`, 88],
    ['nothing of the time of a continued line', '.*coverage: \\d+%', `${stamp}x\n${more}coverage: 12%`, 12],
    ['the end of a line that ends like on Windows', '\\d+%$', '77%\r\n', 77],
    ['a time that the script wrote itself', '^2026.*Z (\\d+)%', `${stamp}2026-01-01T00:00:00Z 5%`, 5],
    ['nothing', 'coverage: \\d+', 'no such thing\n', null],
    ['a match without a number', 'coverage', 'coverage\n', null],
    ['an earlier line when the last match has no number', 'cov.*', 'cov 3\ncov', 3],
  ])('is read from %s', (_, pattern, log, expected) => {
    expect(lastCoverage(pattern, log)).toBe(expected)
  })
})
