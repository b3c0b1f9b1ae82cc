import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readCommit } from '../../src/git/object-reader.ts'
import { findRef } from '../../src/git/refs.ts'
import { withMilliseconds } from '../../src/http/present/commit.ts'
import { aMember, aProject, aUser } from '../helpers/builders.ts'
import { aRepositoryWorld, pipelinesOf, type RepositoryWorld, unsettled } from '../helpers/repository-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let world: RepositoryWorld
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aRepositoryWorld(server)
})

interface CommitEntity {
  readonly id: string
  readonly title: string
}

const list = (query = '') => world.api.get<CommitEntity[]>(`${world.base}/commits${query}`)
const titles = async (query = '') => (await list(query)).body.map(({ title }) => title)

it.each([
  ['2026-03-01T10:00:00+02:00', '2026-03-01T10:00:00.000+02:00'],
  ['2026-03-01T10:00:00-08:30', '2026-03-01T10:00:00.000-08:30'],
  ['2026-03-01T10:00:00.123Z', '2026-03-01T10:00:00.123Z'],
])('7.3 the date %s of a commit keeps its offset', (date, shown) => expect(withMilliseconds(date)).toBe(shown))

describe('listing', () => {
  it('answers commits newest first, with everything GitLab tells of them', async () => {
    const first = await world.commit({ a: '1\n' }, { commit_message: 'First\n\nBody text\n\nReviewed-by: Zoë' })
    const second = await world.commit({ b: '1\n2\n' }, { author_name: 'Zoë', author_email: 'zoe@example.com' })
    const { status, body, headers } = await list('?with_stats=true')
    const url = `${server.url}/${world.project.full_path}/-/commit`
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+00:00$/)
    const committer = {
      committer_name: 'Ada Example',
      committer_email: world.developer.email,
      committed_date: date,
      authored_date: date,
      created_at: date,
    }
    expect({ status, body }).toEqual({
      status: 200,
      body: [
        {
          ...committer,
          id: second,
          short_id: second.slice(0, 8),
          title: 'Commit 2',
          message: 'Commit 2',
          parent_ids: [first],
          author_name: 'Zoë',
          author_email: 'zoe@example.com',
          trailers: {},
          extended_trailers: {},
          web_url: `${url}/${second}`,
          stats: { additions: 2, deletions: 0, total: 2 },
        },
        {
          ...committer,
          id: first,
          short_id: first.slice(0, 8),
          title: 'First',
          message: 'First\n\nBody text\n\nReviewed-by: Zoë',
          parent_ids: [],
          author_name: 'Ada Example',
          author_email: world.developer.email,
          trailers: { 'Reviewed-by': 'Zoë' },
          extended_trailers: { 'Reviewed-by': ['Zoë'] },
          web_url: `${url}/${first}`,
          stats: { additions: 1, deletions: 0, total: 1 },
        },
      ],
    })
    expect(headers.get('x-total')).toBeNull()
    expect((await list()).body[0]).not.toHaveProperty('stats')
  })

  it('filters as asked', async () => {
    await world.commit({ a: '1', 'dir/x': '1' })
    await world.commit({ b: '1' }, { author_name: 'Zoë', author_email: 'zoe@example.com' })
    await world.commit({ 'dir/y': '1' }, { branch: 'side', start_branch: 'main' })
    const head = (await list('?ref_name=main')).body[0]?.id ?? ''
    expect(await titles()).toEqual(['Commit 2', 'Commit 1'])
    expect(await titles('?ref_name=side')).toEqual(['Commit 3', 'Commit 2', 'Commit 1'])
    expect(await titles('?ref_name=side~1')).toEqual(['Commit 2', 'Commit 1'])
    expect(await titles(`?ref_name=${head.slice(0, 10)}`)).toEqual(['Commit 2', 'Commit 1'])
    expect((await titles('?all=true')).toSorted()).toEqual(['Commit 1', 'Commit 2', 'Commit 3'])
    expect(await titles('?path=dir&ref_name=side')).toEqual(['Commit 3', 'Commit 1'])
    expect(await titles('?path=/dir/&ref_name=side')).toEqual(['Commit 3', 'Commit 1'])
    expect(await titles('?path=b')).toEqual(['Commit 2'])
    expect(await titles('?author=zoe@')).toEqual(['Commit 2'])
    expect(await titles('?author=.*')).toEqual([])
    expect(await titles('?since=2100-01-01T00:00:00Z')).toEqual([])
    expect(await titles('?until=2100-01-01&since=2001-01-01&order=topo&first_parent=true')).toEqual([
      'Commit 2',
      'Commit 1',
    ])
  })

  it.each([
    '?ref_name=nope',
    '?ref_name=--all',
    '?ref_name=main..main',
    '?path=nope',
    '?path=..%2Fetc',
    '?path=:(top)a',
    '?page=1000000000&per_page=100',
  ])('answers an empty list to %s', async (query) => {
    await world.commit({ a: '1' })
    expect(await list(query)).toMatchObject({ status: 200, body: [] })
  })

  it('answers an empty list for a repository without commits', async () => {
    expect(await list()).toMatchObject({ status: 200, body: [] })
    expect(await list('?all=true')).toMatchObject({ status: 200, body: [] })
  })

  it('pages without a total', async () => {
    for (const name of ['a', 'b', 'c']) await world.commit({ [name]: name })
    const first = await list('?per_page=2')
    expect(first.body.map(({ title }) => title)).toEqual(['Commit 3', 'Commit 2'])
    expect(first.headers.get('x-next-page')).toBe('2')
    expect(first.headers.get('link')).toContain('rel="next"')
    expect(first.headers.get('link')).not.toContain('rel="last"')
    const second = await list('?per_page=2&page=2')
    expect(second.body.map(({ title }) => title)).toEqual(['Commit 1'])
    expect(second.headers.get('x-next-page')).toBe('')
    const exact = await list('?per_page=3')
    expect(exact.headers.get('x-next-page')).toBe('')
  })

  it.each([
    ['?since=yesterday', { error: 'since is invalid' }],
    ['?order=random', { error: 'order does not have a valid value' }],
    ['?all=perhaps', { error: 'all is invalid' }],
  ])('refuses %s', async (query, body) => {
    expect(await list(query)).toMatchObject({ status: 400, body })
  })
})

describe('one commit', () => {
  it('is found by branch, tag, id, short id and steps, with its newest pipeline', async () => {
    const first = await world.commit({ '.gitlab-ci.yml': 'build:\n  script: make\n' })
    const second = await world.commit({ b: '1\n' })
    await world.api.post(`${world.base}/tags`, { tag_name: 'v1', ref: first, message: 'One' })
    const pipelines = await pipelinesOf(server, world.project)
    const newest = pipelines.filter(({ sha }) => sha === second).at(-1)
    const { body } = await world.api.get(`${world.base}/commits/main`)
    expect(body).toMatchObject({
      id: second,
      project_id: world.project.id,
      status: newest?.status,
      stats: { additions: 1, deletions: 0, total: 1 },
      last_pipeline: {
        id: newest?.id,
        sha: second,
        ref: 'main',
        source: 'push',
        web_url: `${server.url}/${world.project.full_path}/-/pipelines/${newest?.id}`,
      },
    })
    for (const name of ['main~1', 'v1', first, first.slice(0, 7), 'refs/heads/main^', 'refs/tags/v1', 'HEAD~1']) {
      const { status, body } = await world.api.get(`${world.base}/commits/${encodeURIComponent(name)}?stats=false`)
      expect({ name, status, body }).toMatchObject({ name, status: 200, body: { id: first } })
      expect(body).not.toHaveProperty('stats')
    }
  })

  it('shows its pipeline only to who may see pipelines', async () => {
    const open = await aRepositoryWorld(server, { visibility: 'public' })
    const sha = await open.commit({ '.gitlab-ci.yml': 'build:\n  script: make\n' })
    const ask = () => server.api().get(`${open.base}/commits/${sha}`)
    expect((await ask()).body).toMatchObject({ id: sha, status: 'pending', last_pipeline: { sha } })
    expect(await server.api().get(`${open.base}/commits/${sha}/statuses`)).toMatchObject({ status: 200 })
    const put = await server.api(server.rootToken).put(`/projects/${open.project.id}`, { public_jobs: false })
    expect(put.status).toBe(200)
    expect((await ask()).body).toMatchObject({ id: sha, status: null, last_pipeline: null })
    expect(await server.api().get(`${open.base}/commits/${sha}/statuses`)).toMatchObject({ status: 401 })
  })

  it.each(['nope', 'a'.repeat(40), 'abc', '--all', 'main:a', 'main^{tree}', '%00'])(
    'answers 404 to %s',
    async (name) => {
      await world.commit({ a: '1' })
      const { status, body } = await world.api.get(`${world.base}/commits/${encodeURIComponent(name)}`)
      expect({ status, body }).toEqual({ status: 404, body: { message: '404 Commit Not Found' } })
    },
  )
})

describe('what a commit changed', () => {
  it('is one entry per file, page by page', async () => {
    await world.commit({ keep: 'a\nb\nc\n', gone: 'x\n', old: 'long enough to be known again\n'.repeat(5) })
    const made = await world.api.post<CommitEntity>(`${world.base}/commits`, {
      branch: 'main',
      commit_message: 'Change',
      actions: [
        { action: 'update', file_path: 'keep', content: 'a\nB\nc\n' },
        { action: 'delete', file_path: 'gone' },
        { action: 'move', file_path: 'new', previous_path: 'old' },
        { action: 'create', file_path: 'fresh', content: 'y\n', execute_filemode: true },
      ],
    })
    const flags = { collapsed: false, too_large: false, generated_file: false }
    const { body, headers } = await world.api.get(`${world.base}/commits/${made.body.id}/diff`)
    expect(body).toEqual([
      {
        ...flags,
        diff: '@@ -0,0 +1 @@\n+y\n',
        old_path: 'fresh',
        new_path: 'fresh',
        a_mode: '0',
        b_mode: '100755',
        new_file: true,
        renamed_file: false,
        deleted_file: false,
      },
      {
        ...flags,
        diff: '@@ -1 +0,0 @@\n-x\n',
        old_path: 'gone',
        new_path: 'gone',
        a_mode: '100644',
        b_mode: '0',
        new_file: false,
        renamed_file: false,
        deleted_file: true,
      },
      {
        ...flags,
        diff: '@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n',
        old_path: 'keep',
        new_path: 'keep',
        a_mode: '100644',
        b_mode: '100644',
        new_file: false,
        renamed_file: false,
        deleted_file: false,
      },
      {
        ...flags,
        diff: '',
        old_path: 'old',
        new_path: 'new',
        a_mode: '100644',
        b_mode: '100644',
        new_file: false,
        renamed_file: true,
        deleted_file: false,
      },
    ])
    expect(headers.get('x-total')).toBe('4')
    const second = await world.api.get<{ diff: string }[]>(
      `${world.base}/commits/main/diff?per_page=1&page=2&unidiff=true`,
    )
    expect(second.body.map(({ diff }) => diff)).toEqual(['--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n'])
    expect((await world.api.get(`${world.base}/commits/nope/diff`)).body).toEqual({ message: '404 Commit Not Found' })
  })

  it('is everything, for the first commit', async () => {
    const sha = await world.commit({ a: '1\n' })
    const { body } = await world.api.get(`${world.base}/commits/${sha}/diff`)
    expect(body).toMatchObject([{ new_path: 'a', new_file: true, diff: '@@ -0,0 +1 @@\n+1\n' }])
  })
})

it('lists the branches and tags that have a commit', async () => {
  const first = await world.commit({ a: '1' })
  await world.api.post(`${world.base}/tags`, { tag_name: 'v1', ref: 'main' })
  await world.api.post(`${world.base}/branches`, { branch: 'old', ref: 'main' })
  const second = await world.commit({ b: '1' })
  const refs = async (query: string) => (await world.api.get(`${world.base}/commits/${query}`)).body
  const main = { type: 'branch', name: 'main' }
  const old = { type: 'branch', name: 'old' }
  const tag = { type: 'tag', name: 'v1' }
  expect(await refs(`${first}/refs`)).toEqual([main, old, tag])
  expect(await refs(`${first}/refs?type=tag`)).toEqual([tag])
  expect(await refs(`${first}/refs?type=branch&per_page=1&page=2`)).toEqual([old])
  expect(await refs(`${second}/refs?type=all`)).toEqual([main])
  expect(await refs('nope/refs')).toEqual({ message: '404 Commit Not Found' })
  const page = await world.api.get(`${world.base}/commits/${first}/refs?per_page=2`)
  expect([page.headers.get('x-next-page'), page.headers.get('x-total')]).toEqual(['2', null])
})

it('tells the jobs of a commit as its statuses', async () => {
  const config = 'stages: [test, deploy]\none:\n  stage: test\n  script: x\ntwo:\n  stage: deploy\n  script: x\n'
  const sha = await world.commit({ '.gitlab-ci.yml': config })
  await world.api.post(`${world.base}/tags`, { tag_name: 'v1', ref: 'main' })
  const statuses = async (query = '') =>
    (await world.api.get<{ name: string; ref: string; id: number }[]>(`${world.base}/commits/main/statuses${query}`))
      .body
  const [pipeline] = await pipelinesOf(server, world.project)
  const all = await statuses()
  expect(all.map(({ name, ref }) => `${name} ${ref}`)).toEqual(['one main', 'two main', 'one v1', 'two v1'])
  expect(all[0]).toEqual({
    id: expect.any(Number),
    sha,
    ref: 'main',
    status: 'pending',
    name: 'one',
    target_url: `${server.url}/${world.project.full_path}/-/jobs/${all[0]?.id}`,
    description: null,
    created_at: expect.any(String),
    started_at: null,
    finished_at: null,
    allow_failure: false,
    coverage: null,
    pipeline_id: pipeline?.id,
    author: expect.objectContaining({ id: world.developer.id, username: world.developer.username }),
  })
  expect((await statuses('?stage=deploy&ref=v1')).map(({ name }) => name)).toEqual(['two'])
  expect((await statuses(`?name=one&pipeline_id=${pipeline?.id}`)).map(({ ref }) => ref)).toEqual(['main'])
  expect((await statuses('?sort=desc&per_page=1')).map(({ name, ref }) => `${name} ${ref}`)).toEqual(['two v1'])
  expect(await statuses('?ref=nope')).toEqual([])
})

describe('committing several changes', () => {
  it('does them in their order and answers the commit', async () => {
    const first = await world.commit({ a: '1\n', b: '2\n', c: '3\n', d: '4\n' })
    const { status, body } = await world.api.post<CommitEntity>(`${world.base}/commits`, {
      branch: 'main',
      commit_message: 'Several\n\nat once',
      author_name: 'Zoë',
      actions: [
        {
          action: 'create',
          file_path: 'dir/new',
          content: Buffer.from([0, 255]).toString('base64'),
          encoding: 'base64',
        },
        { action: 'update', file_path: 'a', content: 'one\n', last_commit_id: first },
        { action: 'delete', file_path: 'b' },
        { action: 'move', file_path: 'e', previous_path: 'c' },
        { action: 'move', file_path: 'f', previous_path: 'd', content: 'four\n' },
        { action: 'chmod', file_path: 'e', execute_filemode: true },
        { action: 'create', file_path: 'empty' },
      ],
    })
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        title: 'Several',
        parent_ids: [first],
        author_name: 'Zoë',
        author_email: world.developer.email,
        stats: { additions: 2, deletions: 3, total: 5 },
        project_id: world.project.id,
        last_pipeline: null,
        status: null,
      },
    })
    const tree = await world.api.get<{ path: string; mode: string; type: string }[]>(
      `${world.base}/tree?recursive=true&ref=${body.id}`,
    )
    const files = tree.body.filter(({ type }) => type === 'blob').map(({ path, mode }) => `${mode} ${path}`)
    expect(files).toEqual(['100644 a', '100644 dir/new', '100755 e', '100644 empty', '100644 f'])
    const raw = async (path: string) => (await world.api.get(`${world.base}/files/${path}/raw`)).body
    expect([await raw('a'), await raw('e'), await raw('f'), await raw('empty')]).toEqual([
      'one\n',
      '3\n',
      'four\n',
      null,
    ])
  })

  it('starts a branch from another branch or from a commit, and replaces one only with force', async () => {
    const first = await world.commit({ a: '1' })
    const second = await world.commit({ b: '1' })
    const start = (more: object) =>
      world.api.post<CommitEntity>(`${world.base}/commits`, {
        branch: 'side',
        commit_message: 'm',
        actions: [{ action: 'create', file_path: 'n', content: '' }],
        ...more,
      })
    expect(await start({ start_branch: 'main' })).toMatchObject({ status: 201, body: { parent_ids: [second] } })
    const exists = "A branch called 'side' already exists. Switch to that branch in order to make changes"
    expect(await start({ start_sha: first })).toMatchObject({ status: 400, body: { message: exists } })
    expect(await start({ start_sha: first, force: true })).toMatchObject({ status: 201, body: { parent_ids: [first] } })
    expect(await start({ branch: 'x', start_sha: 'main' })).toMatchObject({
      status: 400,
      body: { message: "Invalid start_sha 'main'" },
    })
    expect(await start({ branch: 'x', start_sha: 'a'.repeat(40) })).toMatchObject({
      status: 400,
      body: { message: `Cannot find start_sha '${'a'.repeat(40)}'` },
    })
    expect(await start({ branch: 'x', start_sha: first, start_branch: 'main' })).toMatchObject({
      status: 400,
      body: { error: 'start_branch, start_sha are mutually exclusive' },
    })
    const other = await aProject(server)
    expect(await start({ branch: 'x', start_branch: 'main', start_project: other.id })).toMatchObject({ status: 404 })
    await aMember(server, { project: other }, 'developer', { user: world.developer })
    expect(await start({ branch: 'x', start_branch: 'main', start_project: other.id })).toMatchObject({
      status: 403,
      body: { message: `403 Forbidden - Project is not included in the fork network for ${other.full_path}` },
    })
    expect(await findRef(world.repository, { type: 'branch', name: 'x' })).toBeNull()
  })

  it.each([
    ['no actions', { actions: undefined }, { error: 'actions is missing' }],
    ['actions that are none', { actions: 'create' }, { error: 'actions is invalid' }],
    [
      'an unknown action',
      { actions: [{ action: 'burn', file_path: 'a' }] },
      { error: 'actions[0][action] does not have a valid value' },
    ],
    ['no path', { actions: [{ action: 'create' }] }, { error: 'actions[0][file_path] is missing' }],
    [
      'an update without content',
      { actions: [{ action: 'update', file_path: 'a' }] },
      { error: 'actions[0][content] is missing' },
    ],
    [
      'a move from nowhere',
      { actions: [{ action: 'move', file_path: 'x' }] },
      { error: 'actions[0][previous_path] is missing' },
    ],
    [
      'a chmod to nothing',
      { actions: [{ action: 'chmod', file_path: 'a' }] },
      { error: 'actions[0][execute_filemode] is missing' },
    ],
    [
      'a move onto a file',
      { actions: [{ action: 'move', file_path: 'b', previous_path: 'a' }] },
      { message: 'A file with this name already exists' },
    ],
    [
      'a path out of the tree',
      { actions: [{ action: 'create', file_path: '../x' }] },
      { message: 'Path cannot include directory traversal' },
    ],
    ['an empty path', { actions: [{ action: 'create', file_path: '' }] }, { message: 'You must provide a file path' }],
    [
      'git itself',
      { actions: [{ action: 'create', file_path: 'x/.GIT/hooks/y' }] },
      { message: "invalid path: 'x/.GIT/hooks/y'" },
    ],
    [
      'one bad action among good ones',
      {
        actions: [
          { action: 'delete', file_path: 'a' },
          { action: 'delete', file_path: 'nope' },
        ],
      },
      { message: "A file with this name doesn't exist" },
    ],
    ['no branch', { branch: undefined }, { error: 'branch is missing' }],
    ['no message', { commit_message: undefined }, { error: 'commit_message is missing' }],
    ['a message that is too long', { commit_message: 'x'.repeat(200_001) }, { error: 'commit_message is invalid' }],
  ])('refuses %s and changes nothing', async (_, more, body) => {
    const before = await world.commit({ a: '1', b: '2' })
    const call = { branch: 'main', commit_message: 'm', actions: [{ action: 'create', file_path: 'n' }], ...more }
    expect(await world.api.post(`${world.base}/commits`, call)).toMatchObject({ status: 400, body })
    expect(await readCommit(world.repository, 'refs/heads/main')).toMatchObject({ sha: before })
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('takes forms with numbered and unnumbered actions', async () => {
    const form = new URLSearchParams({ branch: 'main', commit_message: 'm' })
    for (const [key, value] of [
      ['actions[][action]', 'create'],
      ['actions[][file_path]', 'a'],
      ['actions[][content]', '1'],
      ['actions[][action]', 'create'],
      ['actions[][file_path]', 'b'],
    ] as const) {
      form.append(key, value)
    }
    expect((await world.api.post(`${world.base}/commits`, form)).status).toBe(201)
    expect((await world.api.get<unknown[]>(`${world.base}/tree`)).body).toHaveLength(2)
  })

  it('is for those who may push', async () => {
    await world.commit({ a: '1' })
    const body = { branch: 'main', commit_message: 'm', actions: [{ action: 'create', file_path: 'n' }] }
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    const stranger = await aUser(server)
    expect((await server.api(reporter.token).post(`${world.base}/commits`, body)).status).toBe(403)
    expect((await server.api(stranger.token).post(`${world.base}/commits`, body)).status).toBe(404)
    expect((await server.api().post(`${world.base}/commits`, body)).status).toBe(401)
  })
})
