import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slugOf } from '../../src/db/environments.ts'
import {
  environmentFolder,
  environmentNameRefusal,
  environmentSlug,
  externalUrlRefusal,
  stateAfterStop,
  tierOf,
  tiers,
} from '../../src/domain/environment.ts'

describe('slug', () => {
  test.each([
    ['production', 'production'],
    ['staging-1', 'staging-1'],
    ['a-', 'a'],
    ['abcdefghijklmnopqrstuvwx', 'abcdefghijklmnopqrstuvwx'],
  ])('%s needs no suffix', (name, slug) => expect(slugOf(name)).toBe(slug))

  test.each([
    // name, the part before the six characters of the digest
    ['Production', 'production-'],
    ['review/x', 'review-x-'],
    ['production ', 'production-'],
    ['1-foo', 'env-1-foo-'],
    ['1', 'env-1-'],
    ['foo--bar', 'foo-bar-'],
    ['foo**bar', 'foo-bar-'],
    ['review/1-foo', 'review-1-foo-'],
    ['review/feature-with-long-name', 'review-feature-wi-'],
    ['staging-with-a-long-name-', 'staging-with-a-lo-'],
    ['abcdefghijklmnop-qrstuvwxyz', 'abcdefghijklmnop-'],
  ])('%s gets a suffix', (name, head) => {
    expect(slugOf(name)).toMatch(new RegExp(`^${head}[a-z0-9]{6}$`))
    expect(slugOf(name).length).toBeLessThanOrEqual(24)
  })

  // SHA-256 in base 36, computed with another program.
  test.each([
    ['Production', 'production-iis43c'],
    ['review/x', 'review-x-n5c54v'],
  ])('%s is %s', (name, slug) => expect(slugOf(name)).toBe(slug))
})

describe('slug, by the steps of reference 4.4', () => {
  const digest = (name: string) => BigInt(`0x${createHash('sha256').update(name).digest('hex')}`).toString(36)
  const slug = (name: string) => environmentSlug(name, digest)

  test.each<[step: number, name: string, slug: string]>([
    [1, 'Staging', `staging-${digest('Staging').slice(-6)}`],
    [1, 'a_b.c', `a-b-c-${digest('a_b.c').slice(-6)}`],
    [2, '9lives', `env-9lives-${digest('9lives').slice(-6)}`],
    [2, '-x', `env-x-${digest('-x').slice(-6)}`],
    [3, 'a--b', `a-b-${digest('a--b').slice(-6)}`],
    [4, 'x'.repeat(24), 'x'.repeat(24)],
    [4, 'x'.repeat(25), `${'x'.repeat(17)}-${digest('x'.repeat(25)).slice(-6)}`],
    [
      4,
      `${'x'.repeat(16)}-${'y'.repeat(8)}`,
      `${'x'.repeat(16)}-${digest(`${'x'.repeat(16)}-${'y'.repeat(8)}`).slice(-6)}`,
    ],
    [
      4,
      `${'x'.repeat(17)}-${'y'.repeat(7)}`,
      `${'x'.repeat(17)}-${digest(`${'x'.repeat(17)}-${'y'.repeat(7)}`).slice(-6)}`,
    ],
    [5, 'canary-', 'canary'],
    [5, 'production', 'production'],
  ])('step %i: %s is %s', (_step, name, expected) => expect(slug(name)).toBe(expected))

  test('is 1 to 24 characters of a-z, 0-9 and dashes, and starts with a letter', () => {
    const character = fc.constantFrom(...'abzABZ019-_/${}. '.split(''))
    const names = fc.string({ unit: character, minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(names, (name) => {
        expect(slug(name)).toMatch(/^[a-z][a-z0-9-]{0,23}$/)
      }),
    )
  })

  test('T8: names that look alike have different slugs', () => {
    const names = ['production', 'Production', 'PRODUCTION', 'production ', 'production.', 'pro/duction', 'pro duction']
    expect(new Set(names.map(slug)).size).toBe(names.length)
  })
})

describe('tier, row by row of reference 4.5', () => {
  const hints: Record<(typeof tiers)[number], string> = {
    development: 'dev review trunk',
    testing: 'test tst int acpt accept qa qc control quality',
    staging: 'stg stag modl model pre demo non',
    production: 'prd prod live',
    other: 'eu canary blue 1 us-east',
  }
  const rows = Object.entries(hints).flatMap(([tier, words]) => words.split(' ').map((word) => [word, tier] as const))

  test.each(rows)('%s is %s, in any case and anywhere in the name', (word, tier) => {
    expect([word, word.toUpperCase(), `x/${word}-1`].map(tierOf)).toEqual([tier, tier, tier])
  })

  test('an earlier row wins', () => {
    const order = ['development', 'testing', 'staging', 'production'] as const
    for (const [index, earlier] of order.entries()) {
      for (const later of order.slice(index + 1)) {
        const [one = '', other = ''] = [hints[earlier].split(' ')[0], hints[later].split(' ')[0]]
        expect([tierOf(`${one}-${other}`), tierOf(`${other}-${one}`)]).toEqual([earlier, earlier])
      }
    }
  })

  test('tiers', () => expect([...tiers].toSorted()).toEqual(Object.keys(hints).toSorted()))
})

describe('tier', () => {
  test.each([
    ['dev', 'development'],
    ['review/feature', 'development'],
    ['Trunk', 'development'],
    ['test', 'testing'],
    ['prod-int', 'testing'],
    ['maintenance', 'testing'],
    ['control-live', 'testing'],
    ['acceptance', 'testing'],
    ['staging', 'staging'],
    ['preprod', 'staging'],
    ['demo', 'staging'],
    ['non-prod', 'staging'],
    ['production', 'production'],
    ['PRODUCTION', 'production'],
    ['live', 'production'],
    ['customer-portal', 'other'],
  ])('%s is %s', (name, tier) => expect(tierOf(name)).toBe(tier))
})

describe('name', () => {
  const characters =
    "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/'"
  test.each([
    ['production', null],
    ['review/$BRANCH_{1}. x', null],
    ['x'.repeat(255), null],
    ['', "can't be blank"],
    ['   ', "can't be blank"],
    ['x'.repeat(256), 'is too long (maximum is 255 characters)'],
    ['/production', characters],
    ['production/', characters],
    ['job: [a, b]', characters],
    ['pr\u043eduction', characters], // a Cyrillic o (threat T8)
    ['production\n', characters],
    ['production\u200b', characters],
  ])('%j', (name, problem) => expect(environmentNameRefusal(name)).toBe(problem))
})

test.each([
  ['https://example.com', null],
  ['$URL/path', null],
  ['example.com', null],
  ['javascript:alert(1)', 'javascript scheme is not allowed'],
  [' JavaScript:alert(1)', 'javascript scheme is not allowed'],
  ['java\tscript:alert(1)', 'javascript scheme is not allowed'],
  ['data:text/html,x', 'data scheme is not allowed'],
  ['vbscript:x', 'vbscript scheme is not allowed'],
  [`https://${'x'.repeat(255)}`, 'is too long (maximum is 255 characters)'],
])('external URL %j', (url, problem) => expect(externalUrlRefusal(url)).toBe(problem))

test.each([
  ['review/x/y', 'review'],
  ['production', null],
])('folder of %s', (name, folder) => expect(environmentFolder(name)).toBe(folder))

describe('4.6 stop', () => {
  test.each([
    // state, setting, are there stop jobs, what a stop makes of it, what a forced one does
    ['available', 'always', true, 'stopping', 'stopped'],
    ['available', 'always', false, 'stopped', 'stopped'],
    ['available', 'with_action', true, 'stopping', 'stopped'],
    ['available', 'with_action', false, null, 'stopped'],
    ['stopping', 'always', true, null, 'stopped'],
    ['stopping', 'with_action', false, null, 'stopped'],
    ['stopped', 'always', true, null, null],
    ['stopped', 'with_action', false, null, null],
  ] as const)('%s, %s, stop jobs %s: %s, by force %s', (state, autoStopSetting, hasStopJobs, stopped, forced) => {
    const after = (force: boolean) => stateAfterStop({ state, autoStopSetting }, { force, hasStopJobs })
    expect([after(false), after(true)]).toEqual([stopped, forced])
  })
})
