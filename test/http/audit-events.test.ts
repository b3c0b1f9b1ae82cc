import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAuditEvents, projectAuditEvents } from '../../src/contract/audit-events.ts'
import { fetchTransport, makeClient } from '../../src/contract/client.ts'
import { systemAuthor, writeAudit } from '../../src/db/audit.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aUser, type Role } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
})
afterAll(() => server.stop())

type Event = { id: number; event_name: string; author_id: number; created_at: string }

/** A project of a maintainer with three events: two of theirs, the newest by an administrator. */
async function aStory() {
  const group = await aGroup(server)
  const project = await aProject(server, { group })
  const maintainer = await aMember(server, { project }, 'maintainer')
  const person = await aUser(server)
  const members = `/projects/${project.id}/members`
  const api = server.api(maintainer.token)
  await api.post(members, { user_id: person.id, access_level: 20 })
  await api.put(`${members}/${person.id}`, { access_level: 30 })
  await root.delete(`${members}/${person.id}`)
  return { group, project, maintainer, person, path: `/projects/${project.id}/audit_events` }
}

describe('GET /projects/:id/audit_events', () => {
  it('tells who did what to whom, newest first', async () => {
    const { project, maintainer, person, path } = await aStory()
    const { status, headers, body } = await root.get<Event[]>(path)
    expect(status).toBe(200)
    expect(body.map((event) => event.event_name)).toEqual(['member_destroyed', 'member_updated', 'member_created'])
    expect(headers.get('x-total')).toBe('3')
    expect(body[1]).toEqual({
      id: expect.any(Number),
      author_id: maintainer.id,
      entity_id: project.id,
      entity_type: 'Project',
      event_name: 'member_updated',
      details: {
        change: 'access_level',
        from: 'Reporter',
        to: 'Developer',
        expiry_from: null,
        expiry_to: null,
        member_id: expect.any(Number),
        author_name: maintainer.name,
        author_email: maintainer.email,
        author_class: 'User',
        target_id: person.id,
        target_type: 'User',
        target_details: person.name,
        ip_address: '127.0.0.1',
        entity_path: project.full_path,
      },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect((await root.get(`${path}/${body[1]?.id}`)).body).toEqual(body[1])
    expect(body[0]).toMatchObject({ author_id: 1, details: { remove: 'user_access' } })
  })

  it('pages, by number and by key, and filters by time', async () => {
    const { project, path } = await aStory()
    const page = await root.get<Event[]>(`${path}?per_page=2&page=2`)
    expect(page.body.map((event) => event.event_name)).toEqual(['member_created'])
    const client = makeClient(fetchTransport({ baseUrl: server.url, token: server.rootToken }))
    const input = { id: String(project.id), per_page: 1, pagination: 'keyset' } as const
    const all = await client.all(projectAuditEvents.list, input)
    expect(all.map((event) => event.event_name)).toEqual(['member_destroyed', 'member_updated', 'member_created'])
    expect((await root.get(`${path}?pagination=keyset`)).headers.get('x-total')).toBeNull()
    expect((await root.get(`${path}?created_after=2100-01-01T00:00:00Z`)).body).toEqual([])
    expect((await root.get(`${path}?created_before=2000-01-01T00:00:00Z`)).body).toEqual([])
    expect((await root.get(`${path}?created_after=2000-01-01&created_before=2100-01-01`)).body).toHaveLength(3)
    for (const [query, error] of [
      ['created_after=then', 'created_after is invalid'],
      ['pagination=keyset&cursor=x', 'cursor is invalid'],
      ['pagination=other', 'pagination does not have a valid value'],
    ]) {
      expect(await root.get(`${path}?${query}`)).toMatchObject({ status: 400, body: { error } })
    }
  })

  it('has no events of other places', async () => {
    const [here, there] = [await aStory(), await aStory()]
    const [first] = (await root.get<Event[]>(there.path)).body
    expect(await root.get(`${here.path}/${first?.id}`)).toMatchObject({
      status: 404,
      body: { message: '404 Audit Event Not Found' },
    })
    expect((await root.get(`${here.path}/99999999`)).status).toBe(404)
  })

  // Status of the list and of one event; whether the list holds only what they did themselves.
  it.each<[Role, number, number, boolean]>([
    ['guest', 403, 403, false],
    ['reporter', 403, 403, false],
    ['developer', 200, 403, true],
    ['maintainer', 200, 200, false],
    ['owner', 200, 200, false],
  ])('as %s', async (role, list, single, own) => {
    const { project, path } = await aStory()
    const api = server.api((await aMember(server, { project }, role)).token)
    const [first] = (await root.get<Event[]>(path)).body
    const answer = await api.get<Event[]>(path)
    expect(answer.status).toBe(list)
    if (list === 200) expect(answer.body).toHaveLength(own ? 0 : 3)
    expect((await api.get(`${path}/${first?.id}`)).status).toBe(single)
  })

  it('shows a Developer what they did themselves', async () => {
    const { project, maintainer, path } = await aStory()
    await root.put(`/projects/${project.id}/members/${maintainer.id}`, { access_level: 30 })
    const { body } = await server.api(maintainer.token).get<Event[]>(path)
    expect(body.map((event) => event.event_name)).toEqual(['member_updated', 'member_created'])
  })
})

describe('GET /groups/:id/audit_events', () => {
  it('has the group’s own events, for its Owners', async () => {
    const group = await aGroup(server)
    const project = await aProject(server, { group })
    await root.post(`/projects/${project.id}/archive`)
    await root.put(`/groups/${group.id}`, { description: 'new' })
    const path = `/groups/${group.id}/audit_events`
    const { body } = await root.get<Event[]>(path)
    expect(body.map((event) => event.event_name)).toEqual(['group_description_updated'])
    const as = async (role: Role) => server.api((await aMember(server, { group }, role)).token)
    expect((await (await as('owner')).get<Event[]>(path)).body).toHaveLength(1)
    expect((await (await as('maintainer')).get<Event[]>(path)).body).toEqual([])
    expect((await (await as('reporter')).get(path)).status).toBe(403)
    expect((await (await as('owner')).get(`${path}/${body[0]?.id}`)).status).toBe(200)
    expect((await (await as('maintainer')).get(`${path}/${body[0]?.id}`)).status).toBe(403)
    expect((await server.api((await aUser(server)).token).get(path)).status).toBe(404)
    expect((await server.api().get(path)).status).toBe(401)
  })
})

describe('GET /audit_events', () => {
  it('has everything, for administrators', async () => {
    const { project, person } = await aStory()
    const list = async (query: string) => (await root.get<Event[]>(`/audit_events?${query}`)).body
    expect(await list(`entity_type=Project&entity_id=${project.id}`)).toHaveLength(3)
    expect((await list('per_page=1'))[0]?.event_name).toBe('member_destroyed')
    await root.post(`/users/${person.id}/block`)
    expect((await list(`entity_type=User&entity_id=${person.id}`)).map((event) => event.event_name)).toEqual([
      'user_blocked',
    ])
    const client = makeClient(fetchTransport({ baseUrl: server.url, token: server.rootToken }))
    const everything = await client.all(listAuditEvents, { pagination: 'keyset', per_page: 3 })
    expect(everything).toHaveLength((await root.get<Event[]>('/audit_events?per_page=100')).body.length)
    expect(everything.map((event) => event.id)).toEqual(everything.map((event) => event.id).sort((a, b) => b - a))
    const [newest] = everything
    expect((await root.get(`/audit_events/${newest?.id}`)).body).toEqual(newest)
    expect((await root.get('/audit_events/99999999')).status).toBe(404)
    expect(await root.get('/audit_events?entity_id=1')).toMatchObject({
      status: 400,
      body: { error: 'entity_type is missing' },
    })
    const answer = await server.api(person.token).get('/audit_events')
    expect(answer.status).toBe(401)
    const other = await aUser(server)
    expect((await server.api(other.token).get('/audit_events')).status).toBe(403)
    expect((await server.api(other.token).get(`/audit_events/${newest?.id}`)).status).toBe(403)
  })

  it('names the server where nobody asked, and keeps the words of what is gone', async () => {
    await inTransaction(server.db, (tx) =>
      writeAudit(
        tx,
        [
          {
            event: 'application_setting_updated',
            entity: { type: 'Instance', id: null },
            target: { type: 'Setting', id: null, details: 'retention' },
            details: { change: 'retention', from: 1, to: 2 },
          },
        ],
        systemAuthor,
      ),
    )
    expect((await root.get('/audit_events?entity_type=Gitlab::Audit::InstanceScope')).body).toMatchObject([
      {
        author_id: -1,
        entity_type: 'Gitlab::Audit::InstanceScope',
        entity_id: null,
        details: { author_name: '(system)', author_email: null, change: 'retention', from: 1, to: 2, ip_address: null },
      },
    ])
    const { project, person } = await aStory()
    await root.delete(`/users/${person.id}`)
    await root.delete(`/projects/${project.id}`)
    const { body } = await root.get<Event[]>(`/audit_events?entity_type=Project&entity_id=${project.id}`)
    expect(body).toHaveLength(4)
    expect(body[1]).toMatchObject({ details: { target_details: person.name, entity_path: project.full_path } })
  })
})
