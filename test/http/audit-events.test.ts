import { sql } from 'kysely'
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

  it('filters by author and event', async () => {
    const { maintainer, path } = await aStory()
    const names = async (query: string) => (await root.get<Event[]>(`${path}?${query}`)).body.map((e) => e.event_name)
    expect(await names(`author_id=${maintainer.id}`)).toEqual(['member_updated', 'member_created'])
    expect(await names('author_id=1')).toEqual(['member_destroyed'])
    expect(await names('author_id=-1')).toEqual([])
    expect(await names('event_name=member_updated')).toEqual(['member_updated'])
    expect(await names('event_name=')).toHaveLength(3)
    expect(await names(`event_name=member_destroyed&author_id=${maintainer.id}`)).toEqual([])
    expect(await names(`author_id=${maintainer.id}&pagination=keyset`)).toHaveLength(2)
    expect((await root.get(`${path}?author_id=x`)).status).toBe(400)
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
    const exported = await api.get<string | null>(`${path}/export?format=ndjson`)
    expect(exported.status).toBe(list)
    if (list === 200) expect(exported.body?.split('\n').length ?? 0).toBe(own ? 0 : 4)
    // Whose they are does not depend on what is asked for.
    if (own) expect((await api.get(`${path}?author_id=1`)).body).toEqual([])
    if (own) expect((await api.get(`${path}/export?author_id=1&format=ndjson`)).body).toBeNull()
  })

  it('shows a Developer what they did themselves', async () => {
    const { project, maintainer, path } = await aStory()
    await root.put(`/projects/${project.id}/members/${maintainer.id}`, { access_level: 30 })
    const { body } = await server.api(maintainer.token).get<Event[]>(path)
    expect(body.map((event) => event.event_name)).toEqual(['member_updated', 'member_created'])
  })
})

describe('GET /projects/:id/audit_events/export', () => {
  it('is CSV with a head and no formulas', async () => {
    const { project, maintainer } = await aStory()
    const trap = await aUser(server, { name: '=HYPERLINK("http://192.0.2.1","x")' })
    const api = server.api(maintainer.token)
    await api.post(`/projects/${project.id}/members`, { user_id: trap.id, access_level: 20 })
    const path = `/projects/${project.id}/audit_events/export`
    const { status, headers, body } = await root.get<string>(`${path}?event_name=member_created`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="audit-events-\d{4}-\d\d-\d\d\.csv"/)
    const [head, first, ...rest] = body.split('\r\n')
    expect(head).toBe(
      'id,created_at,event_name,author_id,author_name,author_email,ip_address,entity_type,entity_id,entity_path,target_type,target_id,target_details,details',
    )
    expect(first).toContain(
      `,member_created,${maintainer.id},${maintainer.name},${maintainer.email},127.0.0.1,Project,`,
    )
    expect(first).toContain(`,User,${trap.id},"'=HYPERLINK(""http://192.0.2.1"",""x"")","{""as"":""Reporter""`)
    expect(rest).toHaveLength(2)
    expect(await root.get(`${path}?format=xml`)).toMatchObject({
      status: 400,
      body: { error: 'format does not have a valid value' },
    })
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
    const exported = await (await as('owner')).get<string>(`${path}/export`)
    expect(exported.body).toContain(',group_description_updated,')
    expect((await (await as('reporter')).get(`${path}/export`)).status).toBe(403)
    expect((await server.api((await aUser(server)).token).get(`${path}/export`)).status).toBe(404)
    expect((await server.api().get(`${path}/export`)).status).toBe(401)
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
    expect(answer.status).toBe(403)
    const other = await aUser(server)
    expect((await server.api(other.token).get('/audit_events')).status).toBe(403)
    expect((await server.api(other.token).get(`/audit_events/${newest?.id}`)).status).toBe(403)
    expect((await server.api(other.token).get('/audit_events/export')).status).toBe(403)
    const exported = await root.get<string>(
      `/audit_events/export?entity_type=User&entity_id=${person.id}&format=ndjson`,
    )
    expect(JSON.parse(exported.body)).toMatchObject({ event_name: 'user_blocked' })
    expect((await root.get('/audit_events/export?entity_id=1')).status).toBe(400)
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

// Last, because they are many.
describe('a long export', () => {
  it('has every event once, however many pieces it takes, and in NDJSON what the list has', async () => {
    const { project, path } = await aStory()
    await inTransaction(server.db, (tx) =>
      sql`insert into audit_events (event_name, author_name, entity_type, entity_id, target_type)
          select 'many', 'x', 'Project', ${project.id}, 'Project' from generate_series(1, 2497)`.execute(tx),
    )
    const { headers, body } = await root.get<string>(`${path}/export?format=ndjson`)
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    const lines = body.trimEnd().split('\n')
    const events = lines.map((line) => JSON.parse(line) as Event)
    expect(new Set(events.map((event) => event.id)).size).toBe(2500)
    expect((await root.get<Event[]>(`${path}?per_page=100`)).body).toEqual(events.slice(0, 100))
    expect((await root.get<string>(`${path}/export`)).body.split('\r\n')).toHaveLength(2502)
    expect((await root.get<string>(`${path}/export?event_name=none`)).body.split('\r\n')).toHaveLength(2)
  })
})
