import { chmod, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changedPaths, commitDiff, compare, isAncestor, mergeBase } from '../../src/git/compare.ts'
import { diffTrees, emptyTree } from '../../src/git/diff.ts'
import { commitStats, countCommits, lastCommitOf, listCommits } from '../../src/git/log.ts'
import { readCommits } from '../../src/git/object-reader.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import { listPaths, listTree } from '../../src/git/tree.ts'
import { commitFiles, git, makeRepository, makeStore, makeWorkTree, pushTo } from './git-fixtures.ts'

let fixture: Awaited<ReturnType<typeof makeStore>>
let repo: Repository
let work: string
// one — two — four (merge) — five      main
//    └─ three ┘
// island                               its own history
let one: string
let two: string
let three: string
let four: string
let five: string
let island: string

const at = (seconds: number) => ({
  GIT_AUTHOR_DATE: `${1700000000 + seconds} +0000`,
  GIT_COMMITTER_DATE: `${1700000000 + seconds} +0000`,
})

beforeAll(async () => {
  fixture = await makeStore()
  repo = await makeRepository(fixture.store, 1)
  work = await makeWorkTree(fixture.dir, 'work')
  const text = Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join('')
  const start = { 'a.txt': 'a\n', 'keep.txt': text, 'dir/b.txt': 'b\n', 'dir/deep/c.txt': 'c\n', 'ü ö.txt': 'u\n' }
  one = await commitFiles(
    work,
    { ...start, 'bin.dat': Buffer.from([0, 1, 2]), 'type.txt': 'will be a link' },
    'One',
    at(0),
  )
  two = await commitFiles(work, { 'a.txt': 'a\nmore\n' }, 'Two', { ...at(100), GIT_AUTHOR_NAME: 'Grace (x)' })
  await git(work, ['checkout', '--quiet', '-b', 'side', one])
  three = await commitFiles(work, { 'side.txt': '1\n2\n3\n' }, 'Three', at(200))
  await git(work, ['checkout', '--quiet', 'main'])
  await git(work, ['merge', '--quiet', '--no-ff', '-m', 'Four', 'side'], at(300))
  four = await git(work, ['rev-parse', 'HEAD'])
  await git(work, ['mv', 'keep.txt', 'moved.txt'])
  await rm(join(work, 'dir/b.txt'))
  await chmod(join(work, 'a.txt'), 0o755)
  await rm(join(work, 'type.txt'))
  await symlink('a.txt', join(work, 'type.txt'))
  five = await commitFiles(work, { 'new.txt': 'new\n', empty: '', 'bin.dat': Buffer.from([0, 9]) }, 'Five', at(400))
  await git(work, ['checkout', '--quiet', '--orphan', 'island'])
  island = await commitFiles(work, { 'a.txt': 'other\n' }, 'Island', at(50))
  await pushTo(repo, work, 'main', 'island', 'side')
})

afterAll(() => fixture.close())

describe('listTree', () => {
  const list = async (...args: Parameters<typeof listTree> extends [Repository, ...infer R] ? R : never) => {
    const page = await listTree(repo, ...args)
    return page.ok ? page.value.entries.map(({ path, type }) => `${type} ${path}`) : page.error.code
  }

  it('lists a directory with directories first', async () => {
    expect(await list(one)).toEqual([
      'tree dir',
      ...['a.txt', 'bin.dat', 'keep.txt', 'type.txt', 'ü ö.txt'].map((name) => `blob ${name}`),
    ])
    expect(await list('refs/heads/main', { path: 'dir' })).toEqual(['tree dir/deep'])
    expect(await list(one, { path: 'dir' })).toEqual(['tree dir/deep', 'blob dir/b.txt'])
  })

  it('lists recursively', async () => {
    expect(await list(one, { path: 'dir', recursive: true })).toEqual([
      'tree dir/deep',
      'blob dir/b.txt',
      'blob dir/deep/c.txt',
    ])
    expect(await list(one, { recursive: true })).toContain('blob dir/deep/c.txt')
  })

  it('pages', async () => {
    const all = await list(one)
    expect(await list(one, { offset: 1, limit: 2 })).toEqual(all.slice(1, 3))
    expect(await list(one, { offset: 10, limit: 2 })).toEqual([])
    const page = await listTree(repo, one, { limit: 1 })
    expect(page.ok && page.value.total).toBe(6)
  })

  it('has names, modes and ids', async () => {
    const page = await listTree(repo, five, { recursive: true })
    const entries = page.ok ? page.value.entries : []
    expect(entries.find(({ path }) => path === 'a.txt')?.mode).toBe('100755')
    expect(entries.find(({ path }) => path === 'type.txt')?.mode).toBe('120000')
    const deep = await git(work, ['rev-parse', `${five}:dir/deep`])
    expect(entries.find(({ path }) => path === 'dir/deep')).toEqual({
      path: 'dir/deep',
      name: 'deep',
      type: 'tree',
      mode: '040000',
      sha: deep,
    })
  })

  it.each([
    ['refs/heads/gone', '', 'revision_not_found'],
    ['HEAD', 'gone', 'path_not_found'],
    ['HEAD', 'a.txt', 'path_not_found'],
    ['HEAD', '../', 'path_not_found'],
    ['HEAD', 'dir\n', 'path_not_found'],
  ])('says what is missing: %s %j', async (revision, path, code) => expect(await list(revision, { path })).toBe(code))

  it('lists all paths', async () => {
    expect(await listPaths(repo, 'refs/heads/island')).toContain('moved.txt')
    const paths = ['a.txt', 'bin.dat', 'dir/b.txt', 'dir/deep/c.txt', 'keep.txt', 'type.txt', 'ü ö.txt']
    expect(await listPaths(repo, one)).toEqual(paths)
    expect(await listPaths(repo, 'refs/heads/gone')).toEqual([])
  })
})

describe('diffs', () => {
  it('show every kind of change', async () => {
    const { files, truncated } = await diffTrees(repo, four, five)
    const of = (path: string) => files.find(({ newPath }) => newPath === path)
    expect(truncated).toBe(false)
    expect(of('a.txt')).toMatchObject({ oldMode: '100644', newMode: '100755', diff: '', isTooLarge: false })
    expect(of('dir/b.txt')).toMatchObject({ isDeleted: true, newMode: '000000', diff: '@@ -1 +0,0 @@\n-b\n' })
    expect(of('new.txt')).toMatchObject({ isNew: true, oldMode: '000000', diff: '@@ -0,0 +1 @@\n+new\n' })
    expect(of('empty')).toMatchObject({ isNew: true, diff: '' })
    expect(of('moved.txt')).toMatchObject({ isRenamed: true, oldPath: 'keep.txt', diff: '' })
    expect(of('bin.dat')?.diff).toBe('Binary files a/bin.dat and b/bin.dat differ\n')
    expect(of('type.txt')?.diff).toContain('+a.txt')
    expect(of('type.txt')?.diff).toContain('-will be a link')
    expect(files).toHaveLength(7)
  })

  it('are cut at their bounds, and say so', async () => {
    const whole = await diffTrees(repo, emptyTree, five)
    const byFile = await diffTrees(repo, emptyTree, five, { maxFileBytes: 150 })
    expect(byFile.truncated).toBe(true)
    expect(byFile.files.filter(({ isTooLarge }) => isTooLarge).map(({ newPath }) => newPath)).toContain('moved.txt')
    expect(byFile.files).toHaveLength(whole.files.length)
    for (let maxBytes = 0; maxBytes < 2600; maxBytes += 130) {
      const cut = await diffTrees(repo, emptyTree, five, { maxBytes })
      for (const [index, file] of cut.files.entries()) {
        const { diff, ...rest } = whole.files[index] ?? file
        expect(file).toEqual(file.isTooLarge ? { ...rest, isTooLarge: true, diff: '' } : { ...rest, diff })
      }
    }
    const byBytes = await diffTrees(repo, emptyTree, five, { maxBytes: 400 })
    expect(byBytes.truncated).toBe(true)
    expect(byBytes.files[0]).toEqual(whole.files[0])
    expect(byBytes.files.at(-1)).toMatchObject({ isTooLarge: true, diff: '' })
    const byCount = await diffTrees(repo, emptyTree, five, { maxFiles: 2 })
    expect(byCount.truncated).toBe(true)
    expect(byCount.files).toEqual(whole.files.slice(0, 2))
  })

  it('of text that looks like a diff stay with their file', async () => {
    const before = await git(work, ['rev-parse', 'HEAD'])
    const after = await commitFiles(work, { 'x.diff': 'diff --git a/x b/x\n@@ -1 +1 @@\n', 'y.txt': 'y\n' }, 'Tricky')
    await pushTo(repo, work, 'HEAD:tricky')
    const { files } = await diffTrees(repo, before, after)
    expect(files.map(({ newPath, diff }) => [newPath, diff])).toEqual([
      ['x.diff', '@@ -0,0 +1,2 @@\n+diff --git a/x b/x\n+@@ -1 +1 @@\n'],
      ['y.txt', '@@ -0,0 +1 @@\n+y\n'],
    ])
  })

  it('of a commit are against its first parent, or against nothing', async () => {
    expect((await commitDiff(repo, four))?.files.map(({ newPath }) => newPath)).toEqual(['side.txt'])
    expect((await commitDiff(repo, one))?.files.every(({ isNew }) => isNew)).toBe(true)
    expect(await commitDiff(repo, 'refs/heads/gone')).toBeNull()
  })

  it('need ids', async () => {
    await expect(diffTrees(repo, '--output=/tmp/x', five)).rejects.toThrow(TypeError)
  })
})

describe('changedPaths', () => {
  it('has both names of what was renamed', async () => {
    const expected = ['a.txt', 'bin.dat', 'dir/b.txt', 'empty', 'keep.txt', 'moved.txt', 'new.txt', 'type.txt']
    expect(await changedPaths(repo, four, five)).toEqual(expected)
  })
  it('has everything when there is nothing to compare with', async () => {
    expect(await changedPaths(repo, null, one)).toHaveLength(7)
    expect(await changedPaths(repo, five, five)).toEqual([])
  })
  it.each(['a'.repeat(40), '0'.repeat(40), 'main', '--output=/tmp/x'])('is not known from %j', async (from) => {
    expect(await changedPaths(repo, from, five)).toBeNull()
    expect(await changedPaths(repo, five, from)).toBeNull()
  })
})

describe('compare', () => {
  it('lists what is new, oldest first, and diffs from where the histories part', async () => {
    const result = await compare(repo, 'refs/heads/side', two)
    expect(result.ok && result.value).toMatchObject({ from: three, to: two, mergeBase: one, commitsTruncated: false })
    expect(result.ok && result.value.commits.map(({ sha }) => sha)).toEqual([two])
    expect(result.ok && result.value.files.map(({ newPath }) => newPath)).toEqual(['a.txt'])
    const straight = await compare(repo, 'refs/heads/side', two, { straight: true })
    expect(straight.ok && straight.value.files.map(({ newPath }) => newPath)).toEqual(['a.txt', 'side.txt'])
  })

  it('keeps the newest commits when there are too many', async () => {
    const all = await compare(repo, one, five)
    expect(all.ok && all.value.commits.map(({ message }) => message)).toEqual(['Two\n', 'Three\n', 'Four\n', 'Five\n'])
    const some = await compare(repo, one, five, { maxCommits: 2 })
    expect(some.ok && some.value.commits.map(({ message }) => message)).toEqual(['Four\n', 'Five\n'])
    expect(some.ok && some.value.commitsTruncated).toBe(true)
  })

  it('works on histories with nothing in common', async () => {
    const result = await compare(repo, five, island)
    expect(result.ok && result.value.mergeBase).toBeNull()
    expect(result.ok && result.value.commits.map(({ sha }) => sha)).toEqual([island])
  })

  it('says which side is missing', async () => {
    expect(await compare(repo, one, 'refs/heads/gone')).toEqual({
      ok: false,
      error: { code: 'revision_not_found', revision: 'refs/heads/gone' },
    })
  })

  it('knows ancestors', async () => {
    expect(await isAncestor(repo, one, five)).toBe(true)
    expect(await isAncestor(repo, five, five)).toBe(true)
    expect(await isAncestor(repo, five, one)).toBe(false)
    expect(await isAncestor(repo, island, five)).toBe(false)
    expect(await isAncestor(repo, 'a'.repeat(40), five)).toBe(false)
    expect(await isAncestor(repo, 'main', five)).toBe(false)
    expect(await mergeBase(repo, two, three)).toBe(one)
    expect(await mergeBase(repo, two, three, one)).toBe(one)
    expect(await mergeBase(repo, two, 'main')).toBeNull()
    expect(await mergeBase(repo, island, five)).toBeNull()
  })
})

describe('listCommits', () => {
  const list = async (query: Omit<Parameters<typeof listCommits>[1], 'limit'> & { limit?: number }) =>
    (await listCommits(repo, { limit: 100, ...query }))?.map(({ message }) => message.trim())
  const main = 'refs/heads/main'

  it.each([
    [{}, ['Five', 'Four', 'Three', 'Two', 'One']],
    [{ firstParent: true }, ['Five', 'Four', 'Two', 'One']],
    [{ path: 'a.txt' }, ['Five', 'Two', 'One']],
    [{ path: 'dir' }, ['Five', 'One']],
    [{ path: 'gone' }, []],
    [{ path: '*.txt' }, []],
    [{ path: ':(glob)**' }, []],
    [{ path: '--all' }, []],
    [{ since: new Date(1700000200_000) }, ['Five', 'Four', 'Three']],
    [{ until: new Date(1700000100_000) }, ['Two', 'One']],
    [{ author: 'GRACE (X)' }, ['Two']],
    [{ author: '.*' }, []],
    [{ offset: 1, limit: 2 }, ['Four', 'Three']],
    [{ limit: 0 }, []],
  ])('%j', async (query, expected) => expect(await list({ revision: main, ...query })).toEqual(expected))

  it('takes years after 2099 for what they are', async () => {
    const later = await makeRepository(fixture.store, 2)
    const other = await makeWorkTree(fixture.dir, 'later')
    await commitFiles(other, { a: '1' }, 'In 2093', at(2_200_000_000))
    await pushTo(later, other, 'main')
    const titles = async (query: { since?: Date; until?: Date }) =>
      (await listCommits(later, { revision: main, limit: 10, ...query }))?.map(({ message }) => message.trim())
    expect(await titles({ until: new Date('2100-01-01') })).toEqual(['In 2093'])
    expect(await titles({ since: new Date('2100-01-01') })).toEqual([])
  })

  it('starts at every branch', async () => {
    expect(await list({ revision: { all: true } })).toContain('Island')
  })
  it('leaves out a history', async () => {
    expect(await list({ revision: main, notIn: two })).toEqual(['Five', 'Four', 'Three'])
  })
  it('finds nothing at a revision that is not there', async () => {
    expect(await list({ revision: 'refs/heads/gone' })).toBeUndefined()
    expect(await countCommits(repo, { revision: '--all' }, 10)).toBeNull()
  })
  it('counts, no further than asked', async () => {
    expect(await countCommits(repo, { revision: main }, 100)).toBe(5)
    expect(await countCommits(repo, { revision: main }, 3)).toBe(3)
    expect(await countCommits(repo, { revision: main, path: 'dir' }, 100)).toBe(2)
  })
  it('finds the last commit of a path', async () => {
    expect(await lastCommitOf(repo, four, 'a.txt')).toBe(two)
    expect(await lastCommitOf(repo, four, 'gone')).toBeNull()
    expect(await lastCommitOf(repo, 'refs/heads/gone', 'a.txt')).toBeNull()
    expect(await lastCommitOf(repo, four, '')).toBeNull()
  })
  it('adds up lines against the first parent', async () => {
    const stats = await commitStats(repo, await readCommits(repo, [one, two, four, five]))
    expect(stats.get(one)).toEqual({ additions: 35, deletions: 0, total: 35 })
    expect(stats.get(two)).toEqual({ additions: 1, deletions: 0, total: 1 })
    expect(stats.get(four)).toEqual({ additions: 3, deletions: 0, total: 3 })
    expect(stats.get(five)).toEqual({ additions: 2, deletions: 2, total: 4 })
    expect(await commitStats(repo, [])).toEqual(new Map())
  })
})
