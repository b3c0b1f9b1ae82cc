import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, deploymentOf, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'
import { deadUrl, oneSentence, type Running, run, scratchDir, start } from './helpers/run.ts'

let server: TestServer
let world: DeploymentWorld
let token: string
beforeAll(async () => {
  server = await startTestServer()
  world = await aDeploymentWorld(server)
  token = (await aRunner(server)).token
  return () => server.stop()
})

let folder: Awaited<ReturnType<typeof scratchDir>>
let running: Running | null = null
beforeEach(async () => {
  folder = await scratchDir()
})
afterEach(async () => {
  running?.child.kill('SIGKILL')
  await running?.ended
  running = null
  await folder.remove()
})

const directories = () => ['--state-dir', join(folder.path, 'state'), '--builds-dir', join(folder.path, 'builds')]

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 45_000
  while (!(await holds())) {
    if (Date.now() > end || running?.child.exitCode !== null)
      throw new Error(`${what}: ${running?.stdout()} ${running?.stderr()}`)
    await delay(50)
  }
}

describe('runner', () => {
  test('runs jobs of a server, tells who they run as, and SIGTERM ends it in order', async () => {
    running = start(['runner', '--url', server.url, ...directories()], { env: { COUNTERSIGN_RUNNER_TOKEN: token } })
    await until('the runner asks for jobs', () => running?.stdout().includes(`asks ${server.url} for jobs`) ?? false)
    expect(running.stdout()).toMatch(/^(Each job runs as an account of its own|Jobs share the server's account)/)
    const { pipelineId } = await push(world)
    await until('the job succeeds', async () => (await deploymentOf(world, pipelineId)).jobStatus === 'success')
    const { jobId } = await deploymentOf(world, pipelineId)
    const trace = await server
      .api(world.developer.token)
      .get<string>(`/projects/${world.project.id}/jobs/${jobId}/trace`)
    expect(trace.body).toContain('Deploying to production')
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Running jobs may end') })
    expect(running.stdout() + running.stderr()).not.toContain(token)
  })

  test('a token that the server does not know is refused at once', async () => {
    const env = { COUNTERSIGN_RUNNER_TOKEN: 'glrt-nobody-has-this-token' }
    const done = await run(['runner', '--url', server.url, ...directories()], { env })
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("does not know this runner's token") })
    expect(done.stderr).toMatch(oneSentence)
  })

  test('a server that is away is waited for', async () => {
    const env = { COUNTERSIGN_RUNNER_TOKEN: token }
    running = start(['runner', '--url', await deadUrl(), ...directories()], { env })
    await until('the runner starts', () => running?.stdout().includes('for jobs') ?? false)
    expect(running.stderr()).toContain('starts all the same')
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test('a state directory that another runner uses is refused', async () => {
    const env = { COUNTERSIGN_RUNNER_TOKEN: token }
    running = start(['runner', '--url', server.url, ...directories()], { env })
    await until('the runner starts', () => running?.stdout().includes('for jobs') ?? false)
    const second = await run(['runner', '--url', server.url, ...directories()], { env })
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('Another runner is using') })
  })

  test.each<[string, string[]]>([
    ['no token', ['--url', 'http://127.0.0.1:1']],
    ['no URL', ['--token', 'x']],
    ['an impossible number of jobs', ['--url', 'http://a', '--token', 'x', '--concurrency', '0']],
    ['a URL that is none', ['--url', 'server', '--token', 'x']],
  ])('%s is wrong usage', async (_, args) => {
    expect(await run(['runner', ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(oneSentence) })
  })
})
