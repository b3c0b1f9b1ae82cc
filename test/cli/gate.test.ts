import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commitFacts } from '../../src/cli/commit-facts.ts'
import { aUser } from '../helpers/builders.ts'
import { aDeploymentWorld, anOperator, type DeploymentWorld, protect, push, vote } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { as, deadUrl, oneSentence, type Running, run, scratchDir, start } from './helpers/run.ts'

let server: TestServer
let world: DeploymentWorld
let path: string
let sha: string
beforeAll(async () => {
  server = await startTestServer()
  return () => server.stop()
})
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  path = world.project.full_path
  await protect(world, { name: 'live', deploy_access_levels: [{ access_level: 30 }], required_approval_count: 1 })
  sha = (await push(world)).sha
})

const args = (...more: string[]) => ['gate', path, '--environment', 'live', '--sha', sha, '--ref', 'main', ...more]
const gate = (...more: string[]) => start(args(...more), { env: as(world.developer, server) })

const deployments = () =>
  server.db
    .selectFrom('deployments as d')
    .innerJoin('environments as e', 'e.id', 'd.environment_id')
    .select(['d.id', 'd.status', 'd.sha', 'd.ref', 'd.tag', 'd.user_id'])
    .where('d.project_id', '=', world.project.id)
    .where('e.name', '=', 'live')
    .orderBy('d.id')
    .execute()

/** The deployment that a gate made, once it waits. */
async function waiting(running: Running): Promise<number> {
  const end = Date.now() + 30_000
  while (!running.stderr().includes('waits for approval')) {
    if (running.child.exitCode !== null || Date.now() > end)
      throw new Error(`the gate does not wait: ${running.stderr()}`)
    await delay(20)
  }
  const id = (await deployments()).at(-1)?.id
  if (id === undefined) throw new Error('there is no deployment')
  return id
}

describe('gate', () => {
  test('opens when the last approval is there, and the deployment runs', async () => {
    const running = gate('--wait', '60')
    const id = await waiting(running)
    expect(await deployments()).toEqual([
      { id, status: 'blocked', sha, ref: 'main', tag: false, user_id: world.developer.id },
    ])
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await running.ended).toMatchObject({ code: 0, stdout: `Open: deployment ${id} is running.\n` })
    expect(await deployments()).toMatchObject([{ id, status: 'running' }])

    const told = await run(['deployments', 'update', path, String(id), 'success'], { env: as(world.developer, server) })
    expect(told).toMatchObject({ code: 0, stdout: `Deployment ${id} is success.\n` })
    expect(await deployments()).toMatchObject([{ id, status: 'success' }])
  })

  test('ends with 1 when it is rejected, and says by whom', async () => {
    const running = gate()
    const id = await waiting(running)
    await vote(world, id, world.maintainer, { status: 'rejected', comment: 'Not on a Friday' })
    expect(await running.ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`Deployment ${id} was rejected by ${world.maintainer.username}: Not on a Friday`),
    })
  })

  test('silence never opens it; the same command finds the same deployment and its votes', async () => {
    const first = await gate('--wait', '1').ended
    expect(first).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('misses 1 approval') })
    const [made, ...more] = await deployments()
    expect(made).toMatchObject({ status: 'blocked' })
    expect(more).toEqual([])
    await vote(world, made?.id ?? 0, world.maintainer, { status: 'approved' })
    const again = await gate('--wait', '60', '--json').ended
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ id: made?.id, status: 'running', pending_approval_count: 0 })
    expect(await deployments()).toHaveLength(1)
  })

  test('what was let through once needs new approvals the next time', async () => {
    const running = gate()
    await vote(world, await waiting(running), world.maintainer, { status: 'approved' })
    expect((await running.ended).code).toBe(0)
    expect(await gate('--wait', '1').ended).toMatchObject({ code: 1 })
    expect(await deployments()).toMatchObject([{ status: 'running' }, { status: 'blocked' }])
  })

  test("another person's deployment of the same commit is not taken over", async () => {
    expect((await gate('--wait', '1').ended).code).toBe(1)
    const operator = await anOperator(world)
    await run(args('--wait', '1'), { env: as(operator, server) })
    expect((await deployments()).map((one) => one.user_id)).toEqual([world.developer.id, operator.id])
  })

  test('T20 one approval lets one of two waiting callers through', async () => {
    const first = gate('--wait', '60')
    const id = await waiting(first)
    const second = gate('--wait', '60')
    expect(await waiting(second)).toBe(id)
    await vote(world, id, world.maintainer, { status: 'approved' })
    const ended = await Promise.all([first.ended, second.ended])
    expect(new Set(ended.map((one) => one.code))).toEqual(new Set([0, 1]))
    expect(ended.map((one) => one.stderr).join()).toContain('was started by another caller')
  })

  test('an environment without protection is open at once', async () => {
    const open = ['gate', path, '--environment', 'review', '--sha', sha.slice(0, 10), '--json']
    const done = await run(open, { env: as(world.developer, server) })
    expect(done.code).toBe(0)
    expect(JSON.parse(done.stdout)).toMatchObject({ status: 'running', sha, environment: { name: 'review' } })
  })

  test('refusals are told in the words of the server, and nothing is made', async () => {
    const env = as(world.developer, server)
    const unknown = await run(['gate', path, '--environment', 'live', '--sha', 'f'.repeat(40), '--ref', 'main'], {
      env,
    })
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: 'sha The commit does not exist\n' })
    const noRef = await run(['gate', path, '--environment', 'live', '--sha', sha, '--ref', 'nowhere'], { env })
    expect(noRef).toMatchObject({ code: 1, stderr: 'ref The branch or tag does not exist\n' })
    const outsider = await run(args(), { env: as(await aUser(server), server) })
    expect(outsider).toMatchObject({ code: 1, stderr: '404 Project Not Found\n' })
    expect(await deployments()).toEqual([])
  })

  test.each<[string, string[]]>([
    ['no environment', ['gate', 'a/b']],
    ['no time', ['gate', 'a/b', '--environment', 'live', '--wait', '0']],
    ['a time that is none', ['gate', 'a/b', '--environment', 'live', '--wait', 'long']],
  ])('%s is wrong usage', async (_, wrong) => {
    const done = await run(wrong, { env: as(world.developer, server) })
    expect(done).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(oneSentence) })
  })

  test('a server that is not there at the start is unreachable', async () => {
    const url = await deadUrl()
    expect(await run(args('--wait', '30'), { env: as(world.developer, { url }) })).toMatchObject({ code: 3 })
  })
})

describe('which commit', () => {
  const a = 'a'.repeat(40)
  const b = 'b'.repeat(40)
  test.each<[string, object, Record<string, string>, object]>([
    ['given', { sha: b, ref: 'x', tag: true }, { CI_COMMIT_SHA: a }, { sha: b, ref: 'x', tag: true }],
    ['given without a ref', { sha: b }, { CI_COMMIT_SHA: a, CI_COMMIT_BRANCH: 'main' }, { sha: b, ref: b, tag: false }],
    ['GitLab, a branch', {}, { CI_COMMIT_SHA: a, CI_COMMIT_BRANCH: 'main' }, { sha: a, ref: 'main', tag: false }],
    ['GitLab, a tag', {}, { CI_COMMIT_SHA: a, CI_COMMIT_TAG: 'v1' }, { sha: a, ref: 'v1', tag: true }],
    [
      'GitHub, a branch',
      {},
      { GITHUB_SHA: a, GITHUB_REF_NAME: 'main', GITHUB_REF_TYPE: 'branch' },
      { sha: a, ref: 'main', tag: false },
    ],
    [
      'GitHub, a tag',
      {},
      { GITHUB_SHA: a, GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag' },
      { sha: a, ref: 'v1', tag: true },
    ],
    [
      'Buildkite',
      {},
      { BUILDKITE_COMMIT: a, BUILDKITE_BRANCH: 'main', BUILDKITE_TAG: '' },
      { sha: a, ref: 'main', tag: false },
    ],
    ['Jenkins', {}, { GIT_COMMIT: a, BRANCH_NAME: 'main' }, { sha: a, ref: 'main', tag: false }],
    [
      'a ref beside the variables',
      { ref: 'other' },
      { CI_COMMIT_SHA: a, CI_COMMIT_TAG: 'v1' },
      { sha: a, ref: 'other', tag: false },
    ],
  ])('%s', async (_, given, env, expected) => {
    expect(await commitFacts(given, env)).toEqual(expected)
  })

  test('HEAD of the working copy, else wrong usage', async () => {
    const scratch = await scratchDir()
    const env = as(world.developer, server)
    const nothing = await run(['gate', path, '--environment', 'review'], { env, cwd: scratch.path })
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('give --sha') })
    const from = server.app.repositories.open(world.project.id).path
    execFileSync('git', ['-c', 'safe.directory=*', 'clone', '--quiet', from, scratch.path])
    const done = await run(['gate', path, '--environment', 'review', '--json'], { env, cwd: scratch.path })
    await scratch.remove()
    expect(JSON.parse(done.stdout)).toMatchObject({ sha, ref: 'main', status: 'running' })
  })
})
