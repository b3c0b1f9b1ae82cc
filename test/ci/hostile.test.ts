import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/ci/limits.ts'
import { compile, files, planOf, variable } from './helpers/compile.ts'

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n')

/** The first message; a plan or a filtered pipeline has none. */
async function firstMessage(text: string, over: Parameters<typeof compile>[1] = {}): Promise<string | null> {
  const result = await compile(text, over)
  return result.kind === 'errors' ? (result.errors[0]?.message ?? null) : null
}

describe('input of any size and shape ends in an error, never in a hang', () => {
  test.each<[name: string, text: string, message: RegExp]>([
    ['deep flow lists', `a: ${'['.repeat(50_000)}`, /too deep/],
    ['deep flow maps', `a: ${'{a: '.repeat(50_000)}`, /too deep/],
    ['deep dashes', `${'- '.repeat(50_000)}a`, /too deep/],
    ['deep maps', lines(500, (index) => `${' '.repeat(index)}a:`), /too deep/],
    [
      'an alias bomb',
      `.a0: &a0 [x, x]\n${lines(60, (index) => `.a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`)}\nj: {script: *a60}`,
      /too big/,
    ],
    [
      'a merge bomb',
      `.b: &b\n${lines(20_000, (index) => `  k${index}: 1`)}\n${lines(2_000, (index) => `j${index}:\n  <<: *b`)}`,
      /too big/,
    ],
    [
      'doubling references',
      `.a0: [x]\n${lines(60, (index) => `.a${index + 1}: [!reference [.a${index}], !reference [.a${index}]]`)}\nj: {script: a}`,
      /nested too deeply/,
    ],
    [
      'a large reference used often',
      `.a:\n  script:\n${lines(2_000, () => '    - x')}\n${lines(2_000, (index) => `j${index}: {script: !reference [.a, script]}`)}`,
      /too big/,
    ],
    [
      'a chain of extends',
      `${lines(5_000, (index) => `.b${index}: {extends: .b${index + 1}}`)}\n.b5000: {script: a}`,
      /nesting too deep/,
    ],
    [
      'a chain of references',
      `${lines(5_000, (index) => `j${index}: {script: !reference [j${index + 1}, script]}`)}\nj5000: {script: a}`,
      /nested too deeply/,
    ],
    [
      'a circle of needs',
      lines(5_000, (index) => `j${index}: {script: a, needs: [j${(index + 1) % 5_000}]}`),
      /circular dependencies/,
    ],
    [
      'a circle of variables',
      `variables:\n${lines(5_000, (index) => `  V${index}: $V${(index + 1) % 5_000}`)}\nj: {script: a}`,
      /circular variable reference/,
    ],
    ['parentheses', `j: {script: a, rules: [{if: "${'('.repeat(50_000)}"}]}`, /invalid expression/],
    ['slashes', `j: {script: a, rules: [{if: "$A =~ /${'\\\\/'.repeat(50_000)}"}]}`, /invalid expression/],
    [
      'a matrix of many dimensions',
      `j: {script: a, parallel: {matrix: [{${lines(500, (index) => `V${index}: [1, 2]`).replaceAll('\n', ', ')}}]}}`,
      /too many jobs/,
    ],
    ['documents', '---\na: 1\n'.repeat(20_000), /Only two YAML documents/],
    ['a very long duration', `j: {script: a, timeout: "${'1 '.repeat(50_000)}"}`, /should be a duration/],
  ])('%s', async (_, text, message) => {
    expect(await firstMessage(text)).toMatch(message)
  })

  test('variables that double', async () => {
    const text = `variables:\n  V0: xxxxxxxxxx\n${lines(60, (index) => `  V${index + 1}: $V${index}$V${index}`)}\nj: {script: a, environment: "e/$V60"}`
    expect((await planOf(text)).jobs[0]?.environment?.name.length).toBeLessThan(2 ** 21)
  })

  test('searching through too much text', async () => {
    const jobs = lines(1_000, (index) => `j${index}: {script: a, rules: [{if: '$LONG =~ /(x+x+)+y${index}/'}]}`)
    const over = { pipelineVariables: [variable('LONG', 'x'.repeat(100_000))] }
    expect(await firstMessage(jobs, over)).toBe('The rules search too much text')
  })

  test('a thousand errors are enough', async () => {
    const result = await compile(lines(2_000, (index) => `j${index}: {tags: x}`))
    expect(result.kind === 'errors' && result.errors).toHaveLength(LIMITS.errors)
  })

  test('a chain of needs through all jobs is fine', async () => {
    const text = lines(5_000, (index) => `j${index}: {script: a${index === 0 ? '' : `, needs: [j${index - 1}]`}}`)
    expect((await planOf(text)).jobs).toHaveLength(5_000)
  })
})

describe('no text makes the compiler throw', () => {
  const kinds = ['plan', 'errors', 'filtered']

  test('any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
        expect(kinds).toContain((await compile(text)).kind)
      }),
    )
  })

  test('any data under the keywords of the language', async () => {
    const keyword = fc.constantFrom(
      ...'script before_script stage stages image services variables rules only except when start_in allow_failure needs'.split(
        ' ',
      ),
      ...'dependencies artifacts cache coverage parallel retry timeout interruptible resource_group environment release'.split(
        ' ',
      ),
      ...'id_tokens secrets hooks pages publish inputs trigger inherit extends tags default workflow include spec run j k .h'.split(
        ' ',
      ),
      ...'name url paths key files matrix if changes exists max aud project local compare_to reports rules'.split(' '),
    )
    const leaf = fc.oneof(
      fc.constantFrom(
        '',
        'a',
        'j',
        'k',
        '.h',
        'test',
        'always',
        'manual',
        'never',
        '$A',
        '/a+/',
        '1 day',
        '$CI == "x"',
        '**/*',
      ),
      fc.integer({ min: -2, max: 300 }),
      fc.boolean(),
      fc.constant(null),
      fc.double(),
    )
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keyword, tie('value'), { maxKeys: 4 }),
      ),
    }))
    const from = files({ a: 'j: {script: a}', 'a.yml': 'k: {script: a}' })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keyword, value, { maxKeys: 5 }), async (root) => {
        const result = await compile(JSON.stringify(root), {}, from)
        expect(kinds).toContain(result.kind)
        for (const error of result.kind === 'errors' ? result.errors : []) expect(error.message).not.toBe('')
      }),
      { numRuns: 3_000 },
    )
  })

  test('a valid job with any data under one keyword', async () => {
    const keyword = fc.constantFrom(
      ...'before_script stage image services variables rules only except when allow_failure needs dependencies artifacts'.split(
        ' ',
      ),
      ...'cache coverage parallel retry timeout interruptible resource_group environment release id_tokens secrets hooks'.split(
        ' ',
      ),
      ...'pages publish inputs inherit extends tags manual_confirmation start_in'.split(' '),
    )
    await fc.assert(
      fc.asyncProperty(keyword, fc.jsonValue({ maxDepth: 3 }), async (key, data) => {
        expect(kinds).toContain((await compile(JSON.stringify({ j: { script: 'a', [key]: data } }))).kind)
      }),
      { numRuns: 2_000 },
    )
  })
})
