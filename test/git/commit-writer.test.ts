import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CommitRequest, commitActions, prepareCommit, publishCommit } from '../../src/git/commit-writer.ts'
import { type FileAction, pathRefusal } from '../../src/git/file-actions.ts'
import { readCommit, readEntry, readFile, resolve } from '../../src/git/object-reader.ts'
import { createRef, listRefs } from '../../src/git/refs.ts'
import type { Repository, RepositoryStore } from '../../src/git/repository-store.ts'
import { listPaths } from '../../src/git/tree.ts'
import { git, makeRepository, makeStore, person } from './git-fixtures.ts'

let store: RepositoryStore
let projectId = 0
let repo: Repository
let first: string

const create = (path: string, text = 'x', executable = false): FileAction => ({
  action: 'create',
  path,
  content: Buffer.from(text),
  executable,
})
const update = (path: string, text: string, lastCommitId?: string): FileAction => ({
  action: 'update',
  path,
  content: Buffer.from(text),
  ...(lastCommitId ? { lastCommitId } : {}),
})
const remove = (path: string): FileAction => ({ action: 'delete', path })
const move = (previousPath: string, path: string, text?: string): FileAction => ({
  action: 'move',
  path,
  previousPath,
  ...(text === undefined ? {} : { content: Buffer.from(text) }),
})
const chmod = (path: string, executable: boolean): FileAction => ({ action: 'chmod', path, executable })

const commit = (actions: FileAction[], more: Partial<CommitRequest> = {}, target = repo) =>
  commitActions(target, { branch: 'main', message: 'Change', author: person, committer: person, actions, ...more })

const refusalOf = async (...args: Parameters<typeof commit>) => {
  const result = await commit(...args)
  return result.ok ? 'no refusal' : result.error.message
}

const textAt = async (path: string, revision = 'refs/heads/main') => {
  const file = await readFile(repo, revision, path, 1_000_000)
  return file.ok ? file.value.content.toString() : file.error.code
}

beforeAll(async () => {
  const fixture = await makeStore()
  store = fixture.store
  return () => fixture.close()
})

/** A new repository with one commit: `first`. */
async function start() {
  projectId += 1
  repo = await makeRepository(store, projectId)
  const made = await commit([create('a.txt', 'a'), create('dir/b.txt', 'b'), create('dir/c.txt', 'c')])
  if (!made.ok) throw new Error(made.error.message)
  first = made.value.sha
}

describe('a prepared commit', () => {
  beforeEach(start)

  it('is stored, and no branch has it until it is published', async () => {
    const request = {
      branch: 'main',
      message: 'm',
      author: person,
      committer: person,
      actions: [update('a.txt', 'new')],
    }
    const prepared = await prepareCommit(repo, request)
    if (!prepared.ok) throw new Error(prepared.error.message)
    expect(prepared.value).toMatchObject({ oldSha: first, branch: 'main' })
    expect(await readCommit(repo, prepared.value.sha)).toMatchObject({ parents: [first] })
    expect(await textAt('a.txt')).toBe('a')
    expect(await publishCommit(repo, prepared.value)).toEqual({
      ok: true,
      value: { sha: prepared.value.sha, oldSha: first },
    })
    expect(await textAt('a.txt')).toBe('new')
  })

  it('is not published on a branch that has moved', async () => {
    const request = {
      branch: 'main',
      message: 'm',
      author: person,
      committer: person,
      actions: [update('a.txt', 'new')],
    }
    const prepared = await prepareCommit(repo, request)
    if (!prepared.ok) throw new Error(prepared.error.message)
    await commit([update('a.txt', 'faster')])
    expect(await publishCommit(repo, prepared.value)).toMatchObject({ ok: false, error: { code: 'branch_moved' } })
    expect(await textAt('a.txt')).toBe('faster')
  })
})

describe('a commit', () => {
  beforeEach(start)

  it('is the first one of an empty repository, on any branch', async () => {
    const empty = await makeRepository(store, 1000)
    const result = await commit([create('README.md', 'hi')], { branch: 'trunk' }, empty)
    expect(result).toMatchObject({ ok: true, value: { oldSha: null } })
    expect((await listRefs(empty, 'branch')).map(({ name }) => name)).toEqual(['trunk'])
    expect((await readCommit(empty, 'refs/heads/trunk'))?.parents).toEqual([])
  })

  it('goes on top of its branch, signed as asked', async () => {
    const result = await commit([update('a.txt', 'new')], {
      message: 'Title\n\n# not a comment\nno newline at the end',
      author: { name: 'Zoë <x>\n', email: 'zoe@example.com', date: new Date('2026-01-02T03:04:05Z') },
      committer: { name: '...', email: 'bot@example.com' },
    })
    expect(result).toMatchObject({ ok: true, value: { oldSha: first } })
    const written = await readCommit(repo, 'refs/heads/main')
    expect(written).toMatchObject({
      parents: [first],
      message: 'Title\n\n# not a comment\nno newline at the end',
      author: { name: 'Zoë x', email: 'zoe@example.com', date: '2026-01-02T03:04:05+00:00' },
      committer: { name: 'bot', email: 'bot@example.com' },
    })
    expect(result.ok && result.value.sha).toBe(written?.sha)
    expect(await textAt('a.txt')).toBe('new')
    expect(await textAt('dir/b.txt')).toBe('b')
    expect(await git(repo.path, ['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('does all kinds of actions in their order', async () => {
    const result = await commit([
      create('run.sh', '#!/bin/sh', true),
      create('tmp', '1'),
      update('tmp', '2'),
      move('tmp', 'moved'),
      remove('dir/b.txt'),
      move('a.txt', 'deep/er/a.txt', 'changed'),
      move('dir/c.txt', 'dir/d.txt'),
      chmod('dir/d.txt', true),
      create('ü ö\t"x".bin', '\0\u0001'),
    ])
    expect(result.ok).toBe(true)
    expect(await listPaths(repo, 'HEAD')).toEqual(['deep/er/a.txt', 'dir/d.txt', 'moved', 'run.sh', 'ü ö\t"x".bin'])
    expect(await textAt('moved')).toBe('2')
    expect(await textAt('deep/er/a.txt')).toBe('changed')
    expect(await textAt('dir/d.txt')).toBe('c')
    expect(await readEntry(repo, 'HEAD', 'run.sh')).toMatchObject({ mode: '100755' })
    expect(await readEntry(repo, 'HEAD', 'dir/d.txt')).toMatchObject({ mode: '100755' })
    expect(await readEntry(repo, 'HEAD', 'moved')).toMatchObject({ mode: '100644' })
  })

  it('can put a file where a directory was emptied, and a directory where a file was', async () => {
    expect((await commit([remove('dir/b.txt'), remove('dir/c.txt'), create('dir', 'file')])).ok).toBe(true)
    expect(await textAt('dir')).toBe('file')
    expect((await commit([remove('dir'), create('dir/again', 'x')])).ok).toBe(true)
    expect(await listPaths(repo, 'HEAD')).toEqual(['a.txt', 'dir/again'])
  })

  it('stores bytes as they are', async () => {
    const content = Buffer.from([0, 13, 10, 255, 254])
    expect(
      (await commit([create('.gitattributes', '* text=auto eol=lf'), { action: 'create', path: 'x', content }])).ok,
    ).toBe(true)
    const file = await readFile(repo, 'HEAD', 'x', 100)
    expect(file.ok && file.value.content).toEqual(content)
  })

  it('leaves no temporary files', async () => {
    await commit([create('x')])
    expect((await readdir(repo.path)).filter((name) => name.startsWith('tmp'))).toEqual([])
  })
})

describe('a branch', () => {
  beforeEach(start)

  it('is made from another branch or a commit', async () => {
    await commit([update('a.txt', 'second')])
    const one = await commit([create('x')], { branch: 'topic', startBranch: 'main' })
    expect(one).toMatchObject({ ok: true, value: { oldSha: null } })
    expect(await textAt('a.txt', 'refs/heads/topic')).toBe('second')
    const two = await commit([create('x')], { branch: 'old', startSha: first })
    expect(two.ok).toBe(true)
    expect(await textAt('a.txt', 'refs/heads/old')).toBe('a')
    expect(await resolve(repo, 'refs/heads/old~1')).toBe(first)
  })

  it('is replaced only by force', async () => {
    await createRef(repo, { type: 'branch', name: 'topic' }, first)
    expect(await refusalOf([create('x')], { branch: 'topic', startBranch: 'main' })).toBe(
      "A branch called 'topic' already exists. Switch to that branch in order to make changes",
    )
    const forced = await commit([create('x')], { branch: 'topic', startBranch: 'main', force: true })
    expect(forced).toMatchObject({ ok: true, value: { oldSha: first } })
  })

  it('T9 is not confused with a tag of its name', async () => {
    await createRef(repo, { type: 'tag', name: 'v1' }, first)
    const sentence = 'You can only create or edit files when you are on a branch'
    expect(await refusalOf([create('x')], { branch: 'v1' })).toBe(sentence)
    expect(await refusalOf([create('x')], { branch: 'new', startBranch: 'v1' })).toBe(sentence)
  })

  it.each([
    [{ branch: 'gone' }, 'You can only create or edit files when you are on a branch'],
    [{ branch: 'new', startBranch: 'gone' }, 'You can only create or edit files when you are on a branch'],
    [{ branch: 'gone', startBranch: 'gone' }, 'You can only create or edit files when you are on a branch'],
    [{ branch: 'new', startSha: 'a'.repeat(40) }, `Cannot find start_sha '${'a'.repeat(40)}'`],
    [{ branch: '-x', startBranch: 'main' }, 'Branch name is invalid'],
    [{ branch: 'a b', startBranch: 'main' }, 'Branch name is invalid'],
    [{ branch: 'refs/heads/main', startBranch: 'main' }, 'Branch name is invalid'],
    [{ branch: 'main/sub', startBranch: 'main' }, 'Branch name is invalid'],
  ])('%j is refused', async (more, sentence) => {
    expect(await refusalOf([create('x')], more)).toBe(sentence)
    expect((await listRefs(repo, 'branch')).map(({ name }) => name)).toEqual(['main'])
  })

  it('moves only from where the work began', async () => {
    const results = await Promise.all(['1', '2', '3', '4', '5', '6'].map((name) => commit([create(name)])))
    const winners = results.filter(({ ok }) => ok).length
    expect(winners).toBeGreaterThanOrEqual(1)
    for (const result of results) {
      if (!result.ok)
        expect(result.error.message).toBe('Could not update refs/heads/main. Please refresh and try again.')
    }
    // Every commit that was acknowledged is in the history.
    expect(await git(repo.path, ['rev-list', '--count', 'main'])).toBe(String(1 + winners))
  })
})

describe('an action', () => {
  beforeAll(start)

  it.each([
    [create('a.txt'), 'A file with this name already exists'],
    [create('dir'), 'A directory with this name already exists'],
    [create('a.txt/x'), 'A file with this name already exists'],
    [update('gone', 'x'), "A file with this name doesn't exist"],
    [update('dir', 'x'), "A file with this name doesn't exist"],
    [remove('gone'), "A file with this name doesn't exist"],
    [remove('dir'), "A file with this name doesn't exist"],
    [chmod('gone', true), "A file with this name doesn't exist"],
    [move('gone', 'x'), "A file with this name doesn't exist"],
    [move('a.txt', 'dir/b.txt'), 'A file with this name already exists'],
    [move('a.txt', 'a.txt'), 'A file with this name already exists'],
    [move('a.txt', 'dir'), 'A directory with this name already exists'],
    [create(''), 'You must provide a file path'],
    [create('../x'), 'Path cannot include directory traversal'],
    [create('dir/../../x'), 'Path cannot include directory traversal'],
    [move('../a.txt', 'x'), 'Path cannot include directory traversal'],
    [create('/x'), "invalid path: '/x'"],
    [create('.git/config'), "invalid path: '.git/config'"],
  ])('%j is refused', async (action, sentence) => {
    expect(await refusalOf([create('fine'), action])).toBe(sentence)
    expect(await resolve(repo, 'refs/heads/main')).toBe(first)
  })

  it('is refused when the file changed since the editor saw it, and only then', async () => {
    const other = await commit([update('dir/b.txt', 'changed')])
    const second = other.ok ? other.value.sha : ''
    const sentence = 'You are attempting to update a file that has changed since you started editing it.'
    // The editor knew the first commit; a.txt is the same in both.
    expect(await refusalOf([update('dir/b.txt', 'x', first)])).toBe(sentence)
    expect(await refusalOf([{ action: 'delete', path: 'dir/b.txt', lastCommitId: first }])).toBe(sentence)
    expect(await refusalOf([{ ...move('dir/b.txt', 'y'), lastCommitId: first } as FileAction])).toBe(sentence)
    expect(await refusalOf([update('dir/b.txt', 'x', 'stale')])).toBe(sentence)
    expect(await refusalOf([update('dir/b.txt', 'x', 'f'.repeat(40))])).toBe(sentence)
    expect((await commit([update('a.txt', 'x', first)])).ok).toBe(true)
    expect((await commit([update('dir/b.txt', 'x', second)])).ok).toBe(true)
  })
})

describe('pathRefusal', () => {
  beforeAll(start)

  const bad = [
    '.git',
    '.GIT/config',
    'a/.git/b',
    '.git.',
    '.git ',
    '.git. ./x',
    '.git::$INDEX_ALLOCATION',
    'git~1',
    'GIT~1/x',
    '.g\u200cit',
    '.git\ufeff/x',
    'a\\b',
    'a//b',
    'a/',
    './a',
    'a/./b',
    'a\nb',
    'a\0b',
    '\ud800',
    'x'.repeat(5000),
  ]
  const good = [
    '.gitignore',
    '.gitmodules',
    '.github/x',
    'git',
    'a.git',
    'x.git/y',
    '...',
    '-p',
    '--',
    ' ',
    ':(glob)*',
    'a:b',
    'gitx~1',
  ]

  it.each(bad)('refuses %j', (path) => expect(pathRefusal(path)?.code).toMatch(/invalid_path|path_traversal/))
  it.each(good)('permits %j', async (path) => {
    expect(pathRefusal(path)).toBeNull()
    expect(await refusalOf([create(path)])).toBe('no refusal')
    expect(await textAt(path)).toBe('x')
  })

  it('refuses whatever git would refuse', () => {
    for (const path of [...bad, ...good].filter((name) => !/[\0\n]/.test(name) && name.isWellFormed())) {
      if (pathRefusal(path)) continue
      execFileSync('git', ['update-index', '-z', '--index-info'], {
        env: { PATH: process.env['PATH'], GIT_DIR: repo.path, GIT_INDEX_FILE: `${repo.path}/check` },
        input: `100644 ${'1'.repeat(40)}\t${path}\0`,
        stdio: ['pipe', 'ignore', 'pipe'],
      })
    }
  })
})
