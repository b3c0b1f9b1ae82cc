import { describe, expect, test } from 'vitest'
import { slugOf } from '../../src/db/environments.ts'
import { environmentFolder, environmentNameRefusal, externalUrlRefusal, tierOf } from '../../src/domain/environment.ts'

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
