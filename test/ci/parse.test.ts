import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/ci/limits.ts'
import { toPlain } from '../../src/ci/node.ts'
import { parseFully, parseYaml } from '../../src/ci/parse.ts'
import { lineAndColumn } from '../../src/ci/source.ts'

const sourceOf = (text: string) => ({ name: 'ci.yml', text })

/** The data of the first document, by both readers: they must agree. */
function data(text: string): unknown {
  const both = [parseYaml(sourceOf(text)), parseFully(sourceOf(text))].map((result) => {
    if (!result.ok) throw new Error(result.error.message)
    const [first] = result.value
    return first === undefined ? undefined : toPlain(first)
  })
  expect(both[0]).toEqual(both[1])
  return both[0]
}

function problem(text: string): unknown {
  const result = parseYaml(sourceOf(text))
  return result.ok ? null : result.error
}

describe('YAML', () => {
  test.each<[name: string, text: string, expected: unknown]>([
    ['anchors and aliases', 'a: &x [1, 2]\nb: *x', { a: [1, 2], b: [1, 2] }],
    ['an anchor that is defined again', 'a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['a key written twice has its last value', 'a: {x: 1}\nb: 2\na: {y: 3}', { a: { y: 3 }, b: 2 }],
    ['a key written twice in a flow map', 'a:\n  x: {y: 1, z: 3, y: 2}', { a: { x: { y: 2, z: 3 } } }],
    ['an anchor in the value that a later one replaces', 'a: &x 1\na: 2\nb: *x', { a: 2, b: 1 }],
    [
      'a string in quotes that goes on at the indent of its key',
      'a:\n  b: "x\n  y"\n  c: 1',
      { a: { b: 'x y', c: 1 } },
    ],
    ['such a string at the start of a line', "- a: 'x\n\ny\nz'\n  b: 1", [{ a: 'x\ny z', b: 1 }]],
    ['a merge key', 'a: &a {x: 1, y: 1}\nb:\n  <<: *a\n  y: 2', { a: { x: 1, y: 1 }, b: { x: 1, y: 2 } }],
    ['a merge below a key overrides it', 'a: &a {x: 1}\nb:\n  x: 2\n  <<: *a', { a: { x: 1 }, b: { x: 1 } }],
    [
      'two merge keys, the second on top',
      'a: &a {x: 1}\nb: &b {x: 2}\nc:\n  <<: *a\n  <<: *b',
      { a: { x: 1 }, b: { x: 2 }, c: { x: 2 } },
    ],
    [
      'a merge of a list, the first on top',
      'a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]',
      { a: { x: 1 }, b: { x: 2, y: 2 }, c: { x: 1, y: 2 } },
    ],
    ['a merge of something else is a key', 'a:\n  <<: 5', { a: { '<<': 5 } }],
    ['quoted numbers stay text', 'a: "1"\nb: \'0777\'\nc: !!str 12', { a: '1', b: '0777', c: '12' }],
    ['keys keep their text', '0123: a\non: b\n1.0: c', { '0123': 'a', on: 'b', '1.0': 'c' }],
    ['a block scalar', 'a: |\n  x\n   y\n\n  z\nb: >-\n  x\n  y\n', { a: 'x\n y\n\nz\n', b: 'x y' }],
    ['a block scalar without a line break at its end', 'a: |\n  x', { a: 'x' }],
    ['text over several lines', 'a: b\n  c\n\n  d\n', { a: 'b c\nd' }],
    ['__proto__ is a key', '__proto__: {x: 1}\na: 1', JSON.parse('{"__proto__": {"x": 1}, "a": 1}')],
  ])('%s', (_, text, expected) => {
    expect(data(text)).toEqual(expected)
  })

  test.each(['a: 1\nb: 2\na: 3', '{a: 1, b: 2, a: 3}', 'x: &x {a: 1, b: 2}\n<<: *x\nb: 3\na: 4\nx: 5'])(
    'a key that comes again in %j keeps its first place',
    (text) => {
      const keys = Object.keys(data(text) ?? {})
      expect(keys.filter((key) => key !== 'x')).toEqual(['a', 'b'])
    },
  )

  test('an alias is the very node of its anchor', () => {
    const result = parseYaml(sourceOf('a: &x [1]\nb: *x'))
    const root = result.ok ? result.value[0] : undefined
    expect(root?.kind === 'map' && root.entries.get('a')?.value).toBe(
      root?.kind === 'map' && root.entries.get('b')?.value,
    )
  })

  test.each<[text: string, message: string, line: number, column: number]>([
    ['a:\n\tb: 1', 'Tabs are not allowed as indentation', 2, 1],
    ['a: *nope', 'Unknown alias: nope', 1, 4],
    ['a:\n  b: "x\n y\n  z"\n  c: *nope', 'Unknown alias: nope', 5, 6],
    ['a:\n  b: "x\n  y\n  c: 1', 'Missing closing "quote', 4, 7],
    ['a: &x [*x]', 'Circular alias: x', 1, 8],
    ['a: !reference []', '!reference [] is not valid', 1, 15],
    ['a: !reference x', '!reference "x" is not valid', 1, 15],
    ['a: !reference {x: 1}', '!reference {} is not valid', 1, 15],
    ['a: !reference [[x]]', '!reference [null] is not valid', 1, 15],
    ['? [a]\n: b', 'A key must be a string', 1, 3],
    ['a: b: c', 'Nested mappings are not allowed in compact mappings', 1, 4],
  ])('%j is refused', (text, message, line, column) => {
    expect(problem(text)).toMatchObject({ message, file: 'ci.yml', line, column })
  })

  test('two documents, and marks of empty ones, are allowed; three are not', () => {
    const documents = parseYaml(sourceOf('---\nspec: {}\n---\na: 1\n---\n'))
    expect(documents.ok && documents.value.filter((node) => node.kind === 'map')).toHaveLength(2)
    expect(problem('a: 1\n---\nb: 1\n---\nc: 1\n')).toMatchObject({
      message: 'Only two YAML documents are allowed: a header and the content',
    })
  })

  test('a file that is too long, and one that is too deep', () => {
    expect(problem(`a: ${'x'.repeat(LIMITS.fileLength)}`)).toMatchObject({ message: 'The provided YAML is too big' })
    expect(problem(`a: ${'['.repeat(LIMITS.depth + 1)}${']'.repeat(LIMITS.depth + 1)}`)).toMatchObject({
      message: 'The parsed YAML is too deep',
    })
    expect(problem('['.repeat(100_000))).toMatchObject({ message: 'The parsed YAML is too deep' })
  })

  test('lines and columns count from 1', () => {
    const source = sourceOf('ab\n\ncd')
    expect([0, 1, 2, 3, 4, 5].map((start) => lineAndColumn({ source, start }))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 1, column: 3 },
      { line: 2, column: 1 },
      { line: 3, column: 1 },
      { line: 3, column: 2 },
    ])
  })
})
