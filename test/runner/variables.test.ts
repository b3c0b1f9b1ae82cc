import { describe, expect, it } from 'vitest'
import type { JobVariable } from '../../src/contract/runner-protocol.ts'
import { parseDuration } from '../../src/runner/duration.ts'
import { jobDirs } from '../../src/runner/job-dirs.ts'
import { buildVariables, expand } from '../../src/runner/variables.ts'

function variable(key: string, value: string, flags: Partial<JobVariable> = {}): JobVariable {
  return { key, value, public: true, masked: false, file: false, raw: false, ...flags }
}

describe('expansion of variables', () => {
  const values = new Map([
    ['A', 'one'],
    ['B', '$A'],
    ['EMPTY', ''],
  ])
  it.each([
    ['$A', 'one'],
    ['${A}x', 'onex'],
    ['$AB', ''],
    ['$A-$A', 'one-one'],
    ['$B', '$A'],
    ['$$A', '$A'],
    ['100$', '100$'],
    ['$ A', '$ A'],
    ['$1$*$@$#$?$!$-', ''],
    ['${}', ''],
    ['${A', 'A'],
    ['a$EMPTY.b', 'a.b'],
    ['%A%', '%A%'],
  ])('turns %s into %s', (text, expected) => {
    expect(expand(text, (name) => values.get(name))).toBe(expected)
  })
})

describe('the environment of a job', () => {
  it('expands values once against the others, raw ones not at all', () => {
    const { env } = buildVariables(
      [{ key: 'PATH', value: '/bin' }],
      [
        variable('HOST', 'example.com'),
        variable('URL', 'https://$HOST/$PAGE'),
        variable('COPY', '$URL'),
        variable('RAW', '$HOST', { raw: true }),
        variable('PATH', '/opt/bin:$PATH'),
        variable('LATER', '$LAST'),
      ],
      [{ key: 'LAST', value: 'runner' }],
      '/files',
    )
    expect(env).toEqual({
      HOST: 'example.com',
      URL: 'https://example.com/',
      COPY: 'https://$HOST/$PAGE',
      RAW: '$HOST',
      PATH: '/opt/bin:/bin',
      LATER: 'runner',
      LAST: 'runner',
    })
  })

  it('lets the last of several values win', () => {
    const { env } = buildVariables([], [variable('A', '1'), variable('A', '2')], [], '/files')
    expect(env.A).toBe('2')
  })

  it('exports the path of a file variable, also to others', () => {
    const built = buildVariables(
      [],
      [variable('KEY', 'content', { file: true, masked: true }), variable('OPTION', '--key=$KEY')],
      [],
      '/files',
    )
    expect(built.env).toEqual({ KEY: '/files/KEY', OPTION: '--key=/files/KEY' })
    expect(built.files).toEqual([{ path: '/files/KEY', content: 'content' }])
    expect(built.secrets).toEqual(['content'])
  })

  it('writes no file for a file variable that another value replaced', () => {
    const built = buildVariables([], [variable('KEY', 'x', { file: true }), variable('KEY', 'plain')], [], '/files')
    expect(built).toMatchObject({ env: { KEY: 'plain' }, files: [] })
  })

  it('masks a value as it was written and as it is after expansion', () => {
    const built = buildVariables([], [variable('A', 'x'), variable('S', 'pre-$A', { masked: true })], [], '/files')
    expect(built.secrets).toEqual(['pre-$A', 'pre-x'])
  })
})

describe('the directories of a job', () => {
  it.each([
    ['group/project', '', '/b/0/group/project'],
    ['../../etc', '', '/b/0/etc'],
    ['a b/ü', '', '/b/0/a-b/-'],
    ['group/project', '/b/0/go/src/x', '/b/0/go/src/x'],
    ['group/project', '/b/0/../1/x', null],
    ['group/project', '/b/0', null],
    ['group/project', '/etc', null],
    ['group/project', 'relative', null],
  ])('puts %s with GIT_CLONE_PATH "%s" at %s', (path, clonePath, expected) => {
    expect(jobDirs('/b', 0, path, clonePath)?.project ?? null).toBe(expected)
  })
})

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5m', 90_000],
    ['0s', null],
    ['5', null],
    ['soon', null],
    ['', null],
  ])('reads %s as %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })
})
