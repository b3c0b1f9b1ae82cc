/** CI/CD variables of projects, groups and the instance through a client that others maintain, as it is. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aGroup, aProject } from '../helpers/builders.ts'
import { type Gitbeaker, gitbeaker } from '../helpers/gitbeaker.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let gitlab: Gitbeaker

beforeAll(async () => {
  server = await startTestServer()
  gitlab = gitbeaker(server, server.rootToken)
})
afterAll(() => server.stop())

it('drives variables of a project and a group, by environment scope', async () => {
  const owners = [
    [gitlab.ProjectVariables, (await aProject(server)).id],
    [gitlab.GroupVariables, (await aGroup(server)).id],
  ] as const
  for (const [variables, id] of owners) {
    const flags = { protected: true, masked: true, raw: true, description: 'Where' } as const
    const made = await variables.create(id, 'TARGET', 'anywhere-at-all', flags)
    expect(made).toMatchObject({ key: 'TARGET', ...flags, environment_scope: '*', variable_type: 'env_var' })
    await variables.create(id, 'TARGET', 'live-machine', { environmentScope: 'production', variableType: 'file' })
    const filter = { environment_scope: 'production' } as never
    expect(await variables.show(id, 'TARGET', { filter })).toMatchObject({ value: 'live-machine' })
    const edited = await variables.edit(id, 'TARGET', 'another', { filter, environmentScope: 'staging' })
    expect(edited).toMatchObject({ value: 'another', environment_scope: 'staging', variable_type: 'file' })
    expect(await variables.all(id)).toMatchObject([{ environment_scope: '*' }, { environment_scope: 'staging' }])
    await variables.remove(id, 'TARGET', { filter: { environment_scope: 'staging' } })
    expect(await variables.all(id)).toHaveLength(1)
    await variables.remove(id, 'TARGET')
    await expect(variables.show(id, 'TARGET')).rejects.toMatchObject({ cause: { response: { status: 404 } } })
  }
})

it('drives variables of the instance', async () => {
  const variables = gitlab.InstanceLevelCICDVariables
  expect(await variables.create('GLOBAL', 'one', { raw: true })).toMatchObject({ key: 'GLOBAL', raw: true })
  expect(await variables.edit('GLOBAL', 'two', { variableType: 'file' })).toMatchObject({ variable_type: 'file' })
  expect(await variables.show('GLOBAL')).toMatchObject({ value: 'two' })
  expect(await variables.all()).toHaveLength(1)
  // Its `remove` sends a GET (version 43.8.0).
})
