/** Access tokens of groups, audit events and metadata through a client that others maintain, as it is. */
import { AccessLevel } from '@gitbeaker/rest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aGroup, aMember, aProject } from '../helpers/builders.ts'
import { type Gitbeaker, gitbeaker } from '../helpers/gitbeaker.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let gitlab: Gitbeaker

beforeAll(async () => {
  server = await startTestServer()
  gitlab = gitbeaker(server, server.rootToken)
})
afterAll(() => server.stop())

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

it('drives access tokens of a group', async () => {
  const group = await aGroup(server)
  const project = await aProject(server, { group })
  const made = await gitlab.GroupAccessTokens.create(group.id, 'bot', ['api'], inDays(9), {
    accessLevel: AccessLevel.DEVELOPER,
  })
  expect(made).toMatchObject({ name: 'bot', access_level: 30, expires_at: inDays(9) })
  expect(await gitbeaker(server, made.token).Projects.show(project.id)).toMatchObject({ id: project.id })
  expect(await gitlab.GroupAccessTokens.all(group.id)).toMatchObject([{ id: made.id }])
  expect(await gitlab.GroupAccessTokens.show(group.id, made.id)).toMatchObject({ revoked: false })
  const rotated = await gitlab.GroupAccessTokens.rotate(group.id, made.id, { expiresAt: inDays(5) })
  expect(rotated).toMatchObject({ expires_at: inDays(5) })
  await gitlab.GroupAccessTokens.revoke(group.id, rotated.id)
  await expect(gitbeaker(server, rotated.token).Users.showCurrentUser()).rejects.toMatchObject({
    cause: { response: { status: 401 } },
  })
})

it('drives audit events of the instance, a group and a project', async () => {
  const group = await aGroup(server)
  const project = await aProject(server, { group })
  await aMember(server, { project }, 'maintainer')
  await gitlab.Groups.edit(group.id, { description: 'Changed' })
  await gitlab.Projects.edit(project.id, { description: 'Changed' })
  const ofGroup = await gitlab.AuditEvents.all({ groupId: group.id })
  const ofProject = await gitlab.AuditEvents.all({ projectId: project.id, createdAfter: inDays(-1) })
  for (const [events, type] of [
    [ofGroup, 'Group'],
    [ofProject, 'Project'],
  ] as const) {
    expect(events[0]).toMatchObject({ entity_type: type, author_id: 1, details: { target_id: expect.anything() } })
  }
  const one = ofProject[0]?.id ?? 0
  expect(await gitlab.AuditEvents.show(one, { projectId: project.id })).toMatchObject({ id: one })
  const all = await gitlab.AuditEvents.all({ entityType: 'Project', entityId: project.id })
  expect(all.map(({ id }) => id)).toContain(one)
  expect(await gitlab.AuditEvents.all({ createdAfter: inDays(2) })).toEqual([])
})

it('drives metadata', async () => {
  expect(await gitlab.Metadata.show()).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    revision: expect.any(String),
    kas: { enabled: false },
  })
})
