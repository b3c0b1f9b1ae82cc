import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { beforeEach, describe, expect, it } from 'vitest'
import { blobDigest, blobSize, readBlob, streamBlob } from '../../src/git/blob.ts'
import { readEntry, readTag } from '../../src/git/object-reader.ts'
import { branchesMergedInto, createRef, refsContaining } from '../../src/git/refs.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import { findRevision } from '../../src/git/revision.ts'
import { writeTag } from '../../src/git/tag-writer.ts'
import { commitFiles, git, makeRepository, makeStore, makeWorkTree, person, pushTo } from './git-fixtures.ts'

let repo: Repository
let work: string
let first: string
let second: string

beforeEach(async () => {
  const fixture = await makeStore()
  repo = await makeRepository(fixture.store, 1)
  work = await makeWorkTree(fixture.dir, 'work')
  first = await commitFiles(work, { a: '1' }, 'one')
  second = await commitFiles(work, { a: '2' }, 'two')
  await pushTo(repo, work, 'main')
  return () => fixture.close()
})

describe('findRevision', () => {
  it('reads what people write', async () => {
    await createRef(repo, { type: 'branch', name: 'feature/x' }, first)
    await createRef(repo, { type: 'tag', name: 'v1' }, first)
    const found = async (text: string) => findRevision(repo, text)
    for (const text of ['main', 'HEAD', second, second.slice(0, 8), second.toUpperCase(), 'refs/heads/main']) {
      expect([text, await found(text)]).toEqual([text, second])
    }
    for (const text of ['main~1', 'main^', 'HEAD~1', `${second}^`, 'v1', 'refs/tags/v1', 'feature/x', 'main^^0']) {
      expect([text, await found(text)]).toEqual([text, first])
    }
  })

  it.each([
    '',
    '~1',
    '^',
    'nope',
    'main~9',
    'main:a',
    'main^{tree}',
    'main..main',
    '@{-1}',
    '--all',
    'a\nb',
    'x'.repeat(5000),
  ])('finds nothing in %j', async (text) => {
    expect(await findRevision(repo, text)).toBeNull()
  })

  it('T9 takes a branch for what it is called when a tag has the name too', async () => {
    await createRef(repo, { type: 'tag', name: 'main' }, first)
    expect(await findRevision(repo, 'main')).toBe(second)
    expect(await findRevision(repo, 'refs/tags/main')).toBe(first)
  })

  it('keeps refs of the server to itself', async () => {
    await git(repo.path, ['-c', 'safe.directory=*', 'update-ref', 'refs/pipelines/7', first])
    expect(await findRevision(repo, 'refs/pipelines/7')).toBeNull()
  })
})

it('tells which refs have a commit, and which branches are merged', async () => {
  await createRef(repo, { type: 'branch', name: 'old' }, first)
  await createRef(repo, { type: 'tag', name: 'v1' }, first)
  const names = async (...args: Parameters<typeof refsContaining> extends [Repository, ...infer R] ? R : never) =>
    (await refsContaining(repo, ...args)).map(({ type, name }) => `${type} ${name}`)
  expect(await names(first, ['branch', 'tag'], 10)).toEqual(['branch main', 'branch old', 'tag v1'])
  expect(await names(first, ['branch', 'tag'], 2)).toEqual(['branch main', 'branch old'])
  expect(await names(second, ['branch'], 10)).toEqual(['branch main'])
  expect(await names(first, [], 10)).toEqual([])
  expect(await names('main', ['branch'], 10)).toEqual([])
  expect([...(await branchesMergedInto(repo, first))]).toEqual(['old'])
  expect([...(await branchesMergedInto(repo, second))].toSorted()).toEqual(['main', 'old'])
})

describe('blobs', () => {
  it('are read whole, streamed and digested', async () => {
    const content = randomBytes(3_000_000)
    await commitFiles(work, { big: content })
    await pushTo(repo, work, 'main')
    const sha = (await readEntry(repo, 'refs/heads/main', 'big'))?.sha ?? ''
    expect(await blobSize(repo, sha)).toBe(3_000_000)
    expect((await readBlob(repo, sha))?.equals(content)).toBe(true)
    expect((await buffer(streamBlob(repo, sha))).equals(content)).toBe(true)
    expect(await blobDigest(repo, sha)).toBe(createHash('sha256').update(content).digest('hex'))
  })

  it('are only blobs, by their full ids', async () => {
    for (const id of [first, 'a'.repeat(40), 'main:a', '']) {
      expect([await blobSize(repo, id), await readBlob(repo, id)]).toEqual([null, null])
    }
    await expect(blobDigest(repo, 'a'.repeat(40))).rejects.toThrow('cat-file')
    await expect(blobDigest(repo, first)).rejects.toThrow('cat-file')
    expect(() => streamBlob(repo, '--batch')).toThrow(TypeError)
  })
})

describe('annotated tags', () => {
  it('say what, who and when', async () => {
    const date = new Date('2026-01-02T03:04:05Z')
    const sha = await writeTag(repo, {
      name: 'v1',
      commit: first,
      tagger: { name: ' Zoë <x>\n', email: 'zoe@example.com', date },
      message: 'Title\n\ntagger Eve <eve@example.com> 0 +0000\n',
    })
    await createRef(repo, { type: 'tag', name: 'v1' }, sha)
    expect(await readTag(repo, 'v1')).toEqual({
      sha,
      name: 'v1',
      target: { sha: first, type: 'commit' },
      tagger: { name: 'Zoë x', email: 'zoe@example.com', date: '2026-01-02T03:04:05+00:00' },
      message: 'Title\n\ntagger Eve <eve@example.com> 0 +0000\n',
    })
  })

  it('are not made with a name that would end the line', async () => {
    const tag = { commit: first, tagger: person, message: 'm' }
    await expect(writeTag(repo, { ...tag, name: 'a\ntagger Eve <e@x> 0 +0000' })).rejects.toThrow(TypeError)
    await expect(writeTag(repo, { ...tag, name: 'v1', commit: 'main' })).rejects.toThrow(TypeError)
  })
})
