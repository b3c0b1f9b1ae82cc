import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeYaml } from '../../src/ci/merged-yaml.ts'
import { fromPlain, mapNode, toPlain } from '../../src/ci/node.ts'
import { parseFully, parseYaml } from '../../src/ci/parse.ts'
import { compile, files } from './helpers/compile.ts'

const at = { source: { name: 'x', text: '' }, start: 0 }

function write(value: Record<string, unknown>): string {
  const node = fromPlain(value, at)
  return writeYaml(node.kind === 'map' ? node : mapNode(new Map(), at))
}

function read(text: string): unknown {
  const both = [parseYaml({ name: 'x', text }), parseFully({ name: 'x', text })].map((result) => {
    if (!result.ok) throw new Error(`${result.error.message} in ${text}`)
    const [node] = result.value
    return node === undefined ? undefined : toPlain(node)
  })
  expect(both[0]).toEqual(both[1])
  return both[0]
}

describe('the merged configuration as YAML', () => {
  test('looks like what people write', async () => {
    const from = files({ 'a.yml': '.base: {tags: [t], variables: {A: "1", B: "yes"}}' })
    const text = `
include: a.yml
stages: [one]
j:
  extends: .base
  stage: one
  script:
    - 'echo "a: b"'
    - |
      several
      lines
    - [nested, [list]]
  retry: 1
  allow_failure: true
  cache: {}
  needs: []
  rules: [{if: $CI == "x", when: never}, {when: always}]
`
    const result = await compile(text, {}, from)
    expect(result.mergedYaml).toBe(`---
.base:
  tags:
  - t
  variables:
    A: '1'
    B: 'yes'
stages:
- .pre
- one
- .post
j:
  tags:
  - t
  variables:
    A: '1'
    B: 'yes'
  extends: .base
  stage: one
  script:
  - 'echo "a: b"'
  - |
    several
    lines
  - - nested
    - - list
  retry: 1
  allow_failure: true
  cache: {}
  needs: []
  rules:
  - if: '$CI == "x"'
    when: never
  - when: always
`)
  })

  test('is there for errors in the content and not for errors before', async () => {
    expect((await compile('j: {script: a, tags: x}')).mergedYaml).toBe('---\nj:\n  script: a\n  tags: x\n')
    expect((await compile('j: {extends: x}')).mergedYaml).toBeNull()
    expect((await compile('workflow: {rules: [{if: $NOT}]}\nj: {script: a}')).mergedYaml).toContain('workflow')
  })

  test('means the same when it is read again', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '',
        ' ',
        '~',
        'yes',
        '0777',
        '1_0',
        '1.0',
        '-',
        '- a',
        'a: b',
        'a #b',
        '#',
        '&x',
        '*x',
        '!t',
        '---',
        '|',
        "it's",
      ),
      fc
        .array(fc.constantFrom('a', ' b', '', 'c ', '\t', '# d', '- e', ': f'), { maxLength: 5 })
        .map((lines) => lines.join('\n')),
    )
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(text, tie('value'), { maxKeys: 4 }),
      ),
    })).value
    fc.assert(
      fc.property(fc.dictionary(text, value, { minKeys: 1, maxKeys: 4 }), (map) => {
        // A map under `<<` would be merged; nobody writes such a key as data.
        fc.pre(!JSON.stringify(map).includes('<<'))
        expect(read(write(map))).toEqual(JSON.parse(JSON.stringify(map)))
      }),
      { numRuns: 1_000 },
    )
  })
})
