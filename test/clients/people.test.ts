import { AccessLevel, Gitlab } from '@gitbeaker/rest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

/** People and places through a client that others maintain, as it is. */
let server: TestServer
let gitlab: InstanceType<typeof Gitlab>
beforeAll(async () => {
  server = await startTestServer()
  gitlab = clientOf(server.rootToken)
})
afterAll(() => server.stop())

function clientOf(token: string) {
  return new Gitlab({ host: server.url, token })
}

async function aPerson() {
  const username = unique('person')
  return gitlab.Users.create({
    username,
    name: 'A Person',
    email: `${username}@example.com`,
    password: 'long enough',
    skipConfirmation: true,
  })
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

describe('@gitbeaker/rest', () => {
  it('drives users', async () => {
    const person = await aPerson()
    expect(await gitlab.Users.showCurrentUser()).toMatchObject({ username: 'root', is_admin: true })
    expect(await gitlab.Users.show(person.id)).toMatchObject({ username: person.username })
    expect(await gitlab.Users.all({ username: person.username })).toMatchObject([{ id: person.id }])
    expect(await gitlab.Users.edit(person.id, { name: 'Renamed' })).toMatchObject({ name: 'Renamed' })
    await gitlab.Users.block(person.id)
    expect(await gitlab.Users.all({ blocked: true, search: person.username })).toMatchObject([{ state: 'blocked' }])
    await gitlab.Users.unblock(person.id)
    await gitlab.Users.deactivate(person.id)
    await gitlab.Users.activate(person.id)
    expect(await gitlab.Users.allProjects(person.id)).toEqual([])
    expect(await gitlab.Users.allMemberships(person.id)).toEqual([])
    await gitlab.Users.remove(person.id)
    await expect(gitlab.Users.show(person.id)).rejects.toMatchObject({ cause: { description: '404 User Not Found' } })
  })

  it('drives personal access tokens', async () => {
    const person = await aPerson()
    const made = await gitlab.PersonalAccessTokens.create(person.id, 'ci', ['api'], { expiresAt: inDays(30) })
    expect(made).toMatchObject({ name: 'ci', scopes: ['api'], expires_at: inDays(30) })
    const own = clientOf(made.token)
    expect(await own.PersonalAccessTokens.show()).toMatchObject({ id: made.id })
    expect(await gitlab.PersonalAccessTokens.show({ tokenId: made.id })).toMatchObject({ id: made.id })
    expect(await gitlab.PersonalAccessTokens.all({ userId: person.id })).toMatchObject([{ id: made.id }])
    const rotated = await own.PersonalAccessTokens.rotate('self')
    await expect(own.Users.showCurrentUser()).rejects.toMatchObject({ cause: { description: '401 Unauthorized' } })
    await gitlab.PersonalAccessTokens.remove({ tokenId: rotated.id })
    expect(await gitlab.PersonalAccessTokens.all({ userId: person.id, revoked: true })).toHaveLength(2)
  })

  it('drives groups, their members and shares', async () => {
    const path = unique('ops')
    const group = await gitlab.Groups.create('Operators', path, { description: 'On call', visibility: 'internal' })
    const sub = await gitlab.Groups.create('Night', 'night', { parentId: group.id })
    expect(await gitlab.Groups.show(`${path}/night`)).toMatchObject({ id: sub.id, parent_id: group.id })
    expect(await gitlab.Groups.allSubgroups(group.id)).toMatchObject([{ id: sub.id }])
    expect(await gitlab.Groups.allDescendantGroups(group.id, {})).toMatchObject([{ id: sub.id }])
    expect(await gitlab.Groups.edit(group.id, { name: 'Operations' })).toMatchObject({ name: 'Operations' })
    const person = await aPerson()
    const added = await gitlab.GroupMembers.add(group.id, AccessLevel.DEVELOPER, {
      userId: person.id,
      expiresAt: inDays(5),
    })
    expect(added).toMatchObject({ id: person.id, access_level: 30, expires_at: inDays(5) })
    expect(await gitlab.GroupMembers.edit(group.id, person.id, AccessLevel.MAINTAINER)).toMatchObject({
      access_level: 40,
    })
    expect(await gitlab.GroupMembers.show(sub.id, person.id, { includeInherited: true })).toMatchObject({
      id: person.id,
    })
    expect(await gitlab.GroupMembers.all(group.id, { query: person.username })).toMatchObject([{ id: person.id }])
    await gitlab.GroupMembers.remove(group.id, person.id)
    const invited = await gitlab.Groups.create('Invited', unique('invited'))
    expect(await gitlab.Groups.share(group.id, invited.id, 30, {})).toMatchObject({
      shared_with_groups: [{ group_id: invited.id }],
    })
    await gitlab.Groups.unshare(group.id, invited.id, {})
    expect(await gitlab.Namespaces.show(path)).toMatchObject({ id: group.id, kind: 'group' })
    expect(await gitlab.Namespaces.exists('night', { parentId: String(group.id) })).toMatchObject({ exists: true })
    expect(await gitlab.Namespaces.all({ search: path })).toMatchObject([{ id: group.id }])
    await gitlab.Groups.remove(group.id)
    await expect(gitlab.Groups.show(group.id)).rejects.toMatchObject({ cause: { description: '404 Group Not Found' } })
  })

  it('drives projects, their members, shares and tokens', async () => {
    const group = await gitlab.Groups.create('Places', unique('places'))
    const project = await gitlab.Projects.create({ name: 'Deploy', namespaceId: group.id, initializeWithReadme: true })
    expect(project).toMatchObject({ path_with_namespace: `${group.path}/deploy`, empty_repo: false })
    expect(await gitlab.Projects.show(`${group.path}/deploy`)).toMatchObject({ id: project.id })
    expect(await gitlab.Projects.edit(project.id, { description: 'Ships' })).toMatchObject({ description: 'Ships' })
    expect(await gitlab.Projects.all({ search: 'deploy', owned: true })).toMatchObject([{ id: project.id }])
    expect(await gitlab.Projects.all({ orderBy: 'id', sort: 'desc', pagination: 'keyset', perPage: 1 })).toMatchObject([
      { id: project.id },
    ])
    expect(await gitlab.Groups.allProjects(group.id)).toMatchObject([{ id: project.id }])
    const person = await aPerson()
    await gitlab.ProjectMembers.add(project.id, AccessLevel.MAINTAINER, { username: person.username })
    expect(await gitlab.ProjectMembers.edit(project.id, person.id, AccessLevel.DEVELOPER)).toMatchObject({
      access_level: 30,
    })
    expect(await gitlab.ProjectMembers.all(project.id, { includeInherited: true })).toHaveLength(2)
    expect(await gitlab.Projects.allUsers(project.id)).toHaveLength(2)
    const invited = await gitlab.Groups.create('Helpers', unique('helpers'))
    await gitlab.Projects.share(project.id, invited.id, 30, { expiresAt: inDays(3) })
    expect(await gitlab.Projects.allGroups(project.id, { withShared: true })).toHaveLength(2)
    expect(await gitlab.Groups.allSharedProjects(invited.id)).toMatchObject([{ id: project.id }])
    await gitlab.Projects.unshare(project.id, invited.id)
    const token = await gitlab.ProjectAccessTokens.create(project.id, 'bot', ['api'], inDays(9), {
      accessLevel: AccessLevel.DEVELOPER,
    })
    expect(await clientOf(token.token).Users.showCurrentUser()).toMatchObject({ bot: true })
    expect(await gitlab.ProjectAccessTokens.all(project.id)).toMatchObject([{ id: token.id, access_level: 30 }])
    expect(await gitlab.ProjectAccessTokens.show(project.id, token.id)).toMatchObject({ name: 'bot' })
    const rotated = await gitlab.ProjectAccessTokens.rotate(project.id, token.id)
    await gitlab.ProjectAccessTokens.revoke(project.id, rotated.id)
    expect(await gitlab.Projects.archive(project.id)).toMatchObject({ archived: true })
    expect(await gitlab.Projects.unarchive(project.id)).toMatchObject({ archived: false })
    const events = await gitlab.AuditEvents.all({ projectId: project.id })
    expect(events.map((event) => event['event_name'])).toContain('project_archived')
    expect(await gitlab.AuditEvents.show(events[0]?.id ?? 0)).toMatchObject({ id: events[0]?.id })
    await gitlab.Projects.remove(project.id)
    await expect(gitlab.Projects.show(project.id)).rejects.toMatchObject({
      cause: { description: '404 Project Not Found' },
    })
  })

  it('is told the version, and why something is refused', async () => {
    expect(await gitlab.Metadata.show()).toMatchObject({ enterprise: true })
    await expect(gitlab.Projects.create({ name: '' })).rejects.toMatchObject({ cause: { response: { status: 400 } } })
    await expect(gitlab.PersonalAccessTokens.create(1, 'x', ['sudo'])).rejects.toMatchObject({
      cause: { description: 'scopes does not have a valid value' },
    })
  })
})
