import { expect, test } from 'vitest'
import { csvLine } from '../../src/http/csv.ts'

test.each<[string, readonly (string | number | null)[], string]>([
  ['plain', ['a', 1, null, 'b c'], 'a,1,,b c'],
  ['a negative number stays a number', [-1], '-1'],
  ['comma', ['a,b'], '"a,b"'],
  ['quotes', ['say "hi"'], '"say ""hi"""'],
  ['lines', ['a\r\nb'], '"a\r\nb"'],
  ['formula', ['=1+1'], "'=1+1"],
  ['plus', ['+1'], "'+1"],
  ['minus', ['-1'], "'-1"],
  ['at', ['@SUM(A1)'], "'@SUM(A1)"],
  ['full width', ['＝1'], "'＝1"],
  ['behind white space', [' \t=1'], " \t'=1"],
  ['behind a line break', ['a\n=1'], '"a\n\'=1"'],
  ['behind a semicolon', ['a;=1'], "a;'=1"],
  ['behind a semicolon and a quote', ['a;"=1'], `"a;""'=1"`],
  ['inside', ['a=1'], 'a=1'],
])('%s', (_name, fields, line) => {
  expect(csvLine(fields)).toBe(`${line}\r\n`)
})
