import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CiNode, toPlain } from '../../src/ci/node.ts'
import { parseFully } from '../../src/ci/parse.ts'
import { readQuickYaml } from '../../src/ci/quick-yaml.ts'

const sourceOf = (text: string) => ({ name: 'ci.yml', text })

/** A node with its positions, without the file and with keys in order. */
function shape(node: CiNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return [node.start, node.value, node.text]
    case 'reference':
      return [node.start, 'reference', node.path]
    case 'list':
      return [node.start, ...node.items.map(shape)]
    case 'map':
      return [node.start, [...node.entries.values()].map((entry) => [entry.start, entry.key, shape(entry.value)])]
  }
}

/** Whatever the quick reader answers, the complete parser answers too. */
function agrees(text: string): 'read' | 'refused' | 'left to the complete parser' {
  const quick = readQuickYaml(sourceOf(text))
  if (quick === null) return 'left to the complete parser'
  const complete = parseFully(sourceOf(text))
  if (!quick.ok) {
    expect(complete.ok).toBe(false)
    return 'refused'
  }
  // GitLab's parser does not care how far in a flow collection is.
  if (!complete.ok && complete.error.message.includes('must be sufficiently indented')) return 'read'
  if (!complete.ok) throw new Error(`the complete parser refuses ${JSON.stringify(text)}: ${complete.error.message}`)
  expect(complete.value.map(shape)).toEqual([shape(quick.value)])
  return 'read'
}

describe('the quick reader and the complete parser', () => {
  test.each([
    'a: 1',
    'a: 1\nb:\n  - x\n  - y: z\n    w: v\n',
    'a:\n- x\n- - y\n  - z\n-\n  k: v\nb: c # comment\n',
    '# comment\n---\na: b\n',
    'a: {x: 1, "y": [1, two, \'three\'], z: {}}\nb: []\n',
    'a: [\n  x, # one\n  y,\n  ]\n',
    '.a: &a\n  x: 1\nb:\n  <<: *a\n  y: *a\n',
    '.a: &a [x]\nb: *a\n.c: &c\n- 1\nd: *c\n',
    'a:\n  script:\n    - !reference [.x, script]\n    - |\n      echo "a: b"\n\n      # not a comment\n    - >-\n      folded\n      text\n',
    'a: "x: y # z \\n \\"q\\""\nb: \'it\'\'s\'\n"c d": e\n',
    'a: |+\n  x\n\n\nb: >\n\n  y\n    z\n\n  w\n',
    'a: [!reference [.x, y], z]\n',
    'a: https://example.com/x#y\nb: -x\nc: ?x\nd: :x\n',
    'a:\n  b:\n  c: ~\n',
  ])('%j is read', (text) => {
    expect(agrees(text)).toBe('read')
  })

  test.each([
    'a: b\n  c\n',
    'a: "b\n  c"\n',
    '? a\n: b\n',
    'a: !!str b\n',
    'a: |2\n   x\n',
    'a:\tb\n',
    '- x\n---\n- y\n',
    'a: [b: c]\n',
    'a: &x b: c\n',
    'x',
    '',
  ])('%j is left to the complete parser', (text) => {
    expect(agrees(text)).toBe('left to the complete parser')
  })

  test('a flow collection may be written at any indent', () => {
    const quick = readQuickYaml(sourceOf('a:\n  b: [\n x,\ny\n]\n'))
    expect(quick?.ok === true && toPlain(quick.value)).toEqual({ a: { b: ['x', 'y'] } })
  })

  test('a duplicate key needs no complete parser', () => {
    expect(agrees('a: 1\na: 2\n')).toBe('read')
    expect(agrees('a: {b: 1, b: 2}\n')).toBe('read')
  })

  test('text made of the pieces of YAML', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '1',
      '-',
      ':',
      ' ',
      '  ',
      '\n',
      '\n  ',
      '\n    ',
      '#',
      '"',
      "'",
      '|',
      '>',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&x',
      '*x',
      '<<',
      '!reference ',
      '---',
      '...',
      '\\',
      '~',
      '? ',
      '%',
      '@',
      '|-',
      '>+',
      'key: ',
      '- ',
      ': ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        agrees(pieces.join(''))
      }),
      { numRuns: 3_000 },
    )
  })

  test('lines of ordinary configurations in any order and indent', () => {
    const line = fc.tuple(
      fc.nat(4),
      fc.constantFrom(
        'key:',
        'key: value',
        'other: [a, b]',
        '- item',
        '- key: value',
        '- - a',
        '# comment',
        '',
        'x: |',
        'y: >-',
        'text',
        '<<: *a',
        'z: &a',
        'q: "quoted" # c',
        '- |',
        'a: {b: c}',
        '-',
        'k: [',
        ']',
        "s: 'x'",
      ),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        agrees(lines.map(([indent, text]) => `${'  '.repeat(indent)}${text}\n`).join(''))
      }),
      { numRuns: 3_000 },
    )
  })
})
