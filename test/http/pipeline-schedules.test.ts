/** Pipeline schedules: who owns them, when they run, and whose rights their pipelines have. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runDueSchedules } from '../../src/app/run-due-schedules.ts'
import type { PipelineScheduleDetails } from '../../src/contract/pipeline-schedules.ts'
import { aMember, aProject, aUser, type Role, type TestUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  seedFile,
  vote,
} from '../helpers/deployment-world.ts'
import { statuses } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld
let base: string
let now: Date

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 }, now: () => now })
})
afterAll(() => server.stop())
beforeEach(async () => {
  now = new Date('2026-03-02T10:30:00Z')
  world = await aDeploymentWorld(server)
  base = `/projects/${world.project.id}/pipeline_schedules`
})

const hourly = { description: 'every hour', ref: 'main', cron: '0 * * * *' }
const onlyScheduled = `nightly:
  script: [echo]
  only: [schedules]
pushed:
  script: [echo]
  except: [schedules]
`

async function aSchedule(by: TestUser = world.developer, more: object = {}): Promise<PipelineScheduleDetails> {
  const made = await server.api(by.token).post<PipelineScheduleDetails>(base, { ...hourly, ...more })
  if (made.status !== 201) throw new Error(`schedule: ${made.status} ${JSON.stringify(made.body)}`)
  return made.body
}

/** Its clock says so, and the background task looks. */
async function at(time: string): Promise<void> {
  now = new Date(time)
  await runDueSchedules(server.app)
}

async function pipelines(scheduleId?: number) {
  const rows = server.db
    .selectFrom('pipelines')
    .select(['id', 'user_id', 'source', 'status', 'schedule_id'])
    .where('project_id', '=', world.project.id)
    .where('source', '=', 'schedule')
    .orderBy('id')
  return (scheduleId === undefined ? rows : rows.where('schedule_id', '=', scheduleId)).execute()
}

async function read(id: number, by: TestUser = world.developer) {
  return (await server.api(by.token).get<PipelineScheduleDetails>(`${base}/${id}`)).body
}

async function audit() {
  return server.db
    .selectFrom('audit_events')
    .select(['event_name', 'author_id', 'details'])
    .where('entity_type', '=', 'Project')
    .where('entity_id', '=', world.project.id)
    .where('event_name', 'like', 'pipeline_schedule%')
    .orderBy('id')
    .execute()
}

test('T1 who may do what, role by role', async () => {
  await push(world, onlyScheduled)
  const { id } = await aSchedule()
  const expected: [Role | 'anonymous' | 'outsider' | 'admin' | 'theirs', number, number, number, number, number][] = [
    // read, create, change, read a variable or delete one, play
    ['anonymous', 401, 401, 401, 401, 401],
    ['outsider', 404, 404, 404, 404, 404],
    ['guest', 200, 403, 403, 403, 403],
    ['planner', 200, 403, 403, 403, 403],
    ['reporter', 200, 403, 403, 403, 403],
    ['developer', 200, 201, 403, 403, 201],
    ['maintainer', 200, 201, 403, 404, 201],
    ['owner', 200, 201, 403, 404, 201],
    ['admin', 200, 201, 200, 404, 201],
    ['theirs', 200, 201, 200, 404, 201],
  ]
  for (const [who, reads, creates, changes, administers, plays] of expected) {
    const token =
      who === 'anonymous'
        ? undefined
        : who === 'theirs'
          ? world.developer.token
          : who === 'outsider' || who === 'admin'
            ? (await aUser(server, { admin: who === 'admin' })).token
            : (await aMember(server, { project: world.project }, who)).token
    const as = server.api(token)
    const answers = [
      (await as.get(base)).status,
      (await as.get(`${base}/${id}`)).status,
      (await as.get(`${base}/${id}/pipelines`)).status,
      (await as.post(base, hourly)).status,
      (await as.put(`${base}/${id}`, { description: 'changed' })).status,
      (await as.post(`${base}/${id}/variables`, { key: `OF_${who}`, value: 'x' })).status,
      // Somebody allowed to finds none of this name.
      (await as.get(`${base}/${id}/variables/NONE`)).status,
      (await as.delete(`${base}/${id}/variables/NONE`)).status,
      (await as.post(`${base}/${id}/play`)).status,
    ]
    const sets = changes === 200 ? 201 : changes
    expect([who, ...answers]).toEqual([
      who,
      reads,
      reads,
      reads,
      creates,
      changes,
      sets,
      administers,
      administers,
      plays,
    ])
  }
  const taken: [TestUser, number][] = [
    [await aMember(server, { project: world.project }, 'developer'), 403],
    [world.developer, 200],
    [await aMember(server, { project: world.project }, 'maintainer'), 201],
    [world.maintainer, 201],
  ]
  for (const [who, status] of taken) {
    expect((await server.api(who.token).post(`${base}/${id}/take_ownership`)).status).toBe(status)
  }
  // It is the maintainer's now.
  expect((await server.api(world.developer.token).delete(`${base}/${id}`)).status).toBe(403)
  expect((await server.api(world.maintainer.token).delete(`${base}/${id}`)).status).toBe(204)
})

test('create, read, list, change, take over, delete, each on the record', async () => {
  await push(world, onlyScheduled)
  const api = server.api(world.developer.token)
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const made = await aSchedule(world.developer, { cron: ' 0 1 * * * ', cron_timezone: 'Pacific Time (US & Canada)' })
  expect(made).toEqual({
    id: made.id,
    description: 'every hour',
    ref: 'refs/heads/main',
    cron: '0 1 * * *',
    cron_timezone: 'Pacific Time (US & Canada)',
    next_run_at: '2026-03-03T09:00:00.000Z',
    active: true,
    created_at: timestamp,
    updated_at: timestamp,
    owner: expect.objectContaining({ id: world.developer.id }),
    last_error: null,
    last_pipeline: null,
    variables: [],
    inputs: [],
  })
  const off = await aSchedule(world.developer, { active: false })
  const ids = async (query: string) => (await api.get<{ id: number }[]>(`${base}${query}`)).body.map(({ id }) => id)
  expect(await ids('')).toEqual([made.id, off.id])
  expect([await ids('?scope=active'), await ids('?scope=inactive')]).toEqual([[made.id], [off.id]])
  const changed = await api.put<PipelineScheduleDetails>(`${base}/${made.id}`, { cron: '0 2 * * *', active: false })
  expect(changed.body).toMatchObject({ cron: '0 2 * * *', active: false, next_run_at: '2026-03-03T10:00:00.000Z' })
  await server.api(world.maintainer.token).post(`${base}/${made.id}/take_ownership`)
  expect((await read(made.id)).owner?.id).toBe(world.maintainer.id)
  await server.api(world.maintainer.token).delete(`${base}/${made.id}`)
  expect(await api.get(`${base}/${made.id}`)).toMatchObject({
    status: 404,
    body: { message: '404 Pipeline Schedule Not Found' },
  })
  expect((await audit()).map(({ event_name: event, author_id: author }) => [event, author])).toEqual([
    ['pipeline_schedule_created', world.developer.id],
    ['pipeline_schedule_created', world.developer.id],
    ['pipeline_schedule_updated', world.developer.id],
    ['pipeline_schedule_taken', world.maintainer.id],
    ['pipeline_schedule_deleted', world.maintainer.id],
  ])
  expect((await audit())[2]?.details).toMatchObject({
    before: { cron: '0 1 * * *', active: true },
    after: { cron: '0 2 * * *', active: false },
  })
})

describe('refused, and nothing changes', () => {
  test.each<[string, object, unknown]>([
    [
      'nothing given',
      { description: undefined, ref: undefined, cron: undefined },
      { error: 'description is missing, ref is missing, cron is missing' },
    ],
    ['no cron', { cron: 'daily' }, { message: { cron: [' is invalid syntax'] } }],
    ['a day that never comes', { cron: '0 0 31 2 *' }, { message: { cron: [' is invalid syntax'] } }],
    ['no zone', { cron_timezone: 'Mars' }, { message: { cron_timezone: [' is invalid syntax'] } }],
    ['no description', { description: ' ' }, { message: { description: ["can't be blank"] } }],
    ['a blank ref', { ref: '' }, { error: 'ref is empty' }],
    ['a ref that is two', { ref: 'both' }, { message: { ref: ['is ambiguous'] } }],
    [
      'an input twice',
      { inputs: [1, 2].map((value) => ({ name: 'a', value })) },
      { message: { inputs: ['have duplicate values (a)'] } },
    ],
    [
      'too many inputs',
      { inputs: Array.from({ length: 21 }, (_, value) => ({ name: `i${value}`, value })) },
      { message: { inputs: ['exceeds the limit of 20.'] } },
    ],
    ['an input without a value', { inputs: [{ name: 'a' }] }, { error: 'inputs[0][value] is missing' }],
  ])('create: %s', async (_, body, answer) => {
    await push(world, onlyScheduled)
    const api = server.api(world.developer.token)
    for (const kind of ['branches', 'tags']) {
      const name = kind === 'tags' ? { tag_name: 'both' } : { branch: 'both' }
      await api.post(`/projects/${world.project.id}/repository/${kind}`, { ...name, ref: 'main' })
    }
    expect(await api.post(base, { ...hourly, ...body })).toMatchObject({ status: 400, body: answer })
    expect((await api.get(base)).body).toEqual([])
    expect(await audit()).toEqual([])
  })

  test('a schedule of another project', async () => {
    const { id } = await aSchedule()
    const other = await aProject(server)
    const theirs = server.api((await aMember(server, { project: other }, 'owner')).token)
    const path = `/projects/${other.id}/pipeline_schedules/${id}`
    for (const answer of [
      await theirs.get(path),
      await theirs.put(path, { cron: '* * * * *' }),
      await theirs.delete(path),
      await theirs.post(`${path}/play`),
      await theirs.post(`${path}/take_ownership`),
      await theirs.post(`${path}/variables`, { key: 'A', value: 'x' }),
      await theirs.get(`${path}/variables/A`),
      await theirs.get(`${path}/pipelines`),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { message: '404 Pipeline Schedule Not Found' } })
    }
    expect((await read(id)).cron).toBe(hourly.cron)
  })
})

test('variables and inputs reach the jobs, with the description', async () => {
  const file = `spec:
  inputs:
    where: {default: here}
    tries: {type: number, default: 1}
---
"to $[[ inputs.where ]] $[[ inputs.tries ]]":
  script: [echo]
  rules: [{if: $CI_PIPELINE_SOURCE == "schedule" && $CI_PIPELINE_SCHEDULE_DESCRIPTION == "every hour" && $COLOUR == "red"}]
pushed: {script: [echo], only: [pushes]}
`
  await push(world, file)
  const inputs = [
    { name: 'tries', value: 3 },
    { name: 'where', value: 'there' },
  ]
  const { id } = await aSchedule(world.developer, { inputs })
  const api = server.api(world.developer.token)
  const made = await api.post(`${base}/${id}/variables`, { key: 'COLOUR', value: 'blue', variable_type: 'file' })
  expect(made).toMatchObject({ status: 201, body: { key: 'COLOUR', value: 'blue', variable_type: 'file', raw: false } })
  expect(await api.post(`${base}/${id}/variables`, { key: 'COLOUR', value: 'x' })).toMatchObject({
    status: 400,
    body: { message: { key: ['has already been taken'] } },
  })
  expect((await api.post(`${base}/${id}/variables`, { key: 'A-B', value: 'x' })).status).toBe(400)
  const changed = await api.put(`${base}/${id}/variables/COLOUR`, { value: 'red', variable_type: 'env_var' })
  expect(changed).toMatchObject({ status: 200, body: { value: 'red', variable_type: 'env_var' } })
  await api.post(`${base}/${id}/variables`, { key: 'GONE', value: 'x' })
  expect(await api.delete(`${base}/${id}/variables/GONE`)).toMatchObject({ status: 202, body: { key: 'GONE' } })
  expect(await api.get(`${base}/${id}/variables/GONE`)).toMatchObject({
    status: 404,
    body: { message: '404 Pipeline Schedule Variable Not Found' },
  })
  expect(await read(id)).toMatchObject({ inputs, variables: [{ key: 'COLOUR', value: 'red' }] })
  expect((await api.get(`${base}/${id}/variables`)).body).toMatchObject([{ key: 'COLOUR', value: 'red' }])
  // Whoever does not administer it sees neither.
  const reader = await aMember(server, { project: world.project }, 'reporter')
  const seen = await read(id, reader)
  expect([seen.variables, seen.inputs]).toEqual([undefined, undefined])
  expect((await server.api(reader.token).get(`${base}/${id}/variables`)).status).toBe(403)

  await at('2026-03-02T11:00:00Z')
  const [pipeline] = await pipelines(id)
  expect(await statuses(server, pipeline?.id ?? 0)).toEqual({ 'to there 3': 'pending' })
  await api.put(`${base}/${id}`, {
    inputs: [
      { name: 'where', value: 'home' },
      { name: 'tries', destroy: true },
    ],
  })
  expect((await read(id)).inputs).toEqual([{ name: 'where', value: 'home' }])
  expect((await audit()).map(({ event_name: event }) => event).slice(1)).toEqual([
    'pipeline_schedule_variable_created',
    'pipeline_schedule_variable_updated',
    'pipeline_schedule_variable_created',
    'pipeline_schedule_variable_deleted',
    'pipeline_schedule_updated',
  ])
  expect(JSON.stringify(await audit())).not.toMatch(/blue|there|home/)
})

describe('its time', () => {
  test('makes one pipeline as the owner, and the next time', async () => {
    await push(world, onlyScheduled)
    const { id, next_run_at } = await aSchedule()
    expect(next_run_at).toBe('2026-03-02T11:00:00.000Z')
    await at('2026-03-02T10:59:59Z')
    expect(await pipelines()).toEqual([])
    await at('2026-03-02T11:00:00Z')
    await at('2026-03-02T11:00:05Z')
    const made = await pipelines()
    expect(made).toMatchObject([{ user_id: world.developer.id, schedule_id: id }])
    expect(await statuses(server, made[0]?.id ?? 0)).toEqual({ nightly: 'pending' })
    expect(await read(id)).toMatchObject({
      next_run_at: '2026-03-02T12:00:00.000Z',
      last_pipeline: { id: made[0]?.id },
    })
    const listed = await server.api(world.developer.token).get(`${base}/${id}/pipelines?status=pending&scope=branches`)
    expect(listed.body).toMatchObject([{ id: made[0]?.id, source: 'schedule' }])
    const others = await server.api(world.developer.token).get(`${base}/${id}/pipelines?status=success`)
    expect(others.body).toEqual([])
  })

  test('is made up for once, however many times nobody was there', async () => {
    await push(world, onlyScheduled)
    const { id } = await aSchedule()
    await at('2026-03-02T15:20:00Z')
    expect([await pipelines(), (await read(id)).next_run_at]).toEqual([
      [expect.objectContaining({ schedule_id: id })],
      '2026-03-02T16:00:00.000Z',
    ])
  })

  test('follows the clocks of its time zone', async () => {
    await push(world, onlyScheduled)
    const { id } = await aSchedule(world.developer, { cron: '30 9 * * *', cron_timezone: 'Europe/Berlin' })
    expect((await read(id)).next_run_at).toBe('2026-03-03T08:30:00.000Z')
    // Summer time begins on 29 March 2026.
    await at('2026-03-28T12:00:00Z')
    expect((await read(id)).next_run_at).toBe('2026-03-29T07:30:00.000Z')
  })

  test('is not missed because something else about it changed, and not made up for when it is turned on again', async () => {
    await push(world, onlyScheduled)
    const { id } = await aSchedule()
    const api = server.api(world.developer.token)
    now = new Date('2026-03-02T11:00:01Z')
    await api.put(`${base}/${id}`, { description: 'every hour ' })
    await at('2026-03-02T11:00:02Z')
    expect(await pipelines()).toHaveLength(1)
    await api.put(`${base}/${id}`, { active: false })
    await at('2026-03-02T14:10:00Z')
    expect(await pipelines()).toHaveLength(1)
    await api.put(`${base}/${id}`, { active: true })
    expect((await read(id)).next_run_at).toBe('2026-03-02T15:00:00.000Z')
    await at('2026-03-02T14:10:05Z')
    expect(await pipelines()).toHaveLength(1)
  })

  test('without a pipeline says why, and goes on', async () => {
    await push(world, 'pushed: {script: [echo], except: [schedules]}')
    const { id } = await aSchedule()
    const gone = await aSchedule(world.developer, { ref: 'nowhere' })
    await at('2026-03-02T11:00:00Z')
    expect(await pipelines()).toEqual([])
    expect(await read(id)).toMatchObject({
      active: true,
      last_error: expect.stringMatching(/would have been empty/i),
    })
    expect(await read(gone.id)).toMatchObject({ ref: 'nowhere', last_error: 'Reference not found' })
    await push(world, onlyScheduled)
    await at('2026-03-02T12:00:00Z')
    expect(await read(id)).toMatchObject({ last_error: null, last_pipeline: { status: 'pending' } })
  })

  test('with a broken configuration leaves a failed pipeline that says so', async () => {
    await push(world, 'broken: {}')
    await aSchedule()
    await at('2026-03-02T11:00:00Z')
    expect(await pipelines()).toMatchObject([{ status: 'failed' }])
  })

  test('in an archived project makes nothing, and the schedule stays', async () => {
    await push(world, onlyScheduled)
    const { id } = await aSchedule()
    await server.api(server.rootToken).post(`/projects/${world.project.id}/archive`)
    await at('2026-03-02T11:00:00Z')
    expect(await pipelines()).toEqual([])
    expect(await read(id)).toMatchObject({ active: true, last_error: 'The project is archived' })
  })
})

describe('playing', () => {
  test('T10 uses the rights of whoever plays, and leaves the next time alone', async () => {
    await push(world, onlyScheduled)
    const { id, next_run_at } = await aSchedule()
    const played = await server.api(world.maintainer.token).post(`${base}/${id}/play`, { user_id: world.developer.id })
    expect(played).toMatchObject({ status: 201, body: { message: '201 Created' } })
    expect(await pipelines(id)).toMatchObject([{ user_id: world.maintainer.id }])
    expect((await read(id)).next_run_at).toBe(next_run_at)
  })

  test('says why it made no pipeline', async () => {
    await push(world, onlyScheduled)
    const { id } = await aSchedule(world.developer, { ref: 'nowhere' })
    expect(await server.api(world.developer.token).post(`${base}/${id}/play`)).toMatchObject({
      status: 400,
      body: { message: { base: ['Reference not found'] } },
    })
  })
})

describe('T3 T4 whose rights count, at that moment', () => {
  const ways: [string, (owner: TestUser) => Promise<unknown>][] = [
    ['removed', (owner) => server.api(server.rootToken).delete(`/projects/${world.project.id}/members/${owner.id}`)],
    [
      'demoted',
      (owner) =>
        server.api(server.rootToken).put(`/projects/${world.project.id}/members/${owner.id}`, { access_level: 20 }),
    ],
    ['deactivated', (owner) => server.api(server.rootToken).post(`/users/${owner.id}/deactivate`)],
    ['deleted', (owner) => server.api(server.rootToken).delete(`/users/${owner.id}`)],
  ]
  test.each(ways)('the owner was %s: no pipeline, and the schedule is off', async (_, away) => {
    await push(world, onlyScheduled)
    const owner = await aMember(server, { project: world.project }, 'developer')
    const { id } = await aSchedule(owner)
    expect((await away(owner)) as { status: number }).toMatchObject({ status: expect.toSatisfy((code) => code < 300) })
    await at('2026-03-02T11:00:00Z')
    expect(await pipelines()).toEqual([])
    expect(await read(id)).toMatchObject({ active: false, last_error: expect.stringMatching(/owner may not/) })
    expect((await audit()).at(-1)).toMatchObject({ event_name: 'pipeline_schedule_deactivated', author_id: null })
    // Somebody else takes it, and turns it on.
    const api = server.api(world.maintainer.token)
    await api.post(`${base}/${id}/take_ownership`)
    await api.put(`${base}/${id}`, { active: true })
    await at('2026-03-02T12:00:00Z')
    expect(await pipelines()).toMatchObject([{ user_id: world.maintainer.id }])
  })

  test('the owner was blocked: the schedule is off at once', async () => {
    const owner = await aMember(server, { project: world.project }, 'developer')
    const { id } = await aSchedule(owner)
    const admin = await aUser(server, { admin: true })
    await server.api(admin.token).post(`/users/${owner.id}/block`)
    expect((await read(id)).active).toBe(false)
    expect((await audit()).at(-1)).toMatchObject({
      event_name: 'pipeline_schedule_deactivated',
      author_id: admin.id,
      details: { after: { active: false }, reason: 'Its owner was blocked' },
    })
  })
})

describe('a scheduled deployment', () => {
  beforeEach(async () => {
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      approval_rules: [{ group_id: world.operators.id, required_approvals: 1 }],
    })
  })

  async function scheduled(file = seedFile): Promise<number> {
    await push(world, file, world.maintainer)
    await aSchedule()
    await at('2026-03-02T11:00:00Z')
    const [pipeline] = await pipelines()
    return pipeline?.id ?? 0
  }

  test('T10 T12 is blocked as any other, and its owner cannot approve it', async () => {
    const id = await scheduled()
    const deployment = await deploymentOf(world, id)
    expect(deployment).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect(await vote(world, deployment.id, world.developer, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/cannot approve your own/) },
    })
    expect((await vote(world, deployment.id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect((await deploymentOf(world, id)).jobStatus).toBe('pending')
  })

  test('T28 time never approves, nor do needs, when: always or allow_failure', async () => {
    const id = await scheduled(`stages: [build, deploy, after]
production: {stage: deploy, script: [echo], when: always, allow_failure: true, needs: [], environment: production}
behind: {stage: after, script: [echo], needs: [production]}
`)
    const runner = await aRunner(server, { projectId: world.project.id })
    expect((await deploymentOf(world, id)).status).toBe('blocked')
    // A month of due times later it still waits, and what needs it was passed over.
    for (const time of ['2026-03-02T12:00:00Z', '2026-04-02T12:00:00Z']) await at(time)
    expect(await statuses(server, id)).toEqual({ production: 'manual', behind: 'skipped' })
    expect(await runner.request()).toBeNull()
  })

  test('T30 everything is judged again at the start', async () => {
    const id = await scheduled()
    const deployment = await deploymentOf(world, id)
    await vote(world, deployment.id, world.maintainer, { status: 'approved' })
    // Whoever approved is no approver any more when a runner comes.
    const members = `/groups/${world.operators.id}/members/${world.maintainer.id}`
    await server.api(server.rootToken).delete(members)
    const runner = await aRunner(server, { projectId: world.project.id })
    expect(await runner.request()).toBeNull()
    expect(await deploymentOf(world, id)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
  })

  test('T30 the rules of the time of the run count, not those of the time it was scheduled', async () => {
    await push(world, seedFile, world.maintainer)
    await aSchedule(world.developer, { cron: '0 12 * * *' })
    const taken = `/projects/${world.project.id}/protected_environments/production`
    await server.api(world.maintainer.token).delete(taken)
    await at('2026-03-02T12:00:00Z')
    const [open] = await pipelines()
    expect((await deploymentOf(world, open?.id ?? 0)).jobStatus).toBe('pending')
    await protect(world, {
      name: 'production',
      required_approval_count: 1,
      deploy_access_levels: [{ access_level: 30 }],
    })
    await at('2026-03-03T12:00:00Z')
    const [, closed] = await pipelines()
    expect((await deploymentOf(world, closed?.id ?? 0)).status).toBe('blocked')
  })
})
