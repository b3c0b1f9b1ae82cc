import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nextLink } from '../../src/contract/client.ts'
import { commitActions } from '../../src/git/commit-writer.ts'
import { readTag } from '../../src/git/object-reader.ts'
import { createRef, findRef, readHead } from '../../src/git/refs.ts'
import { aMember, aUser } from '../helpers/builders.ts'
import {
  aRepositoryWorld,
  aRunningJob,
  endJobs,
  pipelinesOf,
  type RepositoryWorld,
  unsettled,
} from '../helpers/repository-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

const run = promisify(execFile)

let server: TestServer
let world: RepositoryWorld
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aRepositoryWorld(server)
})

interface Named {
  readonly name: string
}
const names = async (path: string) =>
  (await world.api.get<Named[]>(`${world.base}/${path}`)).body.map(({ name }) => name)

describe('branches', () => {
  const create = (branch: string, ref = 'main') => world.api.post<Named>(`${world.base}/branches`, { branch, ref })

  it('tell their commit, what they are, and what the caller may do', async () => {
    const first = await world.commit({ a: '1' })
    await create('merged/one')
    const second = await world.commit({ b: '1' })
    await create('same')
    await world.commit({ c: '1' }, { branch: 'ahead', start_branch: 'main' })
    const { body } = await world.api.get<Named[]>(`${world.base}/branches`)
    const url = `${server.url}/${world.project.full_path}/-/tree`
    const plain = { merged: false, protected: false, developers_can_push: false, developers_can_merge: false }
    expect(body).toMatchObject([
      { name: 'ahead', ...plain, default: false, can_push: true, web_url: `${url}/ahead` },
      {
        name: 'main',
        commit: { id: second, title: 'Commit 2' },
        merged: false,
        protected: true,
        developers_can_push: true,
        developers_can_merge: true,
        can_push: true,
        default: true,
        web_url: `${url}/main`,
      },
      { name: 'merged/one', commit: { id: first }, ...plain, merged: true, web_url: `${url}/merged/one` },
      { name: 'same', commit: { id: second }, ...plain },
    ])
    const one = await world.api.get(`${world.base}/branches/merged%2Fone`)
    expect(one).toMatchObject({ status: 200, body: body[2] })
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    const shown = await server.api(reporter.token).get(`${world.base}/branches/main`)
    expect(shown.body).toMatchObject({ can_push: false, protected: true })
  })

  it('are searched, sorted and paged', async () => {
    await world.commit({ a: '1' })
    for (const name of ['feature/a', 'Feature/b', 'v1.0-rc', 'mainline']) await create(name)
    expect(await names('branches')).toEqual(['Feature/b', 'feature/a', 'main', 'mainline', 'v1.0-rc'])
    // Whoever types the whole name means it.
    expect(await names('branches?search=main')).toEqual(['main', 'mainline'])
    expect(await names('branches?search=^feature')).toEqual(['Feature/b', 'feature/a'])
    expect(await names('branches?search=e%24')).toEqual(['mainline'])
    expect(await names('branches?search=^v*rc%24')).toEqual(['v1.0-rc'])
    expect(await names('branches?search=^main%24')).toEqual(['main'])
    expect(await names('branches?search=f*b')).toEqual(['Feature/b'])
    expect(await names(`branches?regex=${encodeURIComponent('^(v\\d|main$)')}`)).toEqual(['main', 'v1.0-rc'])
    expect(await world.api.get(`${world.base}/branches?regex=${encodeURIComponent('(')}`)).toMatchObject({
      status: 400,
      body: { message: 'Regex is invalid' },
    })
    const page = await world.api.get<Named[]>(`${world.base}/branches?per_page=2&page=2`)
    expect(page.body.map(({ name }) => name)).toEqual(['main', 'mainline'])
    expect([page.headers.get('x-total'), page.headers.get('x-next-page')]).toEqual(['5', '3'])
    expect(await world.api.get(`${world.base}/branches?sort=random`)).toMatchObject({ status: 400 })
  })

  it('are sorted by their commits', async () => {
    const at = async (branch: string, day: number, start?: string) => {
      const person = { name: 'A', email: 'a@example.com', date: new Date(Date.UTC(2026, 0, day)) }
      await commitActions(world.repository, {
        branch,
        ...(start ? { startBranch: start } : {}),
        message: 'm',
        author: person,
        committer: person,
        actions: [],
      })
    }
    await at('main', 2)
    await at('newest', 3, 'main')
    await at('middle', 1, 'main')
    expect(await names('branches?sort=updated_desc')).toEqual(['newest', 'main', 'middle'])
    expect(await names('branches?sort=updated_asc')).toEqual(['middle', 'main', 'newest'])
  })

  it('are created at a branch, tag or commit, with a pipeline', async () => {
    const config = 'build:\n  script: make\n'
    const first = await world.commit({ '.gitlab-ci.yml': config })
    await world.commit({ b: '1' })
    const made = await create('feature/x', first.slice(0, 8))
    expect(made).toMatchObject({ status: 201, body: { name: 'feature/x', commit: { id: first }, default: false } })
    const pipelines = await pipelinesOf(server, world.project)
    expect(pipelines.filter(({ ref }) => ref === 'feature/x')).toMatchObject([
      { sha: first, before_sha: '0'.repeat(40), source: 'push', tag: false },
    ])
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it.each([
    ['main', 'main', 'Branch already exists'],
    ['a..b', 'main', 'Branch name is invalid'],
    ['-x', 'main', 'Branch name is invalid'],
    ['refs/heads/x', 'main', 'Branch name is invalid'],
    ['a'.repeat(40), 'main', 'Branch name is invalid'],
    ['x', 'nope', "Failed to create branch 'x': invalid reference name 'nope'"],
    ['main/x', 'main', "Failed to create branch 'main/x': Branch name conflicts with existing branch hierarchy."],
  ])('are not created as %s at %s', async (branch, ref, message) => {
    await world.commit({ a: '1' })
    expect(await create(branch, ref)).toMatchObject({ status: 400, body: { message } })
    expect(await names('branches')).toEqual(['main'])
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('start with a README where there was nothing', async () => {
    expect(await create('feature')).toMatchObject({ status: 201, body: { name: 'feature' } })
    expect(await names('branches')).toEqual(['feature', 'main'])
    expect(await names('tree')).toEqual(['README.md'])
    expect(await readHead(world.repository)).toBe('main')
  })

  it('are deleted, but for the default one', async () => {
    await world.commit({ '.gitlab-ci.yml': 'build:\n  script: make\n' })
    await create('gone/soon')
    const before = await pipelinesOf(server, world.project)
    expect(await world.api.delete(`${world.base}/branches/gone%2Fsoon`)).toMatchObject({ status: 204, body: null })
    expect(await names('branches')).toEqual(['main'])
    expect(await world.api.delete(`${world.base}/branches/gone%2Fsoon`)).toMatchObject({
      status: 404,
      body: { message: '404 Branch Not Found' },
    })
    expect(await world.api.delete(`${world.base}/branches/main`)).toMatchObject({
      status: 400,
      body: { message: 'The default branch of a project cannot be deleted.' },
    })
    expect(await names('branches')).toEqual(['main'])
    expect(await pipelinesOf(server, world.project)).toEqual(before)
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('that are not there answer 404', async () => {
    await world.commit({ a: '1' })
    await world.api.post(`${world.base}/tags`, { tag_name: 'v1', ref: 'main' })
    for (const name of ['nope', 'v1', 'HEAD', 'refs/heads/main', '--all']) {
      expect(await world.api.get(`${world.base}/branches/${encodeURIComponent(name)}`)).toMatchObject({
        status: 404,
        body: { message: '404 Branch Not Found' },
      })
    }
  })
})

describe('tags', () => {
  const create = (more: object) => world.api.post<Named>(`${world.base}/tags`, { tag_name: 'v1', ref: 'main', ...more })

  it('are annotated when they have a message', async () => {
    const sha = await world.commit({ a: '1' })
    const light = await create({ tag_name: 'light' })
    expect(light).toMatchObject({ status: 201 })
    expect(light.body).toEqual({
      name: 'light',
      message: '',
      target: sha,
      commit: expect.objectContaining({ id: sha }),
      release: null,
      protected: false,
      created_at: null,
    })
    const annotated = await create({ message: '  Release 1\n\nNotes\n' })
    const ref = await findRef(world.repository, { type: 'tag', name: 'v1' })
    expect(annotated.body).toMatchObject({ message: 'Release 1\n\nNotes', target: ref?.target, commit: { id: sha } })
    expect(ref?.target).not.toBe(sha)
    expect(await readTag(world.repository, 'v1')).toMatchObject({
      name: 'v1',
      target: { sha, type: 'commit' },
      tagger: { name: 'Ada Example', email: world.developer.email },
      message: 'Release 1\n\nNotes\n',
    })
    expect((await world.api.get(`${world.base}/tags/v1`)).body).toEqual(annotated.body)
    expect((await run('git', ['-c', 'safe.directory=*', '-C', world.repository.path, 'fsck', '--strict'])).stderr).toBe(
      '',
    )
  })

  it('T9 get a pipeline of their own, which is a tag even where a branch has the name', async () => {
    const sha = await world.commit({ '.gitlab-ci.yml': 'build:\n  script: make\n' })
    await create({ tag_name: 'main', message: 'Like the branch' })
    const [branch, tag, ...more] = await pipelinesOf(server, world.project)
    expect(more).toEqual([])
    expect(branch).toMatchObject({ ref: 'main', tag: false, sha })
    expect(tag).toMatchObject({ ref: 'main', tag: true, sha })
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('are listed by date, name or version, and searched', async () => {
    await world.commit({ a: '1' })
    for (const tag_name of ['v1.10.0', 'v1.9.0', 'other']) await create({ tag_name })
    expect(await names('tags?order_by=name&sort=asc')).toEqual(['other', 'v1.10.0', 'v1.9.0'])
    expect(await names('tags?order_by=version&sort=desc&search=^v')).toEqual(['v1.10.0', 'v1.9.0'])
    expect(await names('tags?order_by=version&sort=asc&search=^v')).toEqual(['v1.9.0', 'v1.10.0'])
    expect((await names('tags')).toSorted()).toEqual(['other', 'v1.10.0', 'v1.9.0'])
    const page = await world.api.get<Named[]>(`${world.base}/tags?order_by=name&sort=asc&per_page=1&page=3`)
    expect(page.body.map(({ name }) => name)).toEqual(['v1.9.0'])
    expect(page.headers.get('x-total')).toBe('3')
  })

  it('of something else than a commit have none', async () => {
    await world.commit({ a: '1' })
    const [{ id: blob } = { id: '' }] = (await world.api.get<{ id: string }[]>(`${world.base}/tree`)).body
    await run('git', ['-c', 'safe.directory=*', '-C', world.repository.path, 'update-ref', 'refs/tags/blob', blob])
    expect((await world.api.get(`${world.base}/tags/blob`)).body).toMatchObject({ target: blob, commit: null })
  })

  it.each([
    [{ ref: '' }, 'Target is empty'],
    [{ ref: 'nope' }, 'Target nope is invalid'],
    [{ tag_name: 'a b' }, 'Tag name invalid'],
    [{ tag_name: '' }, 'Tag name invalid'],
    [{ tag_name: 'taken' }, 'Tag taken already exists'],
    [{ tag_name: 'taken/x' }, 'Tag name invalid'],
  ])('are not created from %j', async (more, message) => {
    await world.commit({ a: '1' })
    await create({ tag_name: 'taken' })
    expect(await create(more)).toMatchObject({ status: 400, body: { message } })
    expect(await names('tags')).toEqual(['taken'])
    expect(await unsettled(server, world.project)).toBe(0)
  })

  it('are deleted', async () => {
    await world.commit({ a: '1' })
    await create({ message: 'm' })
    expect(await world.api.delete(`${world.base}/tags/v1`)).toMatchObject({ status: 204, body: null })
    expect(await world.api.delete(`${world.base}/tags/v1`)).toMatchObject({
      status: 404,
      body: { message: '404 Tag Not Found' },
    })
    expect(await world.api.get(`${world.base}/tags/v1`)).toMatchObject({ status: 404 })
  })
})

describe('trees', () => {
  const files = { 'b.txt': 'b', 'a/one': '1', 'a/deep/two': '2', 'z/three': '3' }

  it('list a directory: directories first', async () => {
    const sha = await world.commit(files)
    const { body, headers } = await world.api.get<{ id: string }[]>(`${world.base}/tree`)
    expect(body).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{40}$/), name: 'a', type: 'tree', path: 'a', mode: '040000' },
      { id: expect.any(String), name: 'z', type: 'tree', path: 'z', mode: '040000' },
      { id: expect.any(String), name: 'b.txt', type: 'blob', path: 'b.txt', mode: '100644' },
    ])
    expect(headers.get('x-total')).toBe('3')
    expect(await names(`tree?path=a&ref=${sha}`)).toEqual(['deep', 'one'])
    expect(await names('tree?path=/a/deep/')).toEqual(['two'])
    const all = await world.api.get<{ path: string }[]>(`${world.base}/tree?recursive=true`)
    expect(all.body.map(({ path }) => path)).toEqual(['a', 'a/deep', 'z', 'a/deep/two', 'a/one', 'b.txt', 'z/three'])
  })

  it('are paged by number, by the entry before, or not at all', async () => {
    await world.commit(files)
    expect(await names('tree?recursive=true&per_page=3&page=2')).toEqual(['two', 'one', 'b.txt'])
    const seen: string[] = []
    let next: string | null = `${world.base}/tree?recursive=true&pagination=keyset&per_page=3`
    for (let pages = 0; next !== null; pages += 1) {
      expect(pages).toBeLessThan(3)
      const page: { body: { path: string }[]; headers: Headers } = await world.api.get(next)
      expect(page.headers.get('x-total')).toBeNull()
      seen.push(...page.body.map(({ path }) => path))
      const link = nextLink(page.headers.get('link'))
      next = link === null ? null : new URL(link).pathname.replace('/api/v4', '') + new URL(link).search
    }
    expect(seen).toEqual(['a', 'a/deep', 'z', 'a/deep/two', 'a/one', 'b.txt', 'z/three'])
    expect(await names('tree?recursive=true&pagination=none&per_page=1')).toHaveLength(7)
    expect(await world.api.get(`${world.base}/tree?pagination=none`)).toMatchObject({
      status: 400,
      body: { error: 'pagination cannot be "none" unless "recursive" is true' },
    })
    expect(await world.api.get(`${world.base}/tree?pagination=keyset&page_token=nope`)).toMatchObject({ status: 400 })
  })

  it.each([
    ['?ref=nope', '404 Tree Not Found'],
    ['?path=nope', '404 invalid revision or path Not Found'],
    ['?path=b.txt', '404 invalid revision or path Not Found'],
    ['?path=../x', '404 invalid revision or path Not Found'],
    ['?path=nope&recursive=true', '404 invalid revision or path Not Found'],
  ])('answer 404 to %s', async (query, message) => {
    await world.commit(files)
    expect(await world.api.get(`${world.base}/tree${query}`)).toMatchObject({ status: 404, body: { message } })
  })

  it('answer 404 in a repository without commits', async () => {
    expect(await world.api.get(`${world.base}/tree`)).toMatchObject({
      status: 404,
      body: { message: '404 Tree Not Found' },
    })
  })
})

it('answers a blob by its id, encoded and raw', async () => {
  await world.commit({ a: 'hello\n' })
  const [{ id } = { id: '' }] = (await world.api.get<{ id: string }[]>(`${world.base}/tree`)).body
  const blob = await world.api.get(`${world.base}/blobs/${id}`)
  expect(blob.body).toEqual({
    size: 6,
    encoding: 'base64',
    content: Buffer.from('hello\n').toString('base64'),
    sha: id,
  })
  const raw = await world.api.get(`${world.base}/blobs/${id}/raw`)
  expect([raw.body, raw.headers.get('content-type')]).toEqual(['hello\n', 'text/plain'])
  const commit = (await findRef(world.repository, { type: 'branch', name: 'main' }))?.commit ?? ''
  for (const sha of [commit, 'a'.repeat(40), 'main', 'main:a', id.slice(0, 10)]) {
    for (const path of [sha, `${sha}/raw`]) {
      expect(await world.api.get(`${world.base}/blobs/${path}`)).toMatchObject({
        status: 404,
        body: { message: '404 Blob Not Found' },
      })
    }
  }
})

describe('comparing', () => {
  const compare = (query: string) => world.api.get(`${world.base}/compare?${query}`)

  it('shows what one side has that the other has not', async () => {
    const first = await world.commit({ a: '1\n' })
    await world.commit({ side: 's\n' }, { branch: 'side', start_branch: 'main' })
    const second = await world.commit({ b: '2\n' })
    const third = await world.commit({ c: '3\n' })
    const { body } = await compare('from=side&to=main')
    expect(body).toMatchObject({
      commit: { id: third },
      commits: [{ id: second }, { id: third }],
      diffs: [{ new_path: 'b', diff: '@@ -0,0 +1 @@\n+2\n' }, { new_path: 'c' }],
      compare_timeout: false,
      compare_same_ref: false,
    })
    const straight = await compare('from=side&to=main&straight=true&unidiff=true')
    expect(straight.body).toMatchObject({
      diffs: [
        { new_path: 'b', diff: '--- /dev/null\n+++ b/b\n@@ -0,0 +1 @@\n+2\n' },
        { new_path: 'c' },
        { old_path: 'side', deleted_file: true },
      ],
    })
    const same = await compare(`from=${first}&to=main~2`)
    expect(same.body).toEqual({
      commit: null,
      commits: [],
      diffs: [],
      compare_timeout: false,
      compare_same_ref: true,
      web_url: `${server.url}/${world.project.full_path}/-/compare/${first}...${first}`,
    })
  })

  it('refuses what cannot be compared', async () => {
    await world.commit({ a: '1' })
    expect(await compare('from=main&to=nope')).toMatchObject({ status: 404, body: { message: '404 Ref Not Found' } })
    expect(await compare('from=nope&to=main')).toMatchObject({ status: 404, body: { message: '404 Ref Not Found' } })
    expect(await compare('from=main')).toMatchObject({ status: 400, body: { error: 'to is missing' } })
    expect(await compare('from=main&to=main&from_project_id=999999')).toMatchObject({
      status: 400,
      body: { message: `Target project id:999999 is not a fork of project id:${world.project.id}` },
    })
  })
})

it('finds where histories part', async () => {
  const first = await world.commit({ a: '1' })
  await world.commit({ b: '1' }, { branch: 'one', start_branch: 'main' })
  await world.commit({ c: '1' }, { branch: 'two', start_branch: 'main' })
  await world.commit({ d: '1' })
  const base = (query: string) => world.api.get(`${world.base}/merge_base?${query}`)
  expect(await base('refs[]=main&refs[]=one&refs[]=two')).toMatchObject({ status: 200, body: { id: first } })
  expect(await base('refs=main,one')).toMatchObject({ status: 200, body: { id: first } })
  expect(await base('refs[]=main')).toMatchObject({ status: 400, body: { message: 'Provide at least 2 refs' } })
  expect(await base('refs[]=main&refs[]=x')).toMatchObject({ status: 400, body: { message: 'Could not find ref: x' } })
  expect(await base('refs[]=y&refs[]=x')).toMatchObject({ status: 400, body: { message: 'Could not find refs: y, x' } })
  expect(await base('')).toMatchObject({ status: 400, body: { error: 'refs is missing' } })
  const person = { name: 'A', email: 'a@example.com' }
  const other = await aRepositoryWorld(server)
  const island = await commitActions(other.repository, {
    branch: 'main',
    message: 'An island',
    author: person,
    committer: person,
    actions: [],
  })
  if (!island.ok) throw new Error(island.error.message)
  await run('git', [
    '-c',
    'safe.directory=*',
    '-C',
    world.repository.path,
    'fetch',
    '-q',
    other.repository.path,
    'main',
  ])
  await createRef(world.repository, { type: 'branch', name: 'island' }, island.value.sha)
  expect(await base('refs[]=main&refs[]=island')).toMatchObject({
    status: 404,
    body: { message: '404 Merge Base Not Found' },
  })
})

describe('archives', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'countersign-archive-'))
    return () => rm(dir, { recursive: true, force: true })
  })

  const download = async (path: string) => {
    const response = await fetch(`${server.url}/api/v4${world.base}/${path}`, {
      headers: { 'private-token': world.developer.token },
    })
    return { response, bytes: Buffer.from(await response.arrayBuffer()) }
  }

  it.each(['archive', 'archive.tar.gz', 'archive.tgz', 'archive.tar', 'archive?format=tar'])(
    'unpack to one directory: %s',
    async (path) => {
      const sha = await world.commit({ 'dir/a.txt': 'hello', b: 'x' })
      const { response, bytes } = await download(path)
      const name = `${world.project.path}-main-${sha}`
      const ending = path.endsWith('tar') ? 'tar' : 'tar.gz'
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/octet-stream')
      expect(response.headers.get('content-disposition')).toContain(`attachment; filename="${name}.${ending}"`)
      await writeFile(join(dir, 'it'), bytes)
      await run('tar', ['-xf', join(dir, 'it'), '-C', dir])
      expect(await readFile(join(dir, name, 'dir/a.txt'), 'utf8')).toBe('hello')
      expect((await readdir(join(dir, name))).toSorted()).toEqual(['b', 'dir'])
    },
  )

  it('hold one directory of another commit, also as zip', async () => {
    const first = await world.commit({ 'dir/sub/a.txt': 'hello', b: 'x' })
    await world.commit({ 'dir/sub/new': 'x' })
    const { response, bytes } = await download(`archive.tar?sha=main~1&path=dir/sub`)
    const name = `${world.project.path}-main~1-${first}-dir-sub`
    expect(response.headers.get('content-disposition')).toContain(`filename="${name}.tar"`)
    await writeFile(join(dir, 'it'), bytes)
    const { stdout } = await run('tar', ['-tf', join(dir, 'it')])
    expect(stdout.split('\n').filter((entry) => entry !== '' && !entry.endsWith('/'))).toEqual([
      `${name}/dir/sub/a.txt`,
    ])
    const zip = await download('archive.zip')
    expect(zip.response.headers.get('content-type')).toBe('application/zip')
    expect(zip.bytes.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004')
  })

  it.each(['archive.rar', 'archive.tar.bz2', 'archive?sha=nope', 'archive?path=nope', 'archive?path=../x'])(
    'that cannot be made answer 404: %s',
    async (path) => {
      await world.commit({ a: '1' })
      const { response, bytes } = await download(path)
      expect([response.status, JSON.parse(bytes.toString())]).toEqual([404, { message: '404 File Not Found' }])
    },
  )

  it('answer HEAD without being made', async () => {
    await world.commit({ a: '1' })
    const response = await fetch(`${server.url}/api/v4${world.base}/archive.zip`, {
      method: 'HEAD',
      headers: { 'private-token': world.developer.token },
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip'])
  })
})

describe('who may read', () => {
  const paths = (world: RepositoryWorld, blob: string) => [
    `${world.base}/tree`,
    `${world.base}/commits`,
    `${world.base}/commits/main`,
    `${world.base}/commits/main/diff`,
    `${world.base}/commits/main/refs`,
    `${world.base}/commits/main/statuses`,
    `${world.base}/branches`,
    `${world.base}/branches/main`,
    `${world.base}/tags`,
    `${world.base}/tags/v1`,
    `${world.base}/compare?from=main&to=main`,
    `${world.base}/merge_base?refs=main,main`,
    `${world.base}/blobs/${blob}`,
    `${world.base}/blobs/${blob}/raw`,
    `${world.base}/archive`,
    `${world.base}/files/a?ref=main`,
    `${world.base}/files/a/raw`,
  ]

  async function filled(visibility: 'private' | 'public' = 'private') {
    const made = await aRepositoryWorld(server, { visibility })
    await made.commit({ a: '1', '.gitlab-ci.yml': 'build:\n  script: make\n' })
    await made.api.post(`${made.base}/tags`, { tag_name: 'v1', ref: 'main' })
    const tree = await made.api.get<{ id: string }[]>(`${made.base}/tree`)
    return { made, paths: paths(made, tree.body[0]?.id ?? '') }
  }

  async function statuses(all: readonly string[], headers: Record<string, string>) {
    const answers = await Promise.all(all.map((path) => fetch(`${server.url}/api/v4${path}`, { headers })))
    await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    return [...new Set(answers.map(({ status }) => status))]
  }

  it('reporters of a private project, not its guests, strangers or nobody', async () => {
    const { made, paths } = await filled()
    const guest = await aMember(server, { project: made.project }, 'guest')
    const reporter = await aMember(server, { project: made.project }, 'reporter')
    const stranger = await aUser(server)
    expect(await statuses(paths, { 'private-token': reporter.token })).toEqual([200])
    expect(await statuses(paths, { 'private-token': guest.token })).toEqual([403])
    expect(await statuses(paths, { 'private-token': stranger.token })).toEqual([404])
    expect(await statuses(paths, {})).toEqual([404])
    expect(await statuses(paths, { 'private-token': 'wrong' })).toEqual([401])
  })

  it('everybody, of a public project', async () => {
    const { paths } = await filled('public')
    expect(await statuses(paths, {})).toEqual([200])
  })

  it('a job of the project while it runs, and no other', async () => {
    const { made, paths } = await filled()
    const other = await filled()
    const token = await aRunningJob(server, made.project)
    expect(await statuses(paths, { 'job-token': token })).toEqual([200])
    expect(await statuses(other.paths, { 'job-token': token })).toEqual([404])
    const write = await server.api().post(`${made.base}/branches`, { branch: 'x', ref: 'main' }, { 'job-token': token })
    expect(write.status).toBe(401)
    await endJobs(server, made.project)
    expect(await statuses(paths, { 'job-token': token })).toEqual([401])
  })
})
