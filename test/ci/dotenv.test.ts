import { describe, expect, it } from 'vitest'
import { parseDotenv } from '../../src/ci/dotenv.ts'

const read = (text: string) => {
  const parsed = parseDotenv(text)
  return parsed.ok ? parsed.value.map(({ key, value }) => `${key}=${value}`) : parsed.error
}
const invalidKey = "Validation failed: Key can contain only letters, digits and '_'."

describe('a dotenv report', () => {
  it.each([
    ['A=1', ['A=1']],
    ['A=1\nB=2\n', ['A=1', 'B=2']],
    ['A=1\r\nB=2\r\n', ['A=1', 'B=2']],
    ['\u{feff}A=1', ['A=1']],
    [' A = 1 ', ['A=1']],
    ['A=', ['A=']],
    ['URL=https://x/?a=b', ['URL=https://x/?a=b']],
    ['A="quoted"', ['A="quoted"']],
    ['A=1\nA=2', ['A=2']],
    ['', []],
    ['A=1\n\nB=2', 'Invalid Format'],
    ['\n', 'Invalid Format'],
    ['# comment', 'Invalid Format'],
    ['# A=1', invalidKey],
    ['export A=1', invalidKey],
    ['=1', invalidKey],
    ['A-B=1', invalidKey],
    [`${'K'.repeat(256)}=1`, invalidKey],
    ['A=\0', 'Invalid Format'],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it('has at most 150 variables', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `K${index}=v`).join('\n')
    expect(read(lines(150))).toHaveLength(150)
    expect(read(lines(151))).toBe('Dotenv files cannot have more than 150 variables')
  })
})
