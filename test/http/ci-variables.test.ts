import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CiVariableEntity } from '../../src/contract/ci-variables.ts'
import type { Namespace } from '../../src/db/namespaces.ts'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aToken, aUser, type Role, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let group: Namespace
let project: Project
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  await inTransaction(server.db, (tx) => tx.deleteFrom('ci_variables').execute())
  group = await aGroup(server)
  project = await aProject(server, { group })
})

type Level = 'project' | 'group' | 'instance'
const levels: Level[] = ['project', 'group', 'instance']
const paths: Record<Level, () => string> = {
  project: () => `/projects/${project.id}/variables`,
  group: () => `/groups/${group.id}/variables`,
  instance: () => '/admin/ci/variables',
}
const notFound: Record<Level, string> = {
  project: '404 Variable Not Found',
  group: '404 GroupVariable Not Found',
  instance: '404 InstanceVariable Not Found',
}
const events: Record<Level, string> = {
  project: 'ci_variable',
  group: 'ci_group_variable',
  instance: 'ci_instance_variable',
}

/** Somebody who may. */
async function manager(level: Level): Promise<Api> {
  if (level === 'instance') return server.api(server.rootToken)
  const user =
    level === 'project' ? await aMember(server, { project }, 'maintainer') : await aMember(server, { group }, 'owner')
  return server.api(user.token)
}

async function stored() {
  return server.db.selectFrom('ci_variables').selectAll().orderBy('id').execute()
}

describe('T1 who may', () => {
  type Who = Role | 'anonymous' | 'outsider' | 'admin'
  const everybody: Who[] = [
    'anonymous',
    'outsider',
    'guest',
    'planner',
    'reporter',
    'developer',
    'maintainer',
    'owner',
    'admin',
  ]
  const refused: Record<Level, Partial<Record<Who, number>>> = {
    project: { anonymous: 401, outsider: 404, guest: 403, planner: 403, reporter: 403, developer: 403 },
    group: { anonymous: 401, outsider: 404, guest: 403, planner: 403, reporter: 403, developer: 403, maintainer: 403 },
    instance: {
      anonymous: 401,
      outsider: 403,
      guest: 403,
      planner: 403,
      reporter: 403,
      developer: 403,
      maintainer: 403,
      owner: 403,
    },
  }
  test.each(levels)('%s variables', async (level) => {
    const path = paths[level]()
    await (await manager(level)).post(path, { key: 'SECRET', value: 'top' })
    for (const who of everybody) {
      const token =
        who === 'anonymous'
          ? undefined
          : who === 'outsider' || who === 'admin'
            ? (await aUser(server, { admin: who === 'admin' })).token
            : (await aMember(server, level === 'group' ? { group } : { project }, who)).token
      const as = server.api(token)
      const no = refused[level][who]
      const before = await stored()
      const key = unique('K').replaceAll('-', '_')
      const statuses = [
        (await as.get(path)).status,
        (await as.get(`${path}/SECRET`)).status,
        (await as.put(`${path}/SECRET`, { value: 'new' })).status,
        // Authorisation comes before the parameters.
        (await as.post(path, {})).status,
        (await as.post(path, { key, value: 'x' })).status,
        (await as.delete(`${path}/${no === undefined ? key : 'SECRET'}`)).status,
      ]
      expect([who, ...statuses]).toEqual([
        who,
        ...(no === undefined ? [200, 200, 200, 400, 201, 204] : Array.from({ length: 6 }, () => no)),
      ])
      if (no !== undefined) expect(await stored()).toEqual(before)
    }
  })

  test('T18 a token that may only read changes nothing', async () => {
    const user = await aMember(server, { project }, 'maintainer')
    const reader = server.api((await aToken(server, user, ['read_api'])).token)
    expect((await reader.get(paths.project())).status).toBe(200)
    expect(await reader.post(paths.project(), { key: 'A', value: 'x' })).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    })
    expect(await stored()).toEqual([])
  })
})

describe.each(levels)('%s variables', (level) => {
  test('create, read, list, change, delete, each on the record without the value', async () => {
    const api = await manager(level)
    const path = paths[level]()
    const made = await api.post<CiVariableEntity>(path, {
      key: ' DEPLOY_KEY ',
      value: 'abcdefgh',
      masked: 'true',
      protected: 1,
      variable_type: 'file',
      raw: true,
      description: 'for deploys',
    })
    const entity = {
      variable_type: 'file',
      key: 'DEPLOY_KEY',
      value: 'abcdefgh',
      protected: true,
      masked: true,
      raw: true,
      description: 'for deploys',
      ...(level === 'instance' ? {} : { hidden: false, environment_scope: '*' }),
    }
    expect(made).toMatchObject({ status: 201 })
    expect(made.body).toEqual(entity)
    expect((await api.get(`${path}/DEPLOY_KEY`)).body).toEqual(entity)
    const list = await api.get(path)
    expect(list.body).toEqual([entity])
    expect(list.headers.get('x-total')).toBe('1')
    const changed = await api.put(`${path}/DEPLOY_KEY`, { value: 'ijklmnop', protected: false, key: 'IGNORED' })
    expect(changed).toMatchObject({ status: 200, body: { ...entity, value: 'ijklmnop', protected: false } })
    expect(await api.delete(`${path}/DEPLOY_KEY`)).toMatchObject({ status: 204, body: null })
    for (const verb of ['get', 'put', 'delete'] as const) {
      const answer = await api[verb](`${path}/DEPLOY_KEY`)
      expect(answer).toMatchObject({ status: 404, body: { message: notFound[level] } })
    }
    const rows = await server.db
      .selectFrom('audit_events')
      .selectAll()
      .where('target_type', '=', 'CiVariable')
      .where('event_name', 'like', `${events[level]}_%`)
      .where('target_details', '=', 'DEPLOY_KEY')
      .orderBy('id')
      .execute()
    expect(rows.map((row) => row.event_name)).toEqual(
      ['created', 'updated', 'deleted'].map((verb) => `${events[level]}_${verb}`),
    )
    expect(rows[1]).toMatchObject({
      details: { before: { protected: true }, after: { protected: false }, value_changed: true },
    })
    expect(JSON.stringify(rows)).not.toMatch(/abcdefgh|ijklmnop/)
  })

  test.each<[string, object, unknown]>([
    ['nothing', {}, { error: 'key is missing, value is missing' }],
    ['a bad key', { key: 'A-B', value: 'x' }, { message: { key: ["can contain only letters, digits and '_'."] } }],
    [
      'a bad type',
      { key: 'A', value: 'x', variable_type: 'dir' },
      { error: 'variable_type does not have a valid value' },
    ],
    ['unmaskable', { key: 'A', value: 'short', masked: true }, { message: { value: ['is invalid'] } }],
    ['a null byte', { key: 'A', value: 'x\0' }, { error: 'value contains a null byte' }],
    ['not a boolean', { key: 'A', value: 'x', masked: 'maybe' }, { error: 'masked is invalid' }],
    [
      'a long description',
      { key: 'A', value: 'x', description: 'd'.repeat(256) },
      { message: { description: ['is too long (maximum is 255 characters)'] } },
    ],
  ])('refused: %s', async (_, body, answer) => {
    const api = await manager(level)
    expect(await api.post(paths[level](), body)).toMatchObject({ status: 400, body: answer })
    expect(await stored()).toEqual([])
  })

  test('a key is taken once, also by two calls at once', async () => {
    const api = await manager(level)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.post(paths[level](), { key: 'A', value: 'x' })),
    )
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    expect(answers.find((answer) => answer.status !== 201)).toMatchObject({
      status: 400,
      body: { message: { key: ['(A) has already been taken'] } },
    })
  })

  test('a change must leave a variable that may be stored', async () => {
    const api = await manager(level)
    await api.post(paths[level](), { key: 'A', value: 'p$ssword!', masked: true, raw: true })
    const before = await stored()
    expect(await api.put(`${paths[level]()}/A`, { raw: false })).toMatchObject({
      status: 400,
      body: { message: { value: ['is invalid'] } },
    })
    expect(await api.put(`${paths[level]()}/A`, { value: 'short' })).toMatchObject({ status: 400 })
    expect(await stored()).toEqual(before)
  })
})

describe.each(['project', 'group'] as const)('%s variables with a scope', (level) => {
  test('one key for several environments: the filter says which', async () => {
    const api = await manager(level)
    const path = paths[level]()
    for (const environment_scope of ['*', 'production', 'review/*']) {
      expect((await api.post(path, { key: 'URL', value: environment_scope, environment_scope })).status).toBe(201)
    }
    const conflict = {
      status: 409,
      body: {
        message: "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
      },
    }
    expect(await api.get(`${path}/URL`)).toMatchObject(conflict)
    expect(await api.put(`${path}/URL`, { value: 'x' })).toMatchObject(conflict)
    expect(await api.delete(`${path}/URL`)).toMatchObject(conflict)
    expect((await api.get(`${path}/URL?filter[environment_scope]=production`)).body).toMatchObject({
      value: 'production',
    })
    expect(
      (await api.get(`${path}/URL?filter%5Benvironment_scope%5D=${encodeURIComponent('review/*')}`)).body,
    ).toMatchObject({ value: 'review/*' })
    expect(await api.get(`${path}/URL?filter[environment_scope]=staging`)).toMatchObject({
      status: 404,
      body: { message: notFound[level] },
    })
    const put = await api.put(`${path}/URL`, { value: 'changed', filter: { environment_scope: 'production' } })
    expect(put.body).toMatchObject({ value: 'changed', environment_scope: 'production' })
    expect(
      await api.put(`${path}/URL`, { environment_scope: '*', filter: { environment_scope: 'production' } }),
    ).toMatchObject({
      status: 400,
      body: { message: { key: ['(URL) has already been taken'] } },
    })
    expect((await api.delete(`${path}/URL?filter[environment_scope]=*`)).status).toBe(204)
    expect((await api.get<CiVariableEntity[]>(path)).body.map((one) => one.environment_scope)).toEqual([
      'production',
      'review/*',
    ])
    expect(await api.post(path, { key: 'URL', value: 'x', environment_scope: 'a?b' })).toMatchObject({
      status: 400,
      body: {
        message: {
          environment_scope: ["can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces"],
        },
      },
    })
  })

  test('masked and hidden: never shown again, and never unmasked', async () => {
    const api = await manager(level)
    const path = paths[level]()
    expect(await api.post(path, { key: 'H', value: 'short', masked_and_hidden: true })).toMatchObject({
      status: 400,
      body: { message: { value: ['is invalid'] } },
    })
    const made = await api.post(path, { key: 'H', value: 'very-secret', masked_and_hidden: true })
    expect(made).toMatchObject({ status: 201, body: { value: null, masked: true, hidden: true } })
    expect(await api.put(`${path}/H`, { masked: false })).toMatchObject({
      status: 400,
      body: { message: { base: ['The visibility setting cannot be changed for masked and hidden variables.'] } },
    })
    expect((await api.put(`${path}/H`, { value: 'other-secret' })).body).toMatchObject({ value: null, hidden: true })
    expect((await api.get(path)).body).toMatchObject([{ value: null }])
    expect(await stored()).toMatchObject([{ value: 'other-secret' }])
  })
})

test('variables of another project or group are not found here', async () => {
  const api = await manager('project')
  await api.post(paths.project(), { key: 'A', value: 'x' })
  await (await manager('group')).post(paths.group(), { key: 'B', value: 'x' })
  await (await manager('instance')).post(paths.instance(), { key: 'C', value: 'x' })
  for (const key of ['B', 'C']) expect((await api.get(`${paths.project()}/${key}`)).status).toBe(404)
  expect((await api.get<CiVariableEntity[]>(paths.project())).body.map((one) => one.key)).toEqual(['A'])
  expect((await server.api(server.rootToken).get(`${paths.instance()}/A`)).status).toBe(404)
})
