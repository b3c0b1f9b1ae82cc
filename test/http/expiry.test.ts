import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeExpired } from '../../src/app/remove-expired.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
})
afterAll(() => server.stop())

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

async function auditOf(type: 'Project' | 'Group', id: number) {
  return server.db
    .selectFrom('audit_events')
    .select(['event_name', 'author_id', 'author_name'])
    .where('entity_type', '=', type)
    .where('entity_id', '=', id)
    .orderBy('id')
    .execute()
}

async function aProtection(
  projectId: number,
  subjects: readonly { user_id: number | null; group_id: number | null }[],
) {
  return inTransaction(server.db, async (tx) => {
    const { id } = await tx
      .insertInto('protected_environments')
      .values({ project_id: projectId, group_id: null, name: 'production' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const entries = subjects.map((subject) => ({ protected_environment_id: id, access_level: null, ...subject }))
    await tx.insertInto('deploy_access_levels').values(entries).execute()
    await tx.insertInto('approval_rules').values(entries).execute()
    return id
  })
}

async function left(table: 'deploy_access_levels' | 'approval_rules', protection: number) {
  return server.db
    .selectFrom(table)
    .select(['user_id', 'group_id'])
    .where('protected_environment_id', '=', protection)
    .orderBy('id')
    .execute()
}

describe('a membership that is over', () => {
  it('counts for nothing at once, and is cleared away with what named the person', async () => {
    const project = await aProject(server)
    const gone = await aMember(server, { project }, 'developer', { expiresAt: inDays(0) })
    const here = await aMember(server, { project }, 'developer', { expiresAt: inDays(1) })
    const user = (id: number) => ({ user_id: id, group_id: null })
    const protection = await aProtection(project.id, [user(gone.id), user(here.id)])
    expect((await server.api(gone.token).get(`/projects/${project.id}`)).status).toBe(404)
    await Promise.all([removeExpired(server.app), removeExpired(server.app)])
    const members = await server.db
      .selectFrom('members')
      .select('user_id')
      .where('project_id', '=', project.id)
      .execute()
    expect(members).toEqual([{ user_id: here.id }])
    expect(await left('deploy_access_levels', protection)).toEqual([user(here.id)])
    expect(await left('approval_rules', protection)).toEqual([user(here.id)])
    expect(await auditOf('Project', project.id)).toMatchObject(
      [
        'member_destroyed',
        'protected_environment_deploy_access_level_deleted',
        'protected_environment_approval_rule_deleted',
      ].map((event_name) => ({ event_name, author_id: null, author_name: '(system)' })),
    )
    expect((await server.api(here.token).get(`/projects/${project.id}`)).status).toBe(200)
  })

  it('leaves the only approval rule, so that nothing deploys unapproved', async () => {
    const group = await aGroup(server)
    const project = await aProject(server, { group })
    const gone = await aMember(server, { group }, 'developer', { expiresAt: inDays(-2) })
    const rule = { user_id: gone.id, group_id: null }
    const protection = await aProtection(project.id, [rule])
    await removeExpired(server.app)
    expect(await left('deploy_access_levels', protection)).toEqual([])
    expect(await left('approval_rules', protection)).toEqual([rule])
    expect((await auditOf('Group', group.id)).map((event) => event.event_name)).toEqual(['member_destroyed'])
  })
})

describe('a share that is over', () => {
  it('of a project takes its group and people from the protection', async () => {
    const project = await aProject(server)
    const invited = await aGroup(server)
    const person = await aMember(server, { group: invited }, 'maintainer')
    const keeper = await aMember(server, { project }, 'maintainer')
    const share = { project_id: project.id, group_id: invited.id, group_access: 40, expires_at: inDays(0) }
    await inTransaction(server.db, (tx) => tx.insertInto('project_group_links').values(share).execute())
    const kept = { user_id: keeper.id, group_id: null }
    const protection = await aProtection(project.id, [
      { user_id: null, group_id: invited.id },
      { user_id: person.id, group_id: null },
      kept,
    ])
    expect((await server.api(person.token).get(`/projects/${project.id}`)).status).toBe(404)
    await removeExpired(server.app)
    expect((await root.get(`/projects/${project.id}`)).body).toMatchObject({ shared_with_groups: [] })
    expect(await left('deploy_access_levels', protection)).toEqual([kept])
    expect(await left('approval_rules', protection)).toEqual([kept])
    expect((await auditOf('Project', project.id))[0]).toMatchObject({ event_name: 'project_group_link_deleted' })
  })

  it('of a group ends, too', async () => {
    const target = await aGroup(server)
    const invited = await aGroup(server)
    const share = {
      shared_group_id: target.id,
      shared_with_group_id: invited.id,
      group_access: 30,
      expires_at: inDays(-1),
    }
    await inTransaction(server.db, (tx) => tx.insertInto('group_group_links').values(share).execute())
    await removeExpired(server.app)
    const { body } = await root.get(`/groups/${target.id}`)
    expect(body).toMatchObject({ shared_with_groups: [] })
    expect((await auditOf('Group', target.id)).map((event) => event.event_name)).toEqual([
      'group_share_with_group_link_removed',
    ])
  })
})
