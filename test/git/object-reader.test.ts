import { execFileSync } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCommit, readCommits, readEntry, readFile, readRef, readTag, resolve } from '../../src/git/object-reader.ts'
import { createRef } from '../../src/git/refs.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import { commitFiles, git, makeRepository, makeStore, makeWorkTree, pushTo, until } from './git-fixtures.ts'

let fixture: Awaited<ReturnType<typeof makeStore>>
let repo: Repository
let work: string
let first: string
let second: string

beforeAll(async () => {
  fixture = await makeStore({ maxReaders: 2 })
  repo = await makeRepository(fixture.store, 1)
  work = await makeWorkTree(fixture.dir, 'work')
  await symlink('README.md', join(work, 'link'))
  first = await commitFiles(
    work,
    { 'README.md': 'hello\n', 'dir/a b': 'space', 'dir/sub/ü.txt': 'umlaut', empty: '', big: Buffer.alloc(200_000, 1) },
    'First\n\nBody line\n',
    { GIT_AUTHOR_DATE: '1700000000 +0530', GIT_COMMITTER_DATE: '1700003600 -0800', GIT_AUTHOR_NAME: 'Zoë' },
  )
  second = await commitFiles(work, { 'README.md': 'changed\n' }, 'Second')
  await git(work, ['tag', 'v1', first])
  await git(work, ['branch', 'v1', second])
  await git(work, ['tag', '-a', '-m', 'Release one', 'v1.0', first])
  await git(work, ['tag', '-a', '-m', 'Tag of a tag', 'v1.0-again', 'v1.0'])
  await pushTo(repo, work, 'main', 'refs/heads/v1', 'refs/tags/*')
})

afterAll(() => fixture.close())

describe('resolve', () => {
  it('follows full names, ids, abbreviations and steps', async () => {
    expect(await resolve(repo, 'refs/heads/main')).toBe(second)
    expect(await resolve(repo, 'HEAD')).toBe(second)
    expect(await resolve(repo, second)).toBe(second)
    expect(await resolve(repo, second.toUpperCase())).toBe(second)
    expect(await resolve(repo, second.slice(0, 8))).toBe(second)
    expect(await resolve(repo, 'refs/heads/main~1')).toBe(first)
    expect(await resolve(repo, `${second}^`)).toBe(first)
    expect(await resolve(repo, 'refs/tags/v1.0')).toBe(first)
    expect(await resolve(repo, 'refs/tags/v1.0-again')).toBe(first)
  })

  it('T9 keeps a branch and a tag of the same name apart', async () => {
    expect(await resolve(repo, 'refs/heads/v1')).toBe(second)
    expect(await resolve(repo, 'refs/tags/v1')).toBe(first)
  })

  it('T9 does not find refs/tags/refs/heads/x when asked for refs/heads/x', async () => {
    await git(repo.path, ['update-ref', 'refs/tags/refs/heads/ghost', first])
    expect(await resolve(repo, 'refs/heads/ghost')).toBeNull()
    expect(await readRef(repo, 'refs/heads/ghost')).toBeNull()
    await git(repo.path, ['update-ref', '-d', 'refs/tags/refs/heads/ghost'])
  })

  it('takes an abbreviated id for an id, also when a branch has that name', async () => {
    const name = first.slice(0, 7)
    await git(repo.path, ['update-ref', `refs/heads/${name}`, second])
    expect(await resolve(repo, name)).toBe(first)
    await git(repo.path, ['update-ref', '-d', `refs/heads/${name}`])
  })

  it.each([
    '',
    'main',
    'v1',
    '--all',
    '-x',
    'refs/heads/nowhere',
    'refs/heads/../heads/main',
    'refs/heads/main\n',
    'refs/heads/main:README.md',
    'refs/heads/main^{tree}',
    'refs/heads/main@{0}',
    ':/First',
    'a'.repeat(40),
    '0'.repeat(40),
    'HEAD~99',
    '123',
    'HEAD~9999999999999999999999',
    `HEAD${'~1'.repeat(1000)}`,
  ])('finds nothing for %j', async (revision) => {
    expect(await resolve(repo, revision)).toBeNull()
    expect(await resolve(repo, 'refs/heads/main')).toBe(second)
  })
})

describe('readFile', () => {
  it('reads files at a revision', async () => {
    for (const [path, text] of [
      ['README.md', 'hello\n'],
      ['dir/a b', 'space'],
      ['dir/sub/ü.txt', 'umlaut'],
      ['empty', ''],
      ['link', 'README.md'],
    ] as const) {
      const file = await readFile(repo, first, path, 1000)
      expect(file.ok && file.value.content.toString()).toBe(text)
    }
    const now = await readFile(repo, 'refs/heads/main', 'README.md', 1000)
    expect(now.ok && now.value.content.toString()).toBe('changed\n')
    expect(now.ok && now.value.sha).toBe(await git(work, ['rev-parse', 'HEAD:README.md']))
  })

  it('does not read more than it is allowed to', async () => {
    const refused = { ok: false, error: { code: 'file_too_large', size: 200_000 } }
    expect(await readFile(repo, first, 'big', 199_999)).toEqual(refused)
    const whole = await readFile(repo, first, 'big', 200_000)
    expect(whole.ok && whole.value.content.equals(Buffer.alloc(200_000, 1))).toBe(true)
  })

  it.each([
    'nowhere',
    'dir',
    '',
    '/README.md',
    './README.md',
    'dir/../README.md',
    'README.md/',
    'README.md\n',
    `README.md\ncontents HEAD`,
    'README.md\0',
    'x'.repeat(5000),
    '-p',
    '\ud800',
  ])('has no file at %j', async (path) => {
    expect(await readFile(repo, first, path, 1000)).toEqual({ ok: false, error: { code: 'file_not_found' } })
    // The process still answers in step.
    const file = await readFile(repo, first, 'README.md', 1000)
    expect(file.ok && file.value.content.toString()).toBe('hello\n')
  })

  it('says when the revision is missing', async () => {
    const refused = { ok: false, error: { code: 'revision_not_found' } }
    expect(await readFile(repo, 'refs/heads/gone', 'README.md', 10)).toEqual(refused)
  })

  it('answers many questions at once, each with its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => readFile(repo, i % 2 ? first : second, 'README.md', 1000)),
    )
    for (const [i, file] of answers.entries()) {
      expect(file.ok && file.value.content.toString()).toBe(i % 2 ? 'hello\n' : 'changed\n')
    }
  })
})

describe('readEntry', () => {
  it.each([
    ['README.md', 'blob', '100644'],
    ['link', 'blob', '120000'],
    ['dir', 'tree', '040000'],
    ['dir/sub/ü.txt', 'blob', '100644'],
    ['', 'tree', '040000'],
  ])('%j is a %s with mode %s', async (path, type, mode) => {
    expect(await readEntry(repo, first, path)).toMatchObject({ type, mode })
  })
  it.each(['nowhere', 'README.md/x', 'dir/', '../x'])('%j is nothing', async (path) => {
    expect(await readEntry(repo, first, path)).toBeNull()
  })
})

describe('readCommit and readTag', () => {
  it('reads people and dates with their own offsets', async () => {
    expect(await readCommit(repo, first)).toEqual({
      sha: first,
      tree: await git(work, ['rev-parse', `${first}^{tree}`]),
      parents: [],
      author: { name: 'Zoë', email: 'ada@example.com', date: '2023-11-15T03:43:20+05:30' },
      committer: { name: 'Ada Example', email: 'ada@example.com', date: '2023-11-14T15:13:20-08:00' },
      message: 'First\n\nBody line\n',
    })
    expect((await readCommit(repo, 'refs/heads/main'))?.parents).toEqual([first])
    expect(await readCommit(repo, 'refs/heads/gone')).toBeNull()
  })

  it('reads several, and leaves out what is not a commit', async () => {
    const blob = await git(work, ['rev-parse', 'HEAD:README.md'])
    const commits = await readCommits(repo, [second, blob, 'nonsense', first])
    expect(commits.map(({ sha }) => sha)).toEqual([second, first])
  })

  it('does not read commits and tags that only exist to fill the memory', async () => {
    const tree = await git(work, ['rev-parse', 'HEAD^{tree}'])
    await writeFile(join(work, 'message'), 'x'.repeat(2_000_000))
    const huge = await git(work, ['commit-tree', '-F', 'message', tree])
    await git(work, ['tag', '-a', '-F', 'message', 'huge', first])
    await pushTo(repo, work, `${huge}:refs/heads/huge`, 'refs/tags/huge')
    expect(await resolve(repo, 'refs/heads/huge')).toBe(huge)
    expect(await readCommit(repo, huge)).toBeNull()
    expect((await readCommits(repo, [huge, first])).map(({ sha }) => sha)).toEqual([first])
    expect(await readTag(repo, 'huge')).toBeNull()
  })

  it('reads annotated tags, and tells them from lightweight ones', async () => {
    expect(await readTag(repo, 'v1.0')).toMatchObject({
      name: 'v1.0',
      target: { sha: first, type: 'commit' },
      tagger: { name: 'Ada Example' },
      message: 'Release one\n',
    })
    expect(await readTag(repo, 'v1')).toBeNull()
    expect(await readTag(repo, 'gone')).toBeNull()
  })
})

describe('the processes that read', () => {
  it('see commits and refs that came after they started', async () => {
    expect(await resolve(repo, 'refs/heads/later')).toBeNull()
    // As a pack, and as loose objects.
    for (const limit of ['1', '1000']) {
      const sha = await commitFiles(work, { later: limit })
      await git(repo.path, ['config', 'transfer.unpackLimit', limit])
      await pushTo(repo, work, 'main:later')
      const file = await readFile(repo, 'refs/heads/later', 'later', 10)
      expect(file.ok && file.value.content.toString()).toBe(limit)
      expect(await resolve(repo, sha)).toBe(sha)
    }
    await git(repo.path, ['gc', '--quiet', '--prune=now'])
    expect((await readFile(repo, 'refs/heads/later', 'later', 10)).ok).toBe(true)
  })

  it('are replaced when they were killed', async () => {
    await readFile(repo, first, 'README.md', 100)
    for (const pid of catFilesOf(repo)) process.kill(pid, 'SIGKILL')
    const during = await Promise.all([1, 2, 3].map(() => readFile(repo, first, 'README.md', 100)))
    expect(during.every(({ ok }) => ok)).toBe(true)
    const file = await readFile(repo, first, 'README.md', 100)
    expect(file.ok && file.value.content.toString()).toBe('hello\n')
  })

  it('are never more than allowed, however many repositories are read', async () => {
    const others = await Promise.all([11, 12, 13, 14, 15].map((id) => makeRepository(fixture.store, id)))
    for (const other of others) await pushTo(other, work, 'main')
    let most = 0
    const reads = others.flatMap((other) =>
      [1, 2, 3].map(async () => {
        const file = await readFile(other, first, 'big', 1_000_000)
        most = Math.max(most, fixture.store.open(1).catFiles.size)
        return file.ok
      }),
    )
    expect(await Promise.all(reads)).toEqual(reads.map(() => true))
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(2)
  })

  it('end when nobody has asked for a while, and when the store is closed', async () => {
    const other = await makeStore({ readerIdle: 20 })
    const idle = await makeRepository(other.store, 1)
    await pushTo(idle, work, 'main')
    expect((await readFile(idle, first, 'README.md', 100)).ok).toBe(true)
    await until(() => idle.catFiles.size === 0 && catFilesOf(idle).length === 0)
    expect((await readFile(idle, first, 'README.md', 100)).ok).toBe(true)
    await other.store.close()
    expect(catFilesOf(idle)).toEqual([])
    await expect(readCommit(idle, first)).rejects.toThrow('closed')
    await other.close()
  })

  it('fail plainly when there is no repository', async () => {
    await expect(readCommit(fixture.store.open(999), 'a'.repeat(40))).rejects.toThrow('not a git repository')
  })

  it('do not keep a ref that was created through another process', async () => {
    expect(await createRef(repo, { type: 'branch', name: 'fresh' }, first)).toMatchObject({ ok: true })
    expect(await resolve(repo, 'refs/heads/fresh')).toBe(first)
  })
})

/** Ids of our own `git cat-file` processes on a repository. */
function catFilesOf(target: Repository): number[] {
  const listing = execFileSync('ps', ['-eo', 'pid,ppid,args', 'e'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  return listing
    .split('\n')
    .filter((line) => line.includes('cat-file --batch-command') && line.includes(`GIT_DIR=${target.path} `))
    .filter((line) => Number(line.trim().split(/\s+/)[1]) === process.pid)
    .map((line) => Number(line.trim().split(/\s+/)[0]))
}
