/** Logs in which a runner wrote down every command with its values: CI_DEBUG_TRACE, CI_DEBUG_SERVICES, or the runner's own setting. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember, aUser, type Role } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
  world = await aDeploymentWorld(server)
})
afterAll(() => server.stop())

/** A job with these variables that wrote a line; `part` is what a runner says with it. */
async function logged(
  variables: string,
  part: { readonly query?: string; readonly start?: string } = {},
): Promise<string> {
  const runner = await aRunner(server, { projectId: world.project.id })
  await push(world, `one:\n  variables: {${variables}}\n  script: [x]\n`)
  const job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.update(job, 'running')
  await runner.log(job, 0, part.start ?? '+ PASSWORD=plain\n', part.query)
  if (part.start !== undefined) await runner.log(job, part.start.length, '+ PASSWORD=plain\n', '?debug_trace=true')
  await runner.update(job, 'success')
  return `/projects/${world.project.id}/jobs/${job.id}/trace`
}

async function readers(path: string): Promise<Record<string, number>> {
  const roles: Role[] = ['reporter', 'developer', 'maintainer']
  const answers = roles.map(async (role) => {
    const { token } = await aMember(server, { project: world.project }, role)
    return [role, (await server.api(token).get(path)).status] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

describe('a log with every value in it', () => {
  const forDevelopers = { reporter: 403, developer: 200, maintainer: 200 }
  const forReaders = { reporter: 200, developer: 200, maintainer: 200 }

  test.each([
    ['nothing of the kind', 'A: b', {}, forReaders],
    ['debugging that is off', 'CI_DEBUG_TRACE: "false"', {}, forReaders],
    ['CI_DEBUG_TRACE', 'CI_DEBUG_TRACE: "true"', {}, forDevelopers],
    ['CI_DEBUG_TRACE through another variable', 'WANTED: "1", CI_DEBUG_TRACE: $WANTED', {}, forDevelopers],
    ['CI_DEBUG_SERVICES', 'CI_DEBUG_SERVICES: "true"', {}, forDevelopers],
    ['a runner that says so', 'A: b', { query: '?debug_trace=true' }, forDevelopers],
    ['a runner that says it is not so', 'A: b', { query: '?debug_trace=false' }, forReaders],
    ['a runner that says so later', 'A: b', { query: '?debug_trace=false', start: 'quiet\n' }, forDevelopers],
  ])('%s', async (_, variables, part, expected) => {
    expect(await readers(await logged(variables, part))).toEqual(expected)
  })

  test('in a public project it is nobody else’s either', async () => {
    const path = await logged('CI_DEBUG_TRACE: "true"')
    await inTransaction(server.db, (tx) =>
      tx.updateTable('projects').set({ visibility: 'public' }).where('id', '=', world.project.id).execute(),
    )
    const stranger = await aUser(server)
    expect((await server.api(stranger.token).get(path)).status).toBe(403)
    expect((await server.api().get(path)).status).toBe(403)
    expect((await server.api(world.developer.token).get(path)).body).toBe('+ PASSWORD=plain\n')
  })
})
