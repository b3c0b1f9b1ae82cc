import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ExpressionScope, isTrue, parseExpression } from '../../src/ci/expression.ts'
import { makeMatcher } from '../../src/ci/regexp.ts'

const values: Readonly<Record<string, string>> = {
  A: 'a',
  SAME: 'a',
  EMPTY: '',
  SPACES: '   ',
  ZERO: '0',
  FALSE: 'false',
  TRUE: 'true',
  BRANCH: 'feature/login-2',
  LINES: 'one\ntwo',
  PATTERN: '/^feature\\/.*$/',
  IGNORE: '/FEATURE/i',
  PLAIN: 'x-feature/login-2-y',
  UNEXPANDED: '$A',
}

function scope(): ExpressionScope {
  return { variable: (name) => values[name] ?? null, regexps: makeMatcher() }
}

function evaluate(text: string): boolean | 'invalid' {
  const parsed = parseExpression(text)
  return parsed.ok ? isTrue(parsed.value, scope()) : 'invalid'
}

describe('rules:if (reference A8.2)', () => {
  test.each<[expression: string, result: boolean | 'invalid']>([
    // Bare values
    ['$A', true],
    ['$NOT_THERE', false],
    ['$EMPTY', false],
    ['$SPACES', false],
    ['$ZERO', true],
    ['$FALSE', true],
    ['"text"', true],
    ['""', false],
    ['null', false],
    ['true', true],
    ['false', false],
    ['/abc/', true],
    // Equality
    ['$A == "a"', true],
    ["$A == 'a'", true],
    ['"a" == $A', true],
    ['$A == $SAME', true],
    ['$A == "A"', false],
    ['$A != "b"', true],
    ['$A != "a"', false],
    ['$NOT_THERE == null', true],
    ['$NOT_THERE != null', false],
    ['$EMPTY == null', false],
    ['$EMPTY == ""', true],
    ['$NOT_THERE == ""', false],
    ['$NOT_THERE == $ALSO_NOT', true],
    ['$TRUE == true', true],
    ['true == $TRUE', true],
    ['$TRUE == "true"', true],
    ['$FALSE == false', true],
    ['$NOT_THERE == false', false],
    ['$UNEXPANDED == "a"', false],
    ['$UNEXPANDED == "$A"', true],
    // Patterns
    ['$BRANCH =~ /^feature/', true],
    ['$BRANCH =~ /login/', true],
    ['$BRANCH =~ /LOGIN/', false],
    ['$BRANCH =~ /LOGIN/i', true],
    ['$BRANCH =~ /(?i)LOGIN/', true],
    ['$BRANCH =~ /^feature\\/login-\\d+$/', true],
    ['$BRANCH !~ /^feature/', false],
    ['$BRANCH !~ /^release/', true],
    ['$LINES =~ /^two/', false],
    ['$LINES =~ /^two/m', true],
    ['$LINES =~ /one.two/', false],
    ['$LINES =~ /one.two/s', true],
    ['$NOT_THERE =~ /.+/', false],
    ['$NOT_THERE =~ /^$/', true],
    ['$BRANCH =~ $PATTERN', true],
    ['$A =~ $PATTERN', false],
    ['$BRANCH =~ $IGNORE', true],
    ['$BRANCH =~ $NOT_THERE', false],
    ['$BRANCH !~ $NOT_THERE', true],
    ['$BRANCH =~ $PLAIN', true],
    ['$PLAIN =~ $BRANCH', false],
    ['"23" =~ "1234"', true],
    ['$EMPTY =~ "1234"', true],
    ['$BRANCH =~ "feature"', false],
    // Operators
    ['$A && $SAME', true],
    ['$A && $NOT_THERE', false],
    ['$NOT_THERE || $A', true],
    ['$NOT_THERE || $EMPTY', false],
    ['$EMPTY || $A', false],
    ['$EMPTY && $A', true],
    ['!$NOT_THERE', true],
    ['!$A', false],
    ['!$EMPTY', true],
    ['!!$A', true],
    ['!$A == "false"', true],
    ['!($A == "b")', true],
    ['!$NOT_THERE && $A', true],
    ['$A == "b" || $A == "a" && $NOT_THERE', false],
    ['($A == "a" || $NOT_THERE) && $A', true],
    ['$A == "a" || $NOT_THERE && $NOT_THERE', true],
    ['(($A))', true],
    ['($A=="a")&&($SAME=="a")', true],
    ['$A\n == \t"a"', true],
    ['$A == $SAME == "true"', true],
    // Not expressions
    ['', 'invalid'],
    ['   ', 'invalid'],
    ['$A ==', 'invalid'],
    ['== "a"', 'invalid'],
    ['$A "a"', 'invalid'],
    ['$A $SAME', 'invalid'],
    ['$A = "a"', 'invalid'],
    ['$A & $B', 'invalid'],
    ['($A', 'invalid'],
    ['$A)', 'invalid'],
    ['()', 'invalid'],
    ['${A}', 'invalid'],
    ['%A%', 'invalid'],
    ['A', 'invalid'],
    ['"a', 'invalid'],
    ['"a\nb"', 'invalid'],
    ['/a/ =~', 'invalid'],
    ['$A =~ /(/', 'invalid'],
    ['$A =~ /a/', 'invalid'],
    ['$A =~ /ab/g', 'invalid'],
    ['$A =~ /a(?=b)/', 'invalid'],
    ['$A =~ /x', 'invalid'],
    ['!', 'invalid'],
    ['trueish', 'invalid'],
  ])('%j is %s', (expression, result) => {
    expect(evaluate(expression)).toBe(result)
  })

  test('a slash in a pattern is escaped', () => {
    expect(evaluate('"a/b" =~ /a\\/b/')).toBe(true)
  })

  test('a hundred tokens are allowed, one more is not', () => {
    const of = (count: number) => Array.from({ length: count }, () => '!').join('')
    expect(evaluate(`${of(99)}$A`)).toBe(false)
    expect(evaluate(`${of(100)}$A`)).toBe('invalid')
  })

  test('inputs are known only where they are declared', () => {
    const parsed = parseExpression('$[[ inputs.level ]] == "high"')
    if (!parsed.ok) throw new Error(parsed.error)
    expect(isTrue(parsed.value, scope())).toBe(false)
    expect(isTrue(parsed.value, { ...scope(), input: (name) => (name === 'level' ? 'high' : null) })).toBe(true)
  })

  test('matching takes linear time, and gives up when there is too much to search', () => {
    const regexps = makeMatcher()
    const text = 'a'.repeat(100_000)
    for (let index = 0; index < 1_000 && !regexps.exhausted(); index += 1) {
      expect(regexps.matches(text, `/(a+)+b${index}$/`)).toBe(false)
    }
    expect(regexps.exhausted()).toBe(true)
  })

  test('no text makes it throw', () => {
    const piece = fc.constantFrom(
      '$A',
      '$X',
      '"a"',
      "'",
      '"',
      '/a/',
      '/',
      'null',
      'true',
      '==',
      '=~',
      '!=',
      '!~',
      '&&',
      '||',
      '!',
      '(',
      ')',
      ' ',
      '\\',
      '$[[ inputs.a ]]',
      '=',
      '&',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.string(), (pieces, rest) => {
        expect([true, false, 'invalid']).toContain(evaluate(pieces.join('') + rest))
      }),
      { numRuns: 2_000 },
    )
  })

  test('and, or and not agree with JavaScript on plain truth', () => {
    interface Tree {
      readonly text: string
      readonly value: boolean
    }
    const leaf = fc.constantFrom<Tree>({ text: '$A', value: true }, { text: '$NOT_THERE', value: false })
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('tree'), tie('tree'))
          .map(([a, b]) => ({ text: `(${a.text} && ${b.text})`, value: a.value && b.value })),
        fc
          .tuple(tie('tree'), tie('tree'))
          .map(([a, b]) => ({ text: `(${a.text} || ${b.text})`, value: a.value || b.value })),
        tie('tree').map((a) => ({ text: `!${a.text}`, value: !a.value })),
      ),
    }))
    fc.assert(
      fc.property(tree, ({ text, value }) => {
        const result = evaluate(text)
        if (result !== 'invalid') expect(result).toBe(value)
      }),
    )
  })
})
