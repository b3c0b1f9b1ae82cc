import { describe, expect, test } from 'vitest'
import { compile, jobOf, messagesOf, variable } from './helpers/compile.ts'

describe('extends', () => {
  test('bases from left to right, then the job; hashes merge, lists and scalars are replaced', async () => {
    const text = `
.a: {variables: {A: a, B: a, C: a}, tags: [a], script: a, image: a}
.b: {variables: {B: b, C: b}, tags: [b, b2]}
j: {extends: [.a, .b], variables: {C: j}, image: {name: j}}
`
    const job = await jobOf(text, 'j')
    expect(job.variables).toEqual([variable('A', 'a'), variable('B', 'b'), variable('C', 'j')])
    expect(job).toMatchObject({ tags: ['b', 'b2'], script: ['a'], image: { name: 'j' } })
  })

  test('bases have bases', async () => {
    const text =
      '.a: {script: a, tags: [a]}\n.b: {extends: .a, tags: [b]}\n.c: {extends: .b}\nj: {extends: .c, retry: 1}'
    expect(await jobOf(text, 'j')).toMatchObject({ script: ['a'], tags: ['b'], retry: { max: 1 } })
  })

  test('null takes an inherited value away', async () => {
    const text =
      '.a: {script: a, tags: [a], variables: {A: a}, when: manual}\nj: {extends: .a, tags: null, variables: null, when: }'
    expect(await jobOf(text, 'j')).toMatchObject({ tags: [], variables: [], when: 'on_success' })
  })

  test('ordinary jobs and maps that are no jobs can be bases', async () => {
    const text = 'k: {script: k}\nshared: {script: a, tags: [s]}\nj: {extends: [k, shared], script: j}'
    expect(await jobOf(text, 'j')).toMatchObject({ script: ['j'], tags: ['s'] })
  })

  test('ten levels are allowed, eleven are not', async () => {
    const chain = (levels: number) =>
      Array.from(
        { length: levels },
        (_, index) => `.b${index}: {${index === 0 ? 'script: a' : `extends: .b${index - 1}`}}`,
      ).join('\n')
    expect((await compile(`${chain(10)}\nj: {extends: .b9}`)).kind).toBe('plan')
    expect(await messagesOf(`${chain(12)}\nj: {extends: .b11}`)).toEqual([
      expect.stringMatching(/: nesting too deep in `extends`$/),
    ])
  })

  test.each([
    ['j: {extends: .a, script: a}', 'j: unknown keys in `extends` (.a)'],
    ['j: {extends: [.a, k, .b], script: a}\nk: {script: a}', 'j: unknown keys in `extends` (.a, .b)'],
    ['.a: text\nj: {extends: .a, script: a}', 'j: invalid base hashes in `extends` (.a)'],
    [
      '.a: {extends: .b}\n.b: {extends: .a}\nj: {extends: .a, script: a}',
      '.b: circular dependency detected in `extends`',
    ],
    ['j: {extends: j, script: a}', 'j: circular dependency detected in `extends`'],
    ['j: {extends: {a: b}, script: a}', 'j: invalid base hashes in `extends` (j)'],
  ])('%j is refused', async (text, message) => {
    expect(await messagesOf(text)).toEqual([message])
  })

  test('a base that is large and used often ends in an error', async () => {
    const base = Array.from({ length: 5_000 }, (_, index) => `  k${index}: 1`).join('\n')
    const jobs = Array.from({ length: 1_000 }, (_, index) => `j${index}: {extends: .b, script: a}`).join('\n')
    expect(await messagesOf(`.b:\n${base}\n${jobs}`)).toEqual(['The parsed YAML is too big'])
  })
})

describe('!reference', () => {
  test('reaches any key, in any place', async () => {
    const text = `
.setup:
  script: [one, two]
  variables: {A: a, B: b}
  rules: [{if: $CI}]
  image: {name: img}
  deep: {er: {still: [three]}}
j:
  image: !reference [.setup, image]
  variables:
    A: !reference [.setup, variables, B]
  rules:
    - !reference [.setup, rules]
  script:
    - !reference [.setup, script]
    - [!reference [.setup, deep, er, still], [four]]
`
    expect(await jobOf(text, 'j')).toMatchObject({
      script: ['one', 'two', 'three', 'four'],
      image: { name: 'img' },
      variables: [variable('A', 'b')],
      when: 'on_success',
    })
  })

  test('references may lead to references, and through them', async () => {
    const text = `
.a: {script: [!reference [.b, script]]}
.b: {script: [!reference [.c, script], b]}
.c: !reference [.d]
.d: {script: [d]}
j: {script: [!reference [.a, script]], tags: !reference [.c, script]}
`
    expect(await jobOf(text, 'j')).toMatchObject({ script: ['d', 'b'], tags: ['d'] })
  })

  test('they are followed after extends', async () => {
    const text =
      '.a: {script: [a]}\n.b: {extends: .a, after_script: [!reference [.b, script]]}\nj: {extends: .b, script: [j]}'
    expect(await jobOf(text, 'j')).toMatchObject({ script: ['j'], afterScript: ['a'] })
  })

  test('ten levels are allowed, eleven are not', async () => {
    const chain = (levels: number) =>
      Array.from({ length: levels }, (_, index) =>
        index === 0 ? '.r0: {script: [a]}' : `.r${index}: {script: !reference [.r${index - 1}, script]}`,
      ).join('\n')
    expect((await compile(`${chain(10)}\nj: {script: !reference [.r9, script]}`)).kind).toBe('plan')
    expect(await messagesOf(`${chain(11)}\nj: {script: !reference [.r10, script]}`)).toEqual([
      '!reference [".r10", "script"] is nested too deeply',
    ])
  })

  test.each([
    ['j: {script: [!reference [.a, script]]}', '!reference [".a", "script"] could not be found'],
    ['.a: {}\nj: {script: [!reference [.a, script]]}', '!reference [".a", "script"] could not be found'],
    [
      '.a: {script: x}\nj: {script: [!reference [.a, script, y]]}',
      '!reference [".a", "script", "y"] could not be found',
    ],
    [
      '.a: {script: [!reference [.b, script]]}\n.b: {script: [!reference [.a, script]]}\nj: {script: a}',
      '!reference [".b", "script"] is part of a circular chain',
    ],
    ['j: {script: [!reference [j, script]]}', '!reference ["j", "script"] is part of a circular chain'],
    ['j: {script: [!reference x]}', '!reference "x" is not valid'],
  ])('%j is refused', async (text, message) => {
    expect(await messagesOf(text)).toEqual([message])
  })

  test('the error stands at the reference', async () => {
    expect(await compile('j:\n  script:\n    - !reference [.a, script]\n')).toMatchObject({
      errors: [{ line: 3, column: 18 }],
    })
  })
})
