import { beforeEach, describe, expect, it } from 'vitest'
import { zeroSha } from '../../src/git/ref-name.ts'
import {
  createPipelineRef,
  createRef,
  deletePipelineRef,
  deleteRef,
  findRef,
  isEmpty,
  listRefs,
  lookupName,
  readHead,
  setHead,
  updateRef,
} from '../../src/git/refs.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import { commitFiles, git, makeRepository, makeStore, makeWorkTree, pushTo } from './git-fixtures.ts'

let repo: Repository
let work: string
let first: string
let second: string

const branch = (name: string) => ({ type: 'branch', name }) as const
const tag = (name: string) => ({ type: 'tag', name }) as const

beforeEach(async () => {
  const fixture = await makeStore()
  repo = await makeRepository(fixture.store, 1)
  work = await makeWorkTree(fixture.dir, 'work')
  first = await commitFiles(work, { a: '1' }, 'one', { GIT_COMMITTER_DATE: '1700000000 +0000' })
  second = await commitFiles(work, { a: '2' }, 'two', { GIT_COMMITTER_DATE: '1700000100 +0000' })
  await pushTo(repo, work, 'main')
  return () => fixture.close()
})

describe('listing', () => {
  it('has branches and tags with their commits, sorted and searched', async () => {
    await git(work, ['tag', 'v1.10', first])
    await git(work, ['tag', '-a', '-m', 'x', 'v1.9', second], { GIT_COMMITTER_DATE: '1700000200 +0000' })
    await git(work, ['tag', '-a', '-m', 'x', 'tag-of-tag', 'v1.9'], { GIT_COMMITTER_DATE: '1700000300 +0000' })
    await git(work, ['tag', 'blob', `${first}:a`])
    await pushTo(repo, work, `${first}:refs/heads/zeta`, `${second}:refs/heads/Feature/a`, 'refs/tags/*')
    const names = async (...args: Parameters<typeof listRefs> extends [Repository, ...infer R] ? R : never) =>
      (await listRefs(repo, ...args)).map(({ name }) => name)

    expect(await names('branch')).toEqual(['Feature/a', 'main', 'zeta'])
    expect(await names('branch', { sort: 'desc' })).toEqual(['zeta', 'main', 'Feature/a'])
    expect(await names('branch', { orderBy: 'updated', sort: 'desc' })).toEqual(['Feature/a', 'main', 'zeta'])
    expect(await names('branch', { orderBy: 'updated' })).toEqual(['zeta', 'Feature/a', 'main'])
    expect(await names('branch', { search: 'FEA' })).toEqual(['Feature/a'])
    expect(await names('branch', { search: '^ma' })).toEqual(['main'])
    expect(await names('branch', { search: 'a$' })).toEqual(['Feature/a', 'zeta'])
    expect(await names('branch', { search: 'nothing' })).toEqual([])
    expect(await names('branch', { search: '^main$' })).toEqual(['main'])
    expect(await names('branch', { search: '^mai$' })).toEqual([])
    expect(await names('branch', { search: 'f*/a' })).toEqual(['Feature/a'])
    expect(await names('branch', { search: '^z*a$' })).toEqual(['zeta'])
    expect(await names('branch', { search: '^z*ta*a$' })).toEqual([])
    expect(await names('branch', { search: '*' })).toEqual(['Feature/a', 'main', 'zeta'])
    expect(await names('branch', { search: '$' })).toEqual(['Feature/a', 'main', 'zeta'])
    // A whole name comes first, whatever the order.
    expect(await names('tag', { search: 'v1.9', sort: 'desc' })).toEqual(['v1.9'])
    expect(await names('tag', { search: 'TAG-OF-tag' })).toEqual(['tag-of-tag'])
    expect(await names('tag', { orderBy: 'version', search: 'v1' })).toEqual(['v1.9', 'v1.10'])
    expect(await names('tag', { orderBy: 'updated', search: 'v1' })).toEqual(['v1.10', 'v1.9'])

    const tags = new Map((await listRefs(repo, 'tag')).map((ref) => [ref.name, ref]))
    expect(tags.get('v1.10')).toMatchObject({ target: first, commit: first })
    expect(tags.get('v1.9')?.commit).toBe(second)
    expect(tags.get('v1.9')?.target).not.toBe(second)
    expect(tags.get('tag-of-tag')?.commit).toBe(second)
    expect(tags.get('blob')?.commit).toBeNull()
  })

  it('T9 answers for a branch and a tag of one name separately', async () => {
    await createRef(repo, tag('main'), first)
    expect(await findRef(repo, branch('main'))).toMatchObject({ type: 'branch', commit: second })
    expect(await findRef(repo, tag('main'))).toMatchObject({ type: 'tag', commit: first })
    expect(await lookupName(repo, 'main')).toMatchObject({
      branch: { commit: second },
      tag: { commit: first },
      commit: null,
    })
    expect(await lookupName(repo, second.slice(0, 9))).toEqual({ branch: null, tag: null, commit: second })
    expect(await lookupName(repo, '--all')).toEqual({ branch: null, tag: null, commit: null })
  })
})

describe('changing refs', () => {
  it('creates only what does not exist', async () => {
    expect(await createRef(repo, branch('new'), first)).toEqual({ ok: true, value: undefined })
    expect(await createRef(repo, branch('new'), second)).toEqual({ ok: false, error: { code: 'ref_exists' } })
    expect(await createRef(repo, branch('main/x'), first)).toEqual({ ok: false, error: { code: 'ref_conflicts' } })
    expect(await createRef(repo, branch('deep/er/x'), first)).toMatchObject({ ok: true })
    expect(await createRef(repo, branch('deep'), first)).toEqual({ ok: false, error: { code: 'ref_conflicts' } })
    expect(await createRef(repo, branch('y'), 'a'.repeat(40))).toEqual({
      ok: false,
      error: { code: 'commit_not_found' },
    })
    expect(await createRef(repo, branch('y'), 'main')).toEqual({ ok: false, error: { code: 'commit_not_found' } })
  })

  it.each(['', '-d', 'a b', 'a..b', 'HEAD', 'refs/heads/x', 'x\n', 'b'.repeat(40)])(
    'refuses the name %j',
    async (name) => {
      expect(await createRef(repo, branch(name), first)).toMatchObject({
        ok: false,
        error: { code: 'invalid_ref_name' },
      })
    },
  )

  it('moves a branch only from where it is expected', async () => {
    expect(await updateRef(repo, branch('main'), first, first)).toEqual({
      ok: false,
      error: { code: 'ref_moved', actual: second },
    })
    expect(await updateRef(repo, branch('main'), first, second)).toMatchObject({ ok: true })
    expect(await updateRef(repo, branch('gone'), first, second)).toEqual({
      ok: false,
      error: { code: 'ref_moved', actual: null },
    })
    expect((await findRef(repo, branch('main')))?.commit).toBe(first)
  })

  it('lets exactly one of many movers win', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => updateRef(repo, branch('main'), first, second)))
    // Who comes later finds the branch moved.
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('deletes, and only what is expected', async () => {
    expect(await deleteRef(repo, branch('main'), first)).toMatchObject({ ok: false, error: { code: 'ref_moved' } })
    expect(await deleteRef(repo, tag('main'))).toEqual({ ok: false, error: { code: 'ref_moved', actual: null } })
    expect(await deleteRef(repo, branch('main'))).toMatchObject({ ok: true })
    expect(await findRef(repo, branch('main'))).toBeNull()
    expect(await isEmpty(repo)).toBe(true)
  })

  it('keeps a pipeline commit after its branch is gone, and lets go of it', async () => {
    expect(await createPipelineRef(repo, 7, second)).toMatchObject({ ok: true })
    expect(await createPipelineRef(repo, 7, second)).toMatchObject({ ok: true })
    expect(await createPipelineRef(repo, 7, first)).toMatchObject({ ok: false, error: { code: 'ref_moved' } })
    await deleteRef(repo, branch('main'))
    await git(repo.path, ['gc', '--quiet', '--prune=now'])
    expect(await git(repo.path, ['rev-parse', 'refs/pipelines/7'])).toBe(second)
    await deletePipelineRef(repo, 7)
    await deletePipelineRef(repo, 7)
    expect(await git(repo.path, ['for-each-ref'])).toBe('')
  })

  it('names the default branch', async () => {
    expect(await readHead(repo)).toBe('main')
    expect(await setHead(repo, 'other')).toMatchObject({ ok: true })
    expect(await readHead(repo)).toBe('other')
    expect(await setHead(repo, '-x')).toMatchObject({ ok: false, error: { code: 'invalid_ref_name' } })
  })

  it('does not take a zero id for a commit', async () => {
    const refused = { ok: false, error: { code: 'commit_not_found' } }
    expect(await createRef(repo, branch('zero'), zeroSha)).toEqual(refused)
    expect(await updateRef(repo, branch('main'), zeroSha, second)).toEqual(refused)
    expect((await findRef(repo, branch('main')))?.commit).toBe(second)
  })
})
