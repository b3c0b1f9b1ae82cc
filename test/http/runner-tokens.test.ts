import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newToken } from '../../src/db/digest.ts'
import { type RegistrationOwner, replaceRegistrationToken } from '../../src/db/registration-tokens.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aGroup, aMember, aProject, aToken, aUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 1 } })
})
afterAll(() => server.stop())

interface Credentials {
  id: number
  token: string
  token_expires_at: null
}

describe('POST /user/runners', () => {
  it('makes runners for those who administrate the place, and for nobody else', async () => {
    const group = await aGroup(server)
    const project = await aProject(server, { group })
    const maintainer = await aMember(server, { project }, 'maintainer')
    const developer = await aMember(server, { project }, 'developer')
    const owner = await aMember(server, { group }, 'owner')
    const groupMaintainer = await aMember(server, { group }, 'maintainer')
    const outsider = await aUser(server)
    const instance = { runner_type: 'instance_type' }
    const ofGroup = { runner_type: 'group_type', group_id: group.id }
    const ofProject = { runner_type: 'project_type', project_id: project.id }
    const insufficient = '403 Forbidden - Insufficient permissions'
    const missing = '400 Bad request - Missing/invalid scope'
    const rows: [string, string, object, number, string?][] = [
      ['root, instance', server.rootToken, instance, 201],
      ['maintainer, instance', maintainer.token, instance, 403, insufficient],
      ['root, group', server.rootToken, ofGroup, 201],
      ['owner, group', owner.token, ofGroup, 201],
      ['maintainer, group', groupMaintainer.token, ofGroup, 403, insufficient],
      ['outsider, group', outsider.token, ofGroup, 400, missing],
      ['maintainer, project', maintainer.token, ofProject, 201],
      ['developer, project', developer.token, ofProject, 403, insufficient],
      ['outsider, project', outsider.token, ofProject, 400, missing],
      ['no such project', server.rootToken, { ...ofProject, project_id: 999_999 }, 400, missing],
    ]
    for (const [name, token, body, status, message] of rows) {
      const answer = await server.api(token).post<{ message?: string }>('/user/runners', body)
      expect([name, answer.status, answer.body.message]).toEqual([name, status, message])
    }
  })

  it('stores what it was told, shows the token once, and writes the audit row', async () => {
    const project = await aProject(server)
    const maintainer = await aMember(server, { project }, 'maintainer')
    const { body } = await server.api(maintainer.token).post<Credentials>('/user/runners', {
      runner_type: 'project_type',
      project_id: project.id,
      description: 'deployer',
      maintenance_note: 'rack 4',
      paused: 'true',
      locked: true,
      run_untagged: false,
      tag_list: 'prod,prod,eu',
      access_level: 'ref_protected',
      maximum_timeout: '7200',
    })
    expect(body).toEqual({ id: expect.any(Number), token: expect.stringMatching(/^glrt-/), token_expires_at: null })
    const row = await server.db.selectFrom('runners').selectAll().where('id', '=', body.id).executeTakeFirstOrThrow()
    expect(row).toMatchObject({
      runner_type: 'project_type',
      description: 'deployer',
      maintenance_note: 'rack 4',
      paused: true,
      locked: true,
      run_untagged: false,
      tag_list: ['prod', 'eu'],
      access_level: 'ref_protected',
      maximum_timeout: 7200,
      registration_type: 'authenticated_user',
      creator_id: maintainer.id,
      short_token: body.token.slice(5, 14),
    })
    expect(JSON.stringify(row)).not.toContain(body.token)
    expect(await auditOf(body.id)).toEqual([['ci_runner_created', 'Project', project.id, maintainer.name]])
  })

  it('needs the scope create_runner or api', async () => {
    const admin = await aUser(server, { admin: true })
    const [creator, reader] = [
      await aToken(server, admin, ['create_runner']),
      await aToken(server, admin, ['read_api']),
    ]
    const body = { runner_type: 'instance_type' }
    expect((await server.api(creator.token).post('/user/runners', body)).status).toBe(201)
    expect(await server.api(reader.token).post('/user/runners', body)).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    })
    expect((await server.api().post('/user/runners', body)).status).toBe(401)
  })

  it.each([
    [{}, { error: 'runner_type is missing' }],
    [{ runner_type: 'shared' }, { error: 'runner_type does not have a valid value' }],
    [{ runner_type: 'group_type' }, { error: 'group_id is missing' }],
    [{ runner_type: 'project_type' }, { error: 'project_id is missing' }],
    [
      { runner_type: 'instance_type', maximum_timeout: 599 },
      { message: '400 Bad request - Maximum timeout needs to be at least 10 minutes' },
    ],
    [
      { runner_type: 'instance_type', maximum_timeout: 9_999_999_999 },
      { message: '400 Bad request - Maximum timeout must be less than or equal to 2147483647' },
    ],
    [
      { runner_type: 'instance_type', run_untagged: false },
      { message: '400 Bad request - Tags list can not be empty when runner is not allowed to pick untagged jobs' },
    ],
    [{ runner_type: 'instance_type', description: 'a\0b' }, { error: 'description contains a null byte' }],
  ])('refuses %j', async (body, answer) => {
    expect(await server.api(server.rootToken).post('/user/runners', body)).toMatchObject({ status: 400, body: answer })
  })
})

describe('POST /runners', () => {
  it('registers a runner where its registration token belongs', async () => {
    const group = await aGroup(server)
    const project = await aProject(server, { group })
    const owners: [RegistrationOwner, object][] = [
      [{ type: 'instance_type', id: null }, {}],
      [{ type: 'group_type', id: group.id }, { namespace_id: group.id }],
      [{ type: 'project_type', id: project.id }, { project_id: project.id }],
    ]
    for (const [owner] of owners) {
      const token = await registrationToken(owner)
      const { status, body } = await server.api().post<Credentials>('/runners', {
        token,
        description: 'old school',
        tag_list: 'a, b',
        run_untagged: 'false',
        maximum_timeout: 0,
        info: { name: 'gitlab-runner', version: '19.4.0' },
      })
      expect([status, body.token_expires_at]).toEqual([201, null])
      expect(body.token).toMatch(/^glrtr-/)
      const row = await server.db.selectFrom('runners').selectAll().where('id', '=', body.id).executeTakeFirstOrThrow()
      expect(row).toMatchObject({
        runner_type: owner.type,
        tag_list: ['a', 'b'],
        run_untagged: false,
        maximum_timeout: null,
        registration_type: 'registration_token',
        creator_id: null,
      })
      expect(await auditOf(body.id)).toEqual([
        ['ci_runner_registered', expect.any(String), owner.id, `Registration token: ${token.slice(0, 12)}…`],
      ])
    }
    const runners = server.db.selectFrom('runner_projects').select('runner_id').where('project_id', '=', project.id)
    expect(await runners.execute()).toHaveLength(1)
  })

  it('refuses an unknown token with 403, a replaced one too, and every token with 410 when the instance disallows it', async () => {
    const project = await aProject(server)
    const first = await registrationToken({ type: 'project_type', id: project.id })
    const second = await registrationToken({ type: 'project_type', id: project.id })
    const forbidden = { status: 403, body: { message: '403 Forbidden - invalid token supplied' } }
    expect(await server.api().post('/runners', { token: 'nobody' })).toMatchObject(forbidden)
    expect(await server.api().post('/runners', { token: first })).toMatchObject(forbidden)
    expect(await server.api().post('/runners', {})).toMatchObject({ status: 400, body: { error: 'token is missing' } })
    await setting('allow_runner_registration_token', false)
    try {
      const gone = { status: 410, body: { message: '410 Gone - runner registration disallowed' } }
      expect(await server.api().post('/runners', { token: second })).toMatchObject(gone)
      expect(await server.api().post('/runners', { token: 'nobody' })).toMatchObject(gone)
    } finally {
      await setting('allow_runner_registration_token', true)
    }
    expect((await server.api().post('/runners', { token: second })).status).toBe(201)
  })

  it('names what is wrong with the runner', async () => {
    const token = await registrationToken({ type: 'instance_type', id: null })
    expect(
      await server.api().post('/runners', { token, maximum_timeout: 1, description: 'a\0', run_untagged: false }),
    ).toMatchObject({
      status: 400,
      body: {
        message: {
          description: ['is invalid'],
          maximum_timeout: ['needs to be at least 10 minutes'],
          tags_list: ['can not be empty when runner is not allowed to pick untagged jobs'],
        },
      },
    })
  })
})

describe('a runner with its token', () => {
  it('is verified, and its machine noted', async () => {
    const { id, token } = await aRunner()
    const info = { version: '19.4.0', platform: 'linux', features: { cancel_gracefully: true } }
    const answer = await server.api().post('/runners/verify', { token, system_id: 's_0123456789ab', info })
    expect(answer).toMatchObject({ status: 200, body: { id, token, token_expires_at: null } })
    expect(answer.headers.get('content-type')).toBe('application/json')
    const header = await server.api().post('/runners/verify', {}, { 'runner-token': token })
    expect(header).toMatchObject({ status: 200, body: { id, token } })
    expect(await server.api().post('/runners/verify', { token: `${token}x` })).toMatchObject({ status: 403 })
    const managers = server.db
      .selectFrom('runner_managers')
      .select(['system_id', 'version'])
      .where('runner_id', '=', id)
    expect(await managers.orderBy('system_id').execute()).toEqual([
      { system_id: '', version: '' },
      { system_id: 's_0123456789ab', version: '19.4.0' },
    ])
  })

  it('says anything about itself without harm', async () => {
    const { id, token } = await aRunner()
    const info = { version: `v\0${'x'.repeat(500)}`, revision: 7, platform: null, features: null }
    expect((await server.api().post('/runners/verify', { token, system_id: 'a\0b', info })).status).toBe(200)
    expect((await server.api().delete('/runners/managers', { token, system_id: 'none\0' })).status).toBe(404)
    const manager = server.db.selectFrom('runner_managers').select(['system_id', 'version', 'revision'])
    expect(await manager.where('runner_id', '=', id).execute()).toEqual([
      { system_id: 'ab', version: `v${'x'.repeat(254)}`, revision: '7' },
    ])
  })

  it('replaces its token; the old one ends', async () => {
    const { id, token } = await aRunner()
    const { status, body } = await server.api().post<Credentials>('/runners/reset_authentication_token', { token })
    expect([status, body.token_expires_at]).toEqual([201, null])
    expect((await server.api().post('/runners/verify', { token })).status).toBe(403)
    expect((await server.api().post('/runners/verify', { token: body.token })).status).toBe(200)
    expect((await auditOf(id)).at(-1)).toEqual([
      'ci_runner_authentication_token_reset',
      'Instance',
      null,
      `Runner token: ${token.slice(5, 14)}`,
    ])
    expect((await server.api().post('/runners/reset_authentication_token', { token })).status).toBe(403)
  })

  it('replaces its token once when it asks twice at once', async () => {
    const { token } = await aRunner()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.api().post('/runners/reset_authentication_token', { token })),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 403, 403, 403, 403])
  })

  it('forgets one machine', async () => {
    const { token } = await aRunner()
    await server.api().post('/runners/verify', { token, system_id: 's_000000000001' })
    const body = { token, system_id: 's_000000000001' }
    expect((await server.api().delete('/runners/managers', body)).status).toBe(204)
    expect((await server.api().delete('/runners/managers', body)).status).toBe(404)
    expect(await server.api().delete('/runners/managers', { token })).toMatchObject({
      status: 400,
      body: { error: 'system_id is missing' },
    })
    expect((await server.api().delete('/runners/managers', { ...body, token: 'x' })).status).toBe(403)
  })

  it('deletes itself', async () => {
    const { id, token } = await aRunner()
    expect(await server.api().delete('/runners', { token })).toMatchObject({ status: 204, body: null })
    expect((await server.api().delete('/runners', { token })).status).toBe(403)
    expect(await server.db.selectFrom('runners').select('id').where('id', '=', id).execute()).toEqual([])
    expect((await auditOf(id)).at(-1)?.[0]).toBe('ci_runner_unregistered')
  })
})

async function aRunner(): Promise<Credentials> {
  return (await server.api(server.rootToken).post<Credentials>('/user/runners', { runner_type: 'instance_type' })).body
}

async function registrationToken(owner: RegistrationOwner): Promise<string> {
  const token = newToken('GR1348941')
  await inTransaction(server.app.db, (tx) => replaceRegistrationToken(tx, owner, token))
  return token
}

async function setting(key: string, value: unknown): Promise<void> {
  await inTransaction(server.app.db, (tx) =>
    tx
      .insertInto('settings')
      .values({ key, value: JSON.stringify(value) })
      .onConflict((oc) => oc.column('key').doUpdateSet({ value: JSON.stringify(value) }))
      .execute(),
  )
}

async function auditOf(runnerId: number) {
  const rows = await server.db
    .selectFrom('audit_events')
    .select(['event_name', 'entity_type', 'entity_id', 'author_name'])
    .where('target_type', '=', 'Ci::Runner')
    .where('target_id', '=', runnerId)
    .orderBy('id')
    .execute()
  return rows.map((row) => [row.event_name, row.entity_type, row.entity_id, row.author_name])
}
