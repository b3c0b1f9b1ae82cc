import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { gitEnvironment } from '../../src/git/git-process.ts'
import { maintainRepository } from '../../src/git/maintenance.ts'
import { readFile } from '../../src/git/object-reader.ts'
import { createRef, readHead } from '../../src/git/refs.ts'
import { openStore } from '../../src/git/repository-store.ts'
import { commitFiles, git, makeRepository, makeStore, makeWorkTree, pushTo } from './git-fixtures.ts'

let fixture: Awaited<ReturnType<typeof makeStore>>

beforeEach(async () => {
  fixture = await makeStore()
  return () => fixture.close()
})

describe('a repository store', () => {
  it('makes a bare repository without hooks, whose HEAD names the default branch', async () => {
    const created = await fixture.store.create(7, 'trunk')
    expect(created.ok).toBe(true)
    const repo = fixture.store.open(7)
    expect(await fixture.store.exists(7)).toBe(true)
    expect(await readHead(repo)).toBe('trunk')
    expect(await git(repo.path, ['rev-parse', '--is-bare-repository'])).toBe('true')
    expect(await readdir(repo.path)).not.toContain('hooks')
  })

  it('never gives the repository of one project to another', async () => {
    await makeRepository(fixture.store, 7)
    const again = await fixture.store.create(7, 'main')
    expect(again).toEqual({ ok: false, error: { code: 'repository_exists' } })
  })

  it('makes one repository when two ask at once', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => fixture.store.create(9, 'main')))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect((await readdir(join(fixture.dir, 'repositories'))).sort()).toEqual(['.home', '9.git'])
  })

  it.each(['', '-x', 'a b', 'HEAD', 'a'.repeat(40)])('refuses the default branch %j', async (branch) => {
    const created = await fixture.store.create(7, branch)
    expect(created).toMatchObject({ ok: false, error: { code: 'invalid_branch_name' } })
    expect(await fixture.store.exists(7)).toBe(false)
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('has no repository number %s', (id) => {
    expect(() => fixture.store.open(id)).toThrow(RangeError)
  })

  it('T22 a removed repository leaves nothing to the next one of its id', async () => {
    const repo = await makeRepository(fixture.store, 7)
    const work = await makeWorkTree(fixture.dir, 'work')
    const sha = await commitFiles(work, { secret: 'x' })
    await pushTo(repo, work, 'main')
    // A reader keeps packs open, and could go on reading them after they were deleted.
    await git(repo.path, ['repack', '-adq'])
    expect((await readFile(repo, sha, 'secret', 10)).ok).toBe(true)
    await fixture.store.remove(7)
    await fixture.store.remove(7)
    expect(await fixture.store.exists(7)).toBe(false)
    const next = await makeRepository(fixture.store, 7)
    expect(await readFile(next, sha, 'secret', 10)).toEqual({ ok: false, error: { code: 'revision_not_found' } })
  })

  it('lists what it has', async () => {
    for (const id of [10, 2, 33]) await makeRepository(fixture.store, id)
    await mkdir(join(fixture.dir, 'repositories', '05.git'))
    expect(await fixture.store.list()).toEqual([2, 10, 33])
  })

  it('sweeps what a crash left, but not what may be in use', async () => {
    const root = join(fixture.dir, 'repositories')
    await mkdir(join(root, '.new-old'))
    await mkdir(join(root, '.new-young'))
    await utimes(join(root, '.new-old'), 1, 1)
    const store = await openStore(root)
    await store.close()
    expect((await readdir(root)).sort()).toEqual(['.home', '.new-young'])
  })
})

describe('the environment of git', () => {
  it('inherits nothing but PATH', () => {
    process.env['GIT_DIR'] = '/elsewhere'
    process.env['GIT_CONFIG_PARAMETERS'] = "'core.hooksPath=/elsewhere'"
    process.env['SECRET'] = 'x'
    try {
      const environment = gitEnvironment({ path: '/a/1.git', home: '/a/.home' })
      expect(environment['GIT_DIR']).toBe('/a/1.git')
      expect(environment['HOME']).toBe('/a/.home')
      expect(Object.keys(environment).filter((key) => process.env[key] === environment[key])).toEqual([
        'PATH',
        ...['LC_ALL', 'TZ'].filter((key) => process.env[key] === environment[key]),
      ])
      expect(environment['GIT_CONFIG_PARAMETERS']).toBeUndefined()
      expect(environment['SECRET']).toBeUndefined()
    } finally {
      for (const key of ['GIT_DIR', 'GIT_CONFIG_PARAMETERS', 'SECRET']) delete process.env[key]
    }
  })
})

describe('maintenance', () => {
  it('removes stale locks, which would block a ref for ever, and leaves young ones', async () => {
    const repo = await makeRepository(fixture.store, 7)
    const work = await makeWorkTree(fixture.dir, 'work')
    const sha = await commitFiles(work, { a: '1' })
    await pushTo(repo, work, 'main')
    const stale = join(repo.path, 'refs/heads/feature.lock')
    const young = join(repo.path, 'refs/heads/other.lock')
    for (const path of [stale, young]) await writeFile(path, '')
    await utimes(stale, 1, 1)
    await maintainRepository(repo)
    expect(await createRef(repo, { type: 'branch', name: 'feature' }, sha)).toEqual({ ok: true, value: undefined })
    expect((await stat(young)).isFile()).toBe(true)
  })
})
