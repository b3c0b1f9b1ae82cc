import { describe, expect, test } from 'vitest'
import {
  alertStatus,
  headerFits,
  hookTextProblems,
  interpolateUrl,
  maskUrl,
  missingUrlKeys,
  pairsFit,
  restSeconds,
} from '../../src/domain/webhook.ts'

describe('custom headers and URL variables', () => {
  test.each<[boolean, Record<string, string>]>([
    [true, {}],
    [true, { foo: 'bar', FOO2: 'b', 'my_secr3t-token': 'c', 'f.o.o': 'd', x: 'y' }],
    [true, { x: 'a'.repeat(2048) }],
    [true, Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, 'v']))],
    [false, Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, 'v']))],
    [false, { foo: '' }],
    [false, { foo: 'a'.repeat(2049) }],
    [false, { 'has spaces': 'v' }],
    [false, { '': 'v' }],
    [false, { '1foo': 'v' }],
    [false, { 'MY--TOKEN': 'v' }],
    [false, { 'x-_y': 'v' }],
    [false, { 'x..y': 'v' }],
    [false, { 'x-': 'v' }],
    [false, { foo: 'a\r\nX-Injected: b' }],
  ])('%s: %j', (fit, pairs) => {
    expect(pairsFit(pairs)).toBe(fit)
  })

  test.each([
    ['Authorization', 'Bearer é', true],
    ['X-Anything', 'tab\tand space', true],
    ['X-Anything', 'snow ☃', false],
    ['X-Anything', 'line\nbreak', false],
    ['Content-Length', '0', false],
    ['transfer-encoding', 'chunked', false],
    ['HOST', 'other', false],
    ['Proxy-Authorization', 'x', false],
  ])('header %s: %s: %s', (name, value, fits) => {
    expect(headerFits(name, value)).toBe(fits)
  })
})

test.each([
  [{ token: 'a\nb' }, { token: ['is invalid'] }],
  [{ token: 'snow ☃' }, { token: ['is invalid'] }],
  [{ signing_token: 'whsec_short' }, { signing_token: ['is invalid'] }],
  [{ signing_token: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }, {}],
  [{ name: 'n'.repeat(256) }, { name: ['is too long (maximum is 255 characters)'] }],
  [
    { custom_webhook_template: 't'.repeat(4097) },
    { custom_webhook_template: ['is too long (maximum is 4096 characters)'] },
  ],
])('texts: %j', (given, problems) => {
  const none = { name: null, description: null, token: null, signing_token: null, custom_webhook_template: null }
  expect(hookTextProblems({ ...none, ...given })).toEqual(problems)
})

describe('URLs', () => {
  test.each([
    ['https://example.com/a', 'https://example.com/a'],
    ['https://me:secret@example.com/a', 'https://me:*****@example.com/a'],
    ['https://me:se:cr@et@example.com/a', 'https://me:*****@example.com/a'],
    ['https://{user}:{password}@example.com', 'https://{user}:{password}@example.com'],
    ['https://example.com/?a=x:y@z', 'https://example.com/?a=x:y@z'],
    ['https://me@example.com/', 'https://me@example.com/'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown)
  })

  test('variables', () => {
    expect(interpolateUrl('https://{host}/{a.b}?{none}', { host: 'x', 'a.b': '{host}' })).toBe(
      'https://x/{host}?{none}',
    )
    expect(missingUrlKeys('https://{one}/{foo}/{two}', { one: '1', two: '2' })).toEqual(['foo'])
    expect(missingUrlKeys('{constructor}', {})).toEqual(['constructor'])
  })
})

test('a failing hook rests from the fourth failure on, twice as long each time, at most a day', () => {
  expect([0, 3, 4, 5, 6, 14, 15, 39].map(restSeconds)).toEqual([null, null, 60, 120, 240, 61_440, 86_400, 86_400])
  const now = new Date()
  const later = new Date(now.getTime() + 1000)
  const status = (recent_failures: number, disabled_until: Date | null) =>
    alertStatus({ recent_failures, disabled_until }, now)
  expect([status(3, null), status(4, later), status(4, new Date(0)), status(39, later), status(40, later)]).toEqual([
    'executable',
    'temporarily_disabled',
    'executable',
    'temporarily_disabled',
    'disabled',
  ])
})
