import { execFileSync } from 'node:child_process'
import { array, constantFrom, sample } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullRefName, isSha, newRefProblem, parseRef, pipelineRef, refNameProblem } from '../../src/git/ref-name.ts'

const good = ['refs/heads/main', 'refs/heads/a/b', 'refs/tags/v1.0', 'refs/heads/ü', 'refs/heads/a@b', 'refs/heads/{x}']
const bad = [
  'main',
  'refs/heads/',
  'refs/heads//a',
  'refs/heads/a/',
  'refs/heads/.a',
  'refs/heads/a/.b',
  'refs/heads/a.lock',
  'refs/heads/a.lock/b',
  'refs/heads/a..b',
  'refs/heads/a.',
  'refs/heads/a b',
  'refs/heads/a~1',
  'refs/heads/a^',
  'refs/heads/a:b',
  'refs/heads/a?',
  'refs/heads/a*',
  'refs/heads/a[',
  'refs/heads/a\\b',
  'refs/heads/a@{1}',
  'refs/heads/a\nb',
  'refs/heads/a\u007f',
  'refs/heads/\ud800',
  `refs/heads/${'x'.repeat(251)}`,
  `refs/heads/${'x/'.repeat(520)}y`,
]

describe('refNameProblem', () => {
  it.each(good)('accepts %j', (name) => expect(refNameProblem(name)).toBeNull())
  it.each(bad)('refuses %j', (name) => expect(refNameProblem(name)).not.toBeNull())

  it('accepts nothing that git check-ref-format refuses, and refuses nothing else', () => {
    const alphabet = [
      'a',
      'b',
      '.',
      '/',
      '@',
      '{',
      '}',
      '~',
      '^',
      ':',
      '?',
      '*',
      '[',
      '\\',
      '-',
      ' ',
      '.lock',
      'é',
      '\t',
    ]
    const names = sample(
      array(constantFrom(...alphabet), { minLength: 1, maxLength: 6 }).map((parts) => `refs/heads/${parts.join('')}`),
      { numRuns: 100, seed: 7 },
    )
    for (const name of names) expect([name, refNameProblem(name) === null]).toEqual([name, gitAccepts(name)])
  })
})

function gitAccepts(name: string): boolean {
  try {
    execFileSync('git', ['check-ref-format', name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('newRefProblem', () => {
  it.each(['', '-x', 'HEAD', '@', 'refs/heads/main', 'a'.repeat(40), 'A'.repeat(40), 'a b', '../x'])(
    'refuses %j',
    (name) => {
      expect(newRefProblem({ type: 'branch', name })).not.toBeNull()
      expect(newRefProblem({ type: 'tag', name })).not.toBeNull()
    },
  )
  it.each(['main', 'feature/x', 'HEAD/x', 'a'.repeat(39), 'v1.0.0'])('permits %j', (name) => {
    expect(newRefProblem({ type: 'branch', name })).toBeNull()
  })
})

describe('names of refs', () => {
  it('T9 a branch and a tag of one name are different refs', () => {
    const branch = { type: 'branch', name: 'v1' } as const
    const tag = { type: 'tag', name: 'v1' } as const
    expect(fullRefName(branch)).toBe('refs/heads/v1')
    expect(fullRefName(tag)).toBe('refs/tags/v1')
    expect(parseRef('refs/heads/v1')).toEqual(branch)
    expect(parseRef('refs/tags/v1')).toEqual(tag)
  })
  it.each(['v1', 'HEAD', 'refs/pipelines/1', 'refs/heads', 'Refs/heads/x'])('%j is neither', (name) => {
    expect(parseRef(name)).toBeNull()
  })
  it('names a pipeline by its id', () => {
    expect(pipelineRef(12)).toBe('refs/pipelines/12')
    for (const id of [0, -1, 1.5, Number.NaN]) expect(() => pipelineRef(id)).toThrow(RangeError)
  })
  it.each([
    ['a'.repeat(40), true],
    ['a'.repeat(39), false],
    ['A'.repeat(40), false],
    [`${'a'.repeat(40)}\n`, false],
  ])('%j is an object id: %s', (text, expected) => expect(isSha(text)).toBe(expected))
})
