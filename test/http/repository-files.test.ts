import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recoverPushes } from '../../src/app/recover-pushes.ts'
import { readCommit } from '../../src/git/object-reader.ts'
import { isEmpty, readHead } from '../../src/git/refs.ts'
import { aMember, aToken, aUser } from '../helpers/builders.ts'
import {
  aRepositoryWorld,
  archiveProject,
  failingInserts,
  pipelinesOf,
  type RepositoryWorld,
  unsettled,
} from '../helpers/repository-world.ts'
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

const file = (path: string, ref?: string) =>
  `${world.base}/files/${encodeURIComponent(path)}${ref === undefined ? '' : `?ref=${encodeURIComponent(ref)}`}`
const change = (more: object = {}) => ({ branch: 'main', commit_message: 'Change', content: 'new\n', ...more })
const base64 = (text: string) => Buffer.from(text).toString('base64')
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('reading a file', () => {
  it('answers its content and everything GitLab tells of it', async () => {
    const first = await world.commit({ 'dir/ünï.sh': 'echo hi\n', other: 'x' })
    await world.api.post(`${world.base}/commits`, {
      branch: 'main',
      commit_message: 'Executable',
      actions: [{ action: 'chmod', file_path: 'dir/ünï.sh', execute_filemode: true }],
    })
    const head = await world.commit({ third: 'x' })
    const { status, body, headers } = await world.api.get<Record<string, unknown>>(file('dir/ünï.sh', 'main'))
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        file_name: 'ünï.sh',
        file_path: 'dir/ünï.sh',
        size: 8,
        encoding: 'base64',
        content: base64('echo hi\n'),
        content_sha256: sha256('echo hi\n'),
        ref: 'main',
        blob_id: expect.stringMatching(/^[0-9a-f]{40}$/),
        commit_id: head,
        last_commit_id: (await readCommit(world.repository, head))?.parents[0],
        execute_filemode: true,
      },
    })
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('x-gitlab-commit-id')).toBe(head)
    expect(Buffer.from(headers.get('x-gitlab-file-name') ?? '', 'latin1').toString()).toBe('ünï.sh')

    const old = await world.api.get(file('dir/ünï.sh', first))
    expect(old.body).toMatchObject({ commit_id: first, last_commit_id: first, execute_filemode: false })
  })

  it('answers the same headers to HEAD, without a body', async () => {
    await world.commit({ 'a.txt': 'hello' })
    const got = await world.api.get<{ last_commit_id: string }>(file('a.txt', 'HEAD'))
    const answer = await fetch(`${server.url}/api/v4${file('a.txt', 'HEAD')}`, {
      method: 'HEAD',
      headers: { 'private-token': world.developer.token },
    })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
    const names = [...answer.headers.keys()].filter((name) => name.startsWith('x-gitlab-'))
    expect(names.toSorted()).toEqual(
      ['blob-id', 'commit-id', 'content-sha256', 'encoding', 'execute-filemode', 'file-name', 'file-path']
        .concat(['last-commit-id', 'ref', 'size'])
        .map((name) => `x-gitlab-${name}`),
    )
    expect(answer.headers.get('x-gitlab-last-commit-id')).toBe(got.body.last_commit_id)
    expect(answer.headers.get('x-gitlab-content-sha256')).toBe(sha256('hello'))
    expect(answer.headers.get('x-gitlab-size')).toBe('5')
    const missing = await fetch(`${server.url}/api/v4${file('b.txt', 'HEAD')}`, {
      method: 'HEAD',
      headers: { 'private-token': world.developer.token },
    })
    expect(missing.status).toBe(404)
  })

  it('answers the bytes as they are, from the default branch, and never as a page', async () => {
    const html = '<script>alert(1)</script>'
    await world.commit({ 'page.html': html })
    const path = `${world.base}/files/page.html/raw`
    const { status, body, headers } = await world.api.get(path)
    expect({ status, body }).toEqual({ status: 200, body: html })
    expect(headers.get('content-type')).toBe('text/plain')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-disposition')).toBe(`inline; filename="page.html"; filename*=UTF-8''page.html`)
    expect(headers.get('x-gitlab-content-sha256')).toBe(sha256(html))
    expect((await world.api.get(`${path}?ref=nope`)).body).toEqual({ message: '404 Commit Not Found' })
  })

  it('streams a file that is larger than what is read whole', async () => {
    const bytes = Buffer.alloc(2_500_000, 'large')
    await world.api.post(file('big'), change({ content: bytes.toString('base64'), encoding: 'base64' }))
    const answer = await fetch(`${server.url}/api/v4${world.base}/files/big/raw`, {
      headers: { 'private-token': world.developer.token },
    })
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(bytes))
    expect(answer.headers.get('x-gitlab-content-sha256')).toBe(sha256(bytes))
    expect(answer.headers.get('content-length')).toBe('2500000')
    const got = await world.api.get<{ content: string }>(file('big', 'main'))
    expect(Buffer.from(got.body.content, 'base64').equals(bytes)).toBe(true)
  })

  it.each([
    ['a file that is not there', 'nope', 'main', 404, { message: '404 File Not Found' }],
    ['a directory', 'dir', 'main', 404, { message: '404 File Not Found' }],
    ['a ref that is not there', 'dir/a', 'nope', 404, { message: '404 Commit Not Found' }],
    ['a ref that is an option', 'dir/a', '--all', 404, { message: '404 Commit Not Found' }],
    ['no ref', 'dir/a', undefined, 400, { error: 'ref is missing' }],
    ['an empty ref', 'dir/a', '', 400, { error: 'ref is empty' }],
    ['a path out of the repository', '../x', 'main', 400, { error: 'file_path should be a valid file path' }],
    ['an absolute path', '/dir/a', 'main', 400, { error: 'file_path should be a valid file path' }],
    ['a path with a line feed', 'dir/a\n', 'main', 404, { message: '404 File Not Found' }],
  ])('refuses %s', async (_, path, ref, status, body) => {
    await world.commit({ 'dir/a': 'x' })
    expect(await world.api.get(file(path, ref))).toMatchObject({ status, body })
  })

  it('answers 404 in a repository without commits, and when the repository is gone', async () => {
    expect((await world.api.get(file('a', 'main'))).body).toEqual({ message: '404 Commit Not Found' })
    await server.app.repositories.remove(world.project.id)
    expect(await world.api.get(file('a', 'main'))).toMatchObject({
      status: 404,
      body: { message: '404 Repository Not Found' },
    })
  })
})

describe('writing a file', () => {
  it('creates, updates and deletes it, each in a commit of its own', async () => {
    const made = await world.api.post(file('dir/a.txt'), change({ commit_message: 'Add it' }))
    expect(made).toMatchObject({ status: 201, body: { file_path: 'dir/a.txt', branch: 'main' } })
    const first = await readCommit(world.repository, 'refs/heads/main')
    expect(first).toMatchObject({
      message: 'Add it',
      parents: [],
      author: { name: 'Ada Example', email: world.developer.email },
      committer: { name: 'Ada Example', email: world.developer.email },
    })

    const encoded = change({ content: base64('from base64'), encoding: 'base64', execute_filemode: true })
    const author = { author_name: 'Zoë', author_email: 'zoe@example.com' }
    const updated = await world.api.put(file('dir/a.txt'), { ...encoded, ...author })
    expect(updated).toMatchObject({ status: 200, body: { file_path: 'dir/a.txt', branch: 'main' } })
    const got = await world.api.get(file('dir/a.txt', 'main'))
    expect(got.body).toMatchObject({ content: base64('from base64'), execute_filemode: true })
    expect(await readCommit(world.repository, 'refs/heads/main')).toMatchObject({
      parents: [first?.sha],
      author: { name: 'Zoë', email: 'zoe@example.com' },
      committer: { name: 'Ada Example' },
    })

    const deleted = await world.api.delete(file('dir/a.txt'), { branch: 'main', commit_message: 'Away' })
    expect(deleted).toMatchObject({ status: 204, body: null })
    expect((await world.api.get(file('dir/a.txt', 'main'))).status).toBe(404)
  })

  it('reads forms as GitLab does', async () => {
    const form = new URLSearchParams({
      branch: 'main',
      commit_message: 'm',
      content: 'a=1&b\n',
      execute_filemode: 'true',
    })
    expect((await world.api.post(file('f'), form)).status).toBe(201)
    expect((await world.api.get(file('f', 'main'))).body).toMatchObject({
      content: base64('a=1&b\n'),
      execute_filemode: true,
    })
  })

  it('makes a new branch from another one', async () => {
    const first = await world.commit({ a: '1' })
    const made = await world.api.post(file('b'), change({ branch: 'feature/x', start_branch: 'main' }))
    expect(made).toMatchObject({ status: 201, body: { branch: 'feature/x' } })
    expect(await readCommit(world.repository, 'refs/heads/feature/x')).toMatchObject({ parents: [first] })
    expect((await world.api.get(file('b', 'main'))).status).toBe(404)
  })

  it('goes on where the caller left off, and refuses when the file has changed meanwhile', async () => {
    const first = await world.commit({ a: '1', b: '1' })
    await world.api.put(file('b'), change())
    // Another file changed: that is no reason.
    expect((await world.api.put(file('a'), change({ last_commit_id: first }))).status).toBe(200)
    const late = await world.api.put(file('a'), change({ last_commit_id: first, content: 'late' }))
    const sentence = 'You are attempting to update a file that has changed since you started editing it.'
    expect(late).toMatchObject({ status: 400, body: { message: sentence } })
    const removal = { branch: 'main', commit_message: 'm', last_commit_id: first }
    expect(await world.api.delete(file('a'), removal)).toMatchObject({ status: 400, body: { message: sentence } })
    expect((await world.api.get(file('a', 'main'))).body).toMatchObject({ content: base64('new\n') })
  })

  it.each([
    ['POST', 'a', {}, 400, { message: 'A file with this name already exists' }],
    ['POST', 'dir', {}, 400, { message: 'A directory with this name already exists' }],
    ['POST', 'a/b', {}, 400, { message: 'A file with this name already exists' }],
    ['POST', '.git/config', {}, 400, { message: "invalid path: '.git/config'" }],
    ['PUT', 'nope', {}, 400, { message: "A file with this name doesn't exist" }],
    ['DELETE', 'nope', {}, 400, { message: "A file with this name doesn't exist" }],
    ['POST', 'n', { branch: 'x' }, 400, { message: 'You can only create or edit files when you are on a branch' }],
    ['POST', 'n', { branch: 'x', start_branch: 'y' }, 400, { message: /^You can only create or edit files/ }],
    ['POST', 'n', { branch: 'a..b', start_branch: 'main' }, 400, { message: 'Branch name is invalid' }],
    ['POST', 'n', { branch: 'other', start_branch: 'main' }, 400, { message: /^A branch called 'other' already/ }],
    ['POST', '../n', {}, 400, { error: 'file_path should be a valid file path' }],
    ['POST', 'n', { branch: '' }, 400, { error: 'branch is empty' }],
    ['POST', 'n', { commit_message: undefined }, 400, { error: 'commit_message is missing' }],
    ['POST', 'n', { content: undefined }, 400, { error: 'content is missing' }],
    ['PUT', 'a', { encoding: 'rot13' }, 400, { error: 'encoding does not have a valid value' }],
  ] as const)('refuses %s %s with %j and changes nothing', async (method, path, more, status, body) => {
    const before = await world.commit({ a: '1', 'dir/b': '2' })
    await world.api.post(`${world.base}/branches`, { branch: 'other', ref: 'main' })
    const verb = { POST: 'post', PUT: 'put', DELETE: 'delete' } as const
    const answer = await world.api[verb[method]]<Record<string, string>>(file(path), change(more))
    expect(answer.status).toBe(status)
    const [[key, value] = ['', '']] = Object.entries(body)
    expect(answer.body).toEqual({ [key]: value instanceof RegExp ? expect.stringMatching(value) : value })
    expect(await readCommit(world.repository, 'refs/heads/main')).toMatchObject({ sha: before })
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('answers 413 to a body larger than any the API takes', async () => {
    const answer = await world.api.post(file('big'), change({ content: 'x'.repeat(4_300_000) }))
    expect(answer).toMatchObject({ status: 413, body: { message: '413 Request Entity Too Large' } })
  })
})

describe('a write is a push', () => {
  const config = 'build:\n  script: make\n'

  it('creates its pipeline exactly once, with the commit before it', async () => {
    const { sha } = (await firstCommit()) ?? { sha: '' }
    await world.api.post(file('.gitlab-ci.yml'), change({ content: config }))
    const [pipeline, ...more] = await pipelinesOf(server, world.project)
    expect(more).toEqual([])
    expect(pipeline).toMatchObject({
      ref: 'main',
      tag: false,
      source: 'push',
      before_sha: sha,
      sha: (await readCommit(world.repository, 'refs/heads/main'))?.sha,
      user_id: world.developer.id,
    })
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('creates a skipped one when the message says so', async () => {
    await world.api.post(file('.gitlab-ci.yml'), change({ content: config, commit_message: 'Later [skip ci]' }))
    expect(await pipelinesOf(server, world.project)).toMatchObject([{ status: 'skipped' }])
  })

  it('loses the race for a branch without a trace', async () => {
    await world.commit({ '.gitlab-ci.yml': config })
    const answers = await Promise.all(['x', 'y', 'z'].map((path) => world.api.post(file(path), change())))
    const won = answers.filter(({ status }) => status === 201).length
    expect(won).toBeGreaterThanOrEqual(1)
    for (const { status, body } of answers.filter(({ status }) => status !== 201)) {
      expect({ status, body }).toEqual({
        status: 400,
        body: { message: 'Could not update refs/heads/main. Please refresh and try again.' },
      })
    }
    expect(await pipelinesOf(server, world.project)).toHaveLength(1 + won)
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('has its pipeline later when it cannot be saved now, and has not failed for it', async () => {
    const repair = await failingInserts(server, 'pipelines')
    const made = await world.api.post(file('.gitlab-ci.yml'), change({ content: config }))
    await repair()
    expect([made.status, await unsettled(server, world.project)]).toEqual([201, 1])
    await recoverPushes(server.app, 0)
    expect(await pipelinesOf(server, world.project)).toMatchObject([
      { sha: (await readCommit(world.repository, 'refs/heads/main'))?.sha, status: 'pending' },
    ])
  })

  it('changes nothing when it cannot be noted first', async () => {
    const repair = await failingInserts(server, 'pushes')
    const answers = [
      await world.api.post(file('.gitlab-ci.yml'), change({ content: config })),
      await world.api.post(`${world.base}/branches`, { branch: 'x', ref: 'main' }),
    ]
    await repair()
    expect(answers.map(({ status }) => status)).toEqual([500, 500])
    expect(await isEmpty(world.repository)).toBe(true)
  })

  it('makes the first branch of an empty repository the default one, on record', async () => {
    await world.api.post(file('README.md'), change({ branch: 'trunk' }))
    const { default_branch } = await server.db
      .selectFrom('projects')
      .select('default_branch')
      .where('id', '=', world.project.id)
      .executeTakeFirstOrThrow()
    expect(default_branch).toBe('trunk')
    expect(await readHead(world.repository)).toBe('trunk')
    const events = await server.db
      .selectFrom('audit_events')
      .select(['event_name', 'author_id', 'details'])
      .where('entity_type', '=', 'Project')
      .where('entity_id', '=', world.project.id)
      .execute()
    expect(events).toMatchObject([
      {
        event_name: 'project_default_branch_updated',
        author_id: world.developer.id,
        details: { from: 'main', to: 'trunk' },
      },
    ])
    // A second branch changes nothing any more.
    await world.api.post(file('b'), change({ branch: 'main', start_branch: 'trunk' }))
    expect(await readHead(world.repository)).toBe('trunk')
  })

  async function firstCommit() {
    await world.commit({ a: '1' })
    return readCommit(world.repository, 'refs/heads/main')
  }
})

describe('who may', () => {
  const roles = ['guest', 'planner', 'reporter', 'developer', 'maintainer', 'owner'] as const
  const expected = {
    guest: [403, 403],
    planner: [403, 403],
    reporter: [200, 403],
    developer: [200, 201],
    maintainer: [200, 201],
    owner: [200, 201],
  } as const

  it.each(roles)('%s reads and writes in a private project', async (role) => {
    await world.commit({ a: '1' })
    const person = await aMember(server, { project: world.project }, role)
    const api = server.api(person.token)
    const statuses = [(await api.get(file('a', 'main'))).status, (await api.post(file('n'), change())).status]
    expect(statuses).toEqual(expected[role])
  })

  it('strangers and nobody find no private project, and read a public one', async () => {
    await world.commit({ a: '1' })
    const open = await aRepositoryWorld(server, { visibility: 'public' })
    await open.commit({ a: '1' })
    const stranger = server.api((await aUser(server)).token)
    for (const api of [stranger, server.api()]) {
      expect(await api.get(file('a', 'main'))).toMatchObject({
        status: 404,
        body: { message: '404 Project Not Found' },
      })
      expect((await api.get(`${open.base}/files/a?ref=main`)).status).toBe(200)
    }
    expect((await stranger.post(file('n'), change())).status).toBe(404)
    expect((await stranger.post(`${open.base}/files/n`, change())).status).toBe(403)
    expect((await server.api().post(`${open.base}/files/n`, change())).status).toBe(401)
  })

  it.each([
    ['api', 200, 201],
    ['read_api', 200, 403],
    ['read_repository', 200, 403],
    ['write_repository', 403, 403],
    ['read_user', 403, 403],
  ])('a token of scope %s', async (scope, reads, writes) => {
    await world.commit({ a: '1' })
    const api = server.api((await aToken(server, world.developer, [scope])).token)
    expect((await api.get(file('a', 'main'))).status).toBe(reads)
    expect((await api.post(file('n'), change())).status).toBe(writes)
  })

  it('nobody writes to an archived project', async () => {
    await world.commit({ a: '1' })
    await archiveProject(server, world.project)
    expect((await world.api.get(file('a', 'main'))).status).toBe(200)
    expect((await world.api.post(file('n'), change())).status).toBe(403)
  })
})
