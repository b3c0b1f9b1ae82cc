import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileGlobs, expandBraces } from '../../src/ci/glob.ts'

function matches(glob: string, path: string): boolean {
  const compiled = compileGlobs([glob])
  if (compiled === null) throw new Error('too many alternatives')
  return compiled(path)
}

describe('globs as Ruby fnmatch with PATHNAME, DOTMATCH and EXTGLOB', () => {
  test.each<[glob: string, path: string, result: boolean]>([
    ['a', 'a', true],
    ['a', 'A', false],
    ['a', 'a/b', false],
    ['*', 'a', true],
    ['*', '.a', true],
    ['*', 'a/b', false],
    ['*.rb', 'a.rb', true],
    ['*.rb', 'lib/a.rb', false],
    ['lib/*', 'lib/a', true],
    ['lib/*', 'lib/a/b', false],
    ['lib/**', 'lib/a', true],
    ['lib/**', 'lib/a/b', false],
    ['lib/**/*', 'lib/a', true],
    ['lib/**/*', 'lib/a/b/c', true],
    ['lib/**/*', 'lib/.a/b', true],
    ['lib/**/*', 'other/a', false],
    ['**/*.rb', 'a.rb', true],
    ['**/*.rb', 'x/y/a.rb', true],
    ['**/*.rb', 'x/y/a.js', false],
    ['**/a/**/b', 'x/a/y/z/b', true],
    ['**/a/**/b', 'a/b', true],
    ['a/**/**/b', 'a/b', true],
    ['a**/b', 'aX/b', true],
    ['a**/b', 'a/x/b', false],
    ['?', 'a', true],
    ['?', '/', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[abc]', 'b', true],
    ['[abc]', 'd', false],
    ['[a-c]x', 'bx', true],
    ['[!a]', 'b', true],
    ['[!a]', 'a', false],
    ['[^a]', 'b', true],
    ['a[+-9]b', 'a/b', false],
    ['a[+-9]b', 'a5b', true],
    ['a[!x]b', 'a/b', false],
    ['[]a]', ']', true],
    ['[a', '[a', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a\\{b', 'a{b', true],
    ['{a,b}', 'a', true],
    ['{a,b}', 'b', true],
    ['{a,b}', 'c', false],
    ['*.{rb,js}', 'x.js', true],
    ['{a,b{c,d}}e', 'bde', true],
    ['{,a}b', 'b', true],
    ['{a}', 'a', true],
    ['{a', '{a', true],
    ['{a,b}/**/*.txt', 'b/c/d.txt', true],
    ['Dockerfile*', 'Dockerfile.prod', true],
    ['a.b', 'axb', false],
    ['a+b(c)', 'a+b(c)', true],
    ['ä*', 'äb', true],
    ['', '', true],
    ['', 'a', false],
  ])('%j and %j: %s', (glob, path, result) => {
    expect(matches(glob, path)).toBe(result)
  })

  test('braces stand for their alternatives in order', () => {
    expect(expandBraces('a{b,c{d,e}}f{g,h}')).toEqual(['abfg', 'abfh', 'acdfg', 'acdfh', 'acefg', 'acefh'])
  })

  test('too many alternatives are not tried', () => {
    expect(compileGlobs(['{a,b}'.repeat(20)])).toBeNull()
  })

  test('several globs are alternatives', () => {
    const test = compileGlobs(['a', 'b/*', '{c,d}.txt'])
    expect(['a', 'b/x', 'd.txt', 'e'].map((path) => test?.(path))).toEqual([true, true, true, false])
  })

  test('no glob makes it throw, and a path without special characters matches itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (glob, path) => {
        expect([true, false, undefined]).toContain(compileGlobs([glob])?.(path))
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[\w./ +()^$|äß-]+$/), (path) => {
        expect(matches(path, path)).toBe(true)
      }),
    )
  })
})
