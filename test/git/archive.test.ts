import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ArchiveOptions, archive } from '../../src/git/archive.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import { commitFiles, makeRepository, makeStore, makeWorkTree, pushTo, until } from './git-fixtures.ts'

let repo: Repository

beforeAll(async () => {
  const fixture = await makeStore()
  repo = await makeRepository(fixture.store, 1)
  const work = await makeWorkTree(fixture.dir, 'work')
  await commitFiles(work, { 'a.txt': 'a', 'dir/b.txt': 'b', '--all': 'x', 'big.bin': randomBytes(2_000_000) })
  await pushTo(repo, work, 'main')
  return () => fixture.close()
})

const bytes = async (options: Partial<ArchiveOptions>) => {
  const result = await archive(repo, 'refs/heads/main', { format: 'tar', prefix: 'p', ...options })
  if (!result.ok) throw new Error(result.error.code)
  return buffer(result.value)
}

const names = (tar: Buffer) => execFileSync('tar', ['-t'], { input: tar, encoding: 'utf8' }).trim().split('\n')

describe('archive', () => {
  it('packs a revision as tar, tar.gz and zip', async () => {
    const expected = ['p/', 'p/--all', 'p/a.txt', 'p/big.bin', 'p/dir/', 'p/dir/b.txt']
    expect(names(await bytes({ format: 'tar' }))).toEqual(expected)
    expect(names(gunzipSync(await bytes({ format: 'tar.gz' })))).toEqual(expected)
    expect((await bytes({ format: 'zip' })).subarray(0, 2).toString()).toBe('PK')
  })

  it('packs a part', async () => {
    expect(names(await bytes({ path: 'dir' }))).toEqual(['p/', 'p/dir/', 'p/dir/b.txt'])
    expect(names(await bytes({ path: '--all' }))).toEqual(['p/', 'p/--all'])
  })

  it.each(['../../etc', '/abs', 'a/b', '..', 'a\nb'])('keeps the prefix %j inside', async (prefix) => {
    for (const name of names(await bytes({ prefix, path: 'a.txt' }))) {
      expect(name).toMatch(/^[^/]+\/(a\.txt)?$/)
      expect(name.startsWith('..')).toBe(false)
    }
  })

  it('says what is missing', async () => {
    const options = { format: 'tar', prefix: 'p' } as const
    expect(await archive(repo, 'refs/heads/gone', options)).toMatchObject({ error: { code: 'revision_not_found' } })
    expect(await archive(repo, '--output=x', options)).toMatchObject({ error: { code: 'revision_not_found' } })
    expect(await archive(repo, 'HEAD', { ...options, path: 'gone' })).toMatchObject({
      error: { code: 'path_not_found' },
    })
  })

  it('stops git when the reader leaves', async () => {
    const problems: Error[] = []
    const onProblem = (error: Error) => void problems.push(error)
    const result = await archive(repo, 'HEAD', { format: 'tar', prefix: 'p', onProblem })
    if (!result.ok) throw new Error(result.error.code)
    await new Promise((resolve) => result.value.once('readable', resolve))
    result.value.destroy()
    await until(() => result.value.closed && !isArchiving())
    expect(problems).toEqual([])
  })
})

function isArchiving(): boolean {
  const listing = execFileSync('ps', ['-eo', 'args', 'e'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  return listing.split('\n').some((line) => line.startsWith('git archive') && line.includes(`GIT_DIR=${repo.path} `))
}
