/** Environments, their protection, freeze periods and resource groups through a client that others maintain, as it is. */
import { AccessLevel } from '@gitbeaker/rest'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { aMember } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, inviteOperators, push } from '../helpers/deployment-world.ts'
import { type Gitbeaker, gitbeaker } from '../helpers/gitbeaker.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let world: DeploymentWorld
let gitlab: Gitbeaker
let project: number

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  project = world.project.id
  gitlab = gitbeaker(server, world.maintainer.token)
})

it('drives environments', async () => {
  const url = 'https://review.example.com'
  const made = await gitlab.Environments.create(project, 'review/one', { externalUrl: url, tier: 'development' })
  expect(made).toMatchObject({ name: 'review/one', slug: expect.any(String), external_url: url, tier: 'development' })
  expect(await gitlab.Environments.edit(project, made.id, { tier: 'testing' })).toMatchObject({ tier: 'testing' })
  await gitlab.Environments.create(project, 'live')
  expect(await gitlab.Environments.all(project, { search: 'review' })).toMatchObject([{ id: made.id }])
  expect(await gitlab.Environments.all(project, { name: 'live' })).toMatchObject([{ name: 'live' }])
  expect(await gitlab.Environments.all(project, { states: 'stopped' })).toEqual([])
  const { sha } = await push(world)
  await gitlab.Deployments.create(project, 'live', sha, 'main', false, { status: 'success' })
  const [live] = await gitlab.Environments.all(project, { name: 'live' })
  expect(await gitlab.Environments.show(project, live?.id ?? 0)).toMatchObject({ last_deployment: { sha } })
  expect(await gitlab.Environments.stop(project, made.id)).toMatchObject({ state: 'stopped' })
  const old = new Date(Date.now() - 8 * 86_400_000).toISOString()
  expect(await gitlab.Environments.stopStale(project, old)).toMatchObject({ message: expect.any(String) })
  const before = new Date(Date.now() + 60_000).toISOString()
  expect(await gitlab.Environments.removeReviewApps(project, { dryRun: true, limit: 5, before })).toMatchObject({
    scheduled_entries: [{ id: made.id }],
    unprocessable_entries: [],
  })
  await gitlab.Environments.remove(project, made.id)
  expect(await gitlab.Environments.all(project, { search: 'review' })).toEqual([])
})

it('drives protected environments of a project', async () => {
  await inviteOperators(world)
  const made = await gitlab.ProjectProtectedEnvironments.create(
    project,
    'production',
    [{ accessLevel: AccessLevel.MAINTAINER }],
    {
      approvalRules: [{ groupId: world.operators.id }, { userId: world.maintainer.id }],
    },
  )
  expect(made).toMatchObject({
    name: 'production',
    deploy_access_levels: [{ access_level: 40, access_level_description: 'Maintainers' }],
    approval_rules: [
      { group_id: world.operators.id, required_approvals: 1 },
      { user_id: world.maintainer.id, required_approvals: 1 },
    ],
  })
  expect(await gitlab.ProjectProtectedEnvironments.all(project)).toMatchObject([{ name: 'production' }])
  const edited = await gitlab.ProjectProtectedEnvironments.edit(project, 'production', {
    deployAccessLevels: [{ userId: world.developer.id }],
  })
  expect(edited.deploy_access_levels).toMatchObject([{ access_level: 40 }, { user_id: world.developer.id }])
  expect(await gitlab.ProjectProtectedEnvironments.show(project, 'production')).toMatchObject(edited)
  await gitlab.ProjectProtectedEnvironments.remove(project, 'production')
  await expect(gitlab.ProjectProtectedEnvironments.show(project, 'production')).rejects.toMatchObject({
    cause: { response: { status: 404 } },
  })
  const counted = await gitlab.ProjectProtectedEnvironments.create(
    project,
    'staging',
    [{ accessLevel: AccessLevel.DEVELOPER }],
    {
      requiredApprovalCount: 2,
      approvalRules: [],
    },
  )
  expect(counted).toMatchObject({ required_approval_count: 2, approval_rules: [] })
})

it('drives protected environments of a group, by tier', async () => {
  const owner = await aMember(server, { group: world.operators }, 'owner')
  const group = world.operators.id
  const own = gitbeaker(server, owner.token)
  const made = await own.GroupProtectedEnvironments.create(group, 'production', [
    { accessLevel: AccessLevel.MAINTAINER },
  ])
  expect(made).toMatchObject({ name: 'production', deploy_access_levels: [{ access_level: 40 }] })
  expect(await own.GroupProtectedEnvironments.all(group)).toMatchObject([{ name: 'production' }])
  const edited = await own.GroupProtectedEnvironments.edit(group, 'production', {
    approvalRules: [{ accessLevel: AccessLevel.MAINTAINER }],
  })
  expect(edited).toMatchObject({ approval_rules: [{ access_level: 40 }] })
  expect(await own.GroupProtectedEnvironments.show(group, 'production')).toMatchObject({ name: 'production' })
  await own.GroupProtectedEnvironments.remove(group, 'production')
  expect(await own.GroupProtectedEnvironments.all(group)).toEqual([])
})

it('drives freeze periods', async () => {
  const made = await gitlab.FreezePeriods.create(project, '0 23 * * 5', '0 7 * * 1', { cronTimezone: 'Europe/Berlin' })
  expect(made).toMatchObject({ freeze_start: '0 23 * * 5', cron_timezone: 'Europe/Berlin' })
  expect(await gitlab.FreezePeriods.edit(project, made.id, { freezeEnd: '0 8 * * 1' })).toMatchObject({
    freeze_end: '0 8 * * 1',
  })
  expect(await gitlab.FreezePeriods.show(project, made.id)).toMatchObject({ id: made.id })
  expect(await gitlab.FreezePeriods.all(project)).toHaveLength(1)
  await gitlab.FreezePeriods.remove(project, made.id)
  expect(await gitlab.FreezePeriods.all(project)).toEqual([])
})

it('drives resource groups', async () => {
  await push(world, 'one: {script: [echo], resource_group: a/b}\ntwo: {script: [echo], resource_group: a/b}')
  expect(await gitlab.ResourceGroups.all(project)).toMatchObject([{ key: 'a/b', process_mode: 'unordered' }])
  expect(await gitlab.ResourceGroups.show(project, 'a/b')).toMatchObject({ key: 'a/b' })
  expect(await gitlab.ResourceGroups.edit(project, 'a/b', { processMode: 'oldest_first' })).toMatchObject({
    process_mode: 'oldest_first',
  })
  const upcoming = await gitlab.ResourceGroups.allUpcomingJobs(project, 'a/b')
  expect(upcoming).toMatchObject([{ name: 'two', status: 'waiting_for_resource' }])
})
