import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aToken, aUser, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
})
afterAll(() => server.stop())

type Listed = { id: number; full_path: string }

describe('GET /namespaces', () => {
  it('has one’s own and one’s groups, for administrators all', async () => {
    const group = await aGroup(server)
    const sub = await aGroup(server, { parent: group })
    await aGroup(server, { visibility: 'public' })
    const person = await aMember(server, { group }, 'developer')
    const api = server.api(person.token)
    const list = async (query = '', as = api) =>
      (await as.get<Listed[]>(`/namespaces?per_page=100&${query}`)).body.map((namespace) => namespace.full_path)
    expect(await list()).toEqual([group.full_path, sub.full_path, person.username])
    expect(await list('owned_only=true')).toEqual([person.username])
    expect(await list('top_level_only=true')).toEqual([group.full_path, person.username])
    expect(await list(`search=${sub.path}`)).toEqual([sub.full_path])
    expect(await list(`search=${group.path}/`)).toEqual([])
    expect(await list(`search=${group.path}/&full_path_search=true`)).toEqual([sub.full_path])
    expect((await list('', root)).length).toBeGreaterThan(4)
    expect((await server.api().get('/namespaces')).status).toBe(401)
  })

  it('is told by id and path, with its kind', async () => {
    const group = await aGroup(server)
    const sub = await aGroup(server, { parent: group })
    const person = await aMember(server, { group }, 'guest')
    const api = server.api(person.token)
    const expected = {
      id: sub.id,
      name: sub.name,
      path: sub.path,
      kind: 'group',
      full_path: sub.full_path,
      parent_id: group.id,
      avatar_url: null,
      web_url: `${server.url}/groups/${sub.full_path}`,
    }
    expect((await api.get(`/namespaces/${sub.id}`)).body).toEqual(expected)
    expect((await api.get(`/namespaces/${encodeURIComponent(sub.full_path)}`)).body).toEqual(expected)
    expect((await api.get(`/namespaces/${person.username}`)).body).toMatchObject({ kind: 'user' })
    const stranger = server.api((await aUser(server)).token)
    const project = await aProject(server, { group })
    for (const path of [sub.id, person.username, encodeURIComponent(project.full_path), 999999]) {
      expect(await stranger.get(`/namespaces/${path}`)).toMatchObject({
        status: 404,
        body: { message: '404 Namespace Not Found' },
      })
    }
  })

  it('says which paths are free', async () => {
    const path = unique('taken')
    const ask = async (query: string, api = root) => (await api.get(`/namespaces/${query}`)).body
    expect(await ask(`${path}/exists`)).toEqual({ exists: false, suggests: [] })
    const group = await aGroup(server, { path })
    await aGroup(server, { path: `${path}1` })
    expect(await ask(`${path.toUpperCase()}/exists`)).toMatchObject({
      exists: true,
      suggests: [`${path.toUpperCase()}2`],
    })
    await aGroup(server, { path: 'inner', parent: group })
    expect(await ask(`inner/exists?parent_id=${group.id}`)).toEqual({ exists: true, suggests: ['inner1'] })
    const stranger = server.api((await aUser(server)).token)
    expect(await ask(`inner/exists?parent_id=${group.id}`, stranger)).toEqual({ exists: false, suggests: [] })
  })
})

describe('what the server says it is', () => {
  it.each([
    ['/version', { version: expect.stringMatching(/^\d+\.\d+\.\d+$/), revision: expect.any(String) }],
    [
      '/metadata',
      {
        version: expect.any(String),
        revision: expect.any(String),
        kas: { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null },
        enterprise: true,
      },
    ],
  ])('%s', async (path, body) => {
    const person = await aUser(server)
    const { token } = await aToken(server, person, ['read_user'])
    expect(await server.api(token).get(path)).toMatchObject({ status: 200, body })
    expect((await server.api().get(path)).status).toBe(401)
    const narrow = await aToken(server, person, ['read_repository'])
    expect((await server.api(narrow.token).get(path)).status).toBe(403)
  })
})
