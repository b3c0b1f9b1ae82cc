/**
 * The page's story against a server that is killed with SIGKILL at 20 random moments and started again on the same directory.
 * Whatever was acknowledged must still be there, and no deployment may have run twice.
 */
import { appendFile, chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, apiAt } from '../helpers/api.ts'
import { aServerProcess, type ServerProcess } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

const moments = 20
/** The story of one round takes about this long, in milliseconds: kills are spread over all of it. */
const storyMs = 2_500

let server: ServerProcess
let marks: string
let world: { project: number; developer: Api; maintainer: Api }

beforeAll(async () => {
  marks = await mkdtemp(join(tmpdir(), 'countersign-marks-'))
  await chmod(marks, 0o777)
  // Whatever account the jobs have, they may write here and nowhere else of ours.
  await appendFile(join(marks, 'runs'), '')
  await chmod(join(marks, 'runs'), 0o666)
  server = await aServerProcess({ COUNTERSIGN_BUILTIN_RUNNERS: '1' })
  await server.start()
  world = await makeWorld()
})
afterAll(async () => {
  await server.dispose()
  await rm(marks, { recursive: true, force: true })
})

interface Acknowledged {
  /** Commit whose push was answered. */
  sha?: string
  deployment?: number
  vote?: 'approved' | 'rejected'
}

it('kill -9 at 20 random moments loses nothing acknowledged and starts nothing twice', async () => {
  const random = generator(20_261_122)
  const rounds: Acknowledged[] = []
  for (let round = 0; round < moments; round += 1) {
    const acknowledged: Acknowledged = {}
    rounds.push(acknowledged)
    const story = playRound(round, acknowledged).catch(() => undefined)
    await delay(random() * storyMs)
    await server.kill()
    await story
    await server.start()
    await finishRound(acknowledged)
  }
  await checkAll(rounds)
}, 300_000)

/** One push, one vote, and the job's end; every answer that arrives is noted. */
async function playRound(round: number, acknowledged: Acknowledged): Promise<void> {
  const file = `production:
  script:
    - echo "deployment of $CI_COMMIT_SHA" >> ${marks}/runs
  environment:
    name: production
# round ${round}
`
  const path = `/projects/${world.project}/repository/commits`
  const exists = await world.developer.get(`/projects/${world.project}/repository/files/.gitlab-ci.yml?ref=main`)
  const action = { action: exists.status === 200 ? 'update' : 'create', file_path: '.gitlab-ci.yml', content: file }
  const commit = await world.developer.post<{ id: string }>(path, {
    branch: 'main',
    commit_message: `Round ${round}`,
    actions: [action],
  })
  if (commit.status !== 201) throw new Error(`commit: ${commit.status} ${JSON.stringify(commit.body)}`)
  acknowledged.sha = commit.body.id
  acknowledged.deployment = await deploymentFor(commit.body.id)
  const status = round % 4 === 3 ? 'rejected' : 'approved'
  const voted = await world.maintainer.post(
    `/projects/${world.project}/deployments/${acknowledged.deployment}/approval`,
    { status },
  )
  if (voted.status === 201) acknowledged.vote = status
  await ended(acknowledged.deployment)
}

/** After the restart: what was acknowledged is there, and what was voted comes to its end by itself. */
async function finishRound(acknowledged: Acknowledged): Promise<void> {
  if (acknowledged.sha === undefined) return
  const id = await deploymentFor(acknowledged.sha)
  if (acknowledged.deployment !== undefined) expect(id).toBe(acknowledged.deployment)
  acknowledged.deployment = id
  const { body } = await world.developer.get<{ approvals: { status: string }[] }>(
    `/projects/${world.project}/deployments/${id}`,
  )
  if (acknowledged.vote === undefined) return
  expect(body.approvals.map((one) => one.status)).toEqual([acknowledged.vote])
  const status = await ended(id)
  // A job that was running when its runner died fails with a reason; anything else ends as voted.
  if (acknowledged.vote === 'rejected') expect(status).toBe('failed')
  else expect(['success', 'failed']).toContain(status)
}

async function checkAll(rounds: readonly Acknowledged[]): Promise<void> {
  const lines = (await readFile(join(marks, 'runs'), 'utf8')).trim().split('\n').filter(Boolean)
  expect(new Set(lines).size, 'no deployment ran twice').toBe(lines.length)
  const rejected = rounds.filter((round) => round.vote === 'rejected').map((round) => `deployment of ${round.sha}`)
  expect(
    lines.filter((line) => rejected.includes(line)),
    'nothing rejected ran',
  ).toEqual([])
  for (const { deployment } of rounds) {
    if (deployment === undefined) continue
    const { body } = await world.developer.get<{
      status: string
      deployable: { status: string; failure_reason?: string }
    }>(`/projects/${world.project}/deployments/${deployment}`)
    // Deployment and job never disagree.
    const pairs: Record<string, string> = {
      blocked: 'manual',
      success: 'success',
      failed: 'failed',
      canceled: 'canceled',
      created: 'pending',
    }
    expect(body.deployable.status).toBe(pairs[body.status] ?? body.status)
  }
  expect(rounds.filter((round) => round.vote !== undefined).length, 'some rounds got as far as a vote').toBeGreaterThan(
    3,
  )
}

async function deploymentFor(sha: string): Promise<number> {
  return until(`a deployment of ${sha}`, async () => {
    const { body } = await world.developer.get<{ id: number; sha: string }[]>(
      `/projects/${world.project}/deployments?order_by=id&sort=desc&per_page=5`,
    )
    return Array.isArray(body) ? body.find((one) => one.sha === sha)?.id : undefined
  })
}

async function ended(deployment: number): Promise<string> {
  return until(`the end of deployment ${deployment}`, async () => {
    const { body } = await world.developer.get<{ status: string }>(
      `/projects/${world.project}/deployments/${deployment}`,
    )
    return ['success', 'failed', 'canceled'].includes(body.status) ? body.status : undefined
  })
}

async function makeWorld(): Promise<typeof world> {
  const root = apiAt(server.url, server.rootToken)
  const create = async (path: string, body: object) => {
    const answer = await root.post<{ id: number; token: string }>(path, body)
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const person = async (username: string) => {
    const { id } = await create('/users', {
      username,
      name: username,
      email: `${username}@example.com`,
      password: 'a long password',
      skip_confirmation: true,
    })
    const { token } = await create(`/users/${id}/personal_access_tokens`, { name: 'test', scopes: ['api'] })
    return { id, api: apiAt(server.url, token) }
  }
  const [developer, maintainer] = [await person('developer'), await person('maintainer')]
  const project = (await create('/projects', { name: 'shop', initialize_with_readme: true })).id
  await create(`/projects/${project}/members`, { user_id: developer.id, access_level: 40 })
  await create(`/projects/${project}/members`, { user_id: maintainer.id, access_level: 40 })
  await create(`/projects/${project}/protected_environments`, {
    name: 'production',
    deploy_access_levels: [{ access_level: 40 }],
    required_approval_count: 1,
  })
  return { project, developer: developer.api, maintainer: maintainer.api }
}

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
