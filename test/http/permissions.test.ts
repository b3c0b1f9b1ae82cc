import { afterAll, beforeAll, expect, test } from 'vitest'
import { groupActions, projectActions } from '../../src/domain/access.ts'
import { aGroup, aMember, aProject, aUser, type Role } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

type Answers = Record<string, { allowed: boolean; reason: string | null }>

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const needs = (role: string) => ({ allowed: false, reason: `The ${role} role is needed for this.` })
const yes = { allowed: true, reason: null }

test('T1 what each role may do in a project, and which role it lacks', async () => {
  const project = await aProject(server)
  const path = `/projects/${project.id}/permissions`
  const table: [Role, object][] = [
    ['guest', { read_project: yes, read_environment: needs('Reporter'), admin_variables: needs('Maintainer') }],
    ['reporter', { read_freeze_periods: yes, admin_freeze_periods: needs('Maintainer') }],
    ['developer', { create_pipeline: yes, admin_members: needs('Maintainer'), remove_project: needs('Owner') }],
    ['maintainer', { admin_members: yes, admin_protected_environments: yes, remove_project: needs('Owner') }],
    ['owner', { rename_project: yes, remove_project: yes }],
  ]
  for (const [role, answers] of table) {
    const answer = await server.api((await aMember(server, { project }, role)).token).get<Answers>(path)
    expect([role, answer.body]).toMatchObject([role, answers])
    expect(Object.keys(answer.body).toSorted()).toEqual(projectActions.toSorted())
  }
  const admin = await server.api(server.rootToken).get<Answers>(path)
  expect(Object.values(admin.body).every(({ allowed }) => allowed)).toBe(true)
})

test('an archived project is not written to, whatever the role', async () => {
  const project = await aProject(server)
  const { token } = await aMember(server, { project }, 'owner')
  await server.api(token).post(`/projects/${project.id}/archive`)
  const { body } = await server.api(token).get<Answers>(`/projects/${project.id}/permissions`)
  expect(body).toMatchObject({
    admin_freeze_periods: { allowed: false, reason: 'The project is archived.' },
    archive_project: yes,
  })
})

test('T1 what each role may do in a group', async () => {
  const group = await aGroup(server)
  const path = `/groups/${group.id}/permissions`
  const owner = await server.api((await aMember(server, { group }, 'owner')).token).get<Answers>(path)
  expect(Object.keys(owner.body).toSorted()).toEqual(groupActions.toSorted())
  expect(Object.values(owner.body)).toEqual(groupActions.map(() => yes))
  const maintainer = await server.api((await aMember(server, { group }, 'maintainer')).token).get<Answers>(path)
  expect(maintainer.body).toMatchObject({ create_project: yes, admin_group_members: needs('Owner') })
})

test('nothing is told of what cannot be seen, and a visitor is told to sign in', async () => {
  const hidden = await aProject(server)
  const group = await aGroup(server)
  const stranger = server.api((await aUser(server)).token)
  expect((await stranger.get(`/projects/${hidden.id}/permissions`)).status).toBe(404)
  expect((await stranger.get(`/groups/${group.id}/permissions`)).status).toBe(404)
  const open = await aProject(server, { visibility: 'public' })
  const { body } = await server.api().get<Answers>(`/projects/${open.id}/permissions`)
  expect(body).toMatchObject({ read_project: yes, admin_members: { allowed: false } })
})
