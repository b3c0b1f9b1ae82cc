/**
 * Generated requests against every operation, as people with and without rights: no answer is a 5xx, and whoever may not write
 * changes nothing. `FUZZ_REQUESTS=100000 npm test -- test/http/fuzz.test.ts` is the long run.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Operation } from '../../src/contract/operation.ts'
import { routes } from '../../src/http/routes/index.ts'
import { aMember, aToken, aUser } from '../helpers/builders.ts'
import { aDeploymentWorld, deploymentOf, inviteOperators, protect, push, vote } from '../helpers/deployment-world.ts'
import { type FuzzRequest, fuzzRequest, type Pools, type Random, seeded } from '../helpers/fuzz.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

const total = Number(process.env['FUZZ_REQUESTS'] ?? 4_000)
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_122)
const atOnce = 8

let server: TestServer
let pools: Pools
let readers: (string | undefined)[]
let writers: string[]

beforeAll(async () => {
  // Held requests for jobs would make this slow and nothing else.
  server = await startTestServer({ timing: { holdMs: 0 } })
  const world = await aDeploymentWorld(server)
  await inviteOperators(world)
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ group_id: world.operators.id }],
    required_approval_count: 1,
  })
  const done = await push(world)
  const first = await deploymentOf(world, done.pipelineId)
  await vote(world, first.id, world.maintainer, { status: 'approved' })
  // Its token stays out of the pools: whoever has it may speak for it.
  const runner = await aRunner(server, { projectId: world.project.id })
  const job = await runner.request()
  if (job) await runner.finish(job)
  const { pipelineId, sha } = await push(world)
  const { id, jobId } = await deploymentOf(world, pipelineId)
  const outsider = await aUser(server)
  const guest = await aMember(server, { project: world.project }, 'guest')
  const readOnly = await aToken(server, world.maintainer, ['read_api'])
  readers = [undefined, 'glpat-not-a-token', outsider.token, guest.token, readOnly.token]
  writers = [world.maintainer.token, server.rootToken]
  const ids = [1, 2, 3, world.project.id, world.operators.id]
  pools = {
    known: {
      id: [world.project.id, world.project.full_path, world.operators.id, world.operators.full_path, ...ids],
      deployment_id: [id, first.id],
      pipeline_id: [pipelineId, done.pipelineId],
      job_id: [jobId, first.jobId],
      user_id: [world.developer.id, world.maintainer.id, outsider.id],
      group_id: [world.operators.id],
      environment_id: ids,
      name: ['production', 'staging', 'review/1'],
      environment: ['production', 'staging'],
      sha: [sha, sha.slice(0, 8)],
      ref: ['main', sha],
      ref_name: ['main'],
      branch: ['main', 'other'],
      file_path: ['.gitlab-ci.yml', 'README.md', 'a/b'],
    },
  }
})
afterAll(() => server.stop())

it(`answers ${Math.floor(total / 2)} requests of people who may not write without any change and without a 5xx`, async () => {
  const before = await fingerprint()
  const failures = await fire(Math.floor(total / 2), seeded(seed), readers, (operation) => !isOwnBusiness(operation))
  expect(failures).toEqual([])
  expect(await fingerprint()).toEqual(before)
}, 3_600_000)

it(`answers ${Math.ceil(total / 2)} requests of a maintainer and an administrator without a 5xx`, async () => {
  expect(await fire(Math.ceil(total / 2), seeded(seed + 1), writers)).toEqual([])
}, 3_600_000)

/** What anybody may do with their own account: these change something, and rightly so. */
function isOwnBusiness({ method, path }: Operation): boolean {
  if (method === 'GET') return false
  return /^\/(personal_access_tokens|user|session|sessions)(\/|$)/.test(path) || /^\/(projects|groups)$/.test(path)
}

/** Sends requests, several at once, and answers those whose answer was a 5xx. */
async function fire(
  count: number,
  random: Random,
  tokens: readonly (string | undefined)[],
  wanted: (operation: Operation) => boolean = () => true,
): Promise<string[]> {
  // Whoever signs in badly too often must wait, which would hide everything else.
  const operations = routes
    .map((route) => route.operation)
    .filter((operation) => operation.id !== 'signIn' && wanted(operation))
  const failures: string[] = []
  let sent = 0
  const sender = async () => {
    while (sent < count && failures.length < 20) {
      sent += 1
      const operation = operations[Math.floor(random() * operations.length)]
      if (!operation) continue
      const request = fuzzRequest(operation, random, pools)
      const token = tokens[Math.floor(random() * tokens.length)]
      const { status, text } = await send(request, token)
      if (status >= 500)
        failures.push(`${status} ${JSON.stringify({ ...request, token: token?.slice(0, 12) })} → ${text.slice(0, 300)}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
  return failures
}

async function send(request: FuzzRequest, token: string | undefined): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}/api/v4${request.path}`, {
    method: request.method,
    redirect: 'manual',
    headers: { ...request.headers, ...(token === undefined ? {} : { 'private-token': token }) },
    ...(request.body === undefined ? {} : { body: request.body }),
  })
  return { status: response.status, text: await response.text() }
}

/** Everything in the database but what a mere visit leaves: when a token was used, when a runner called. */
async function fingerprint(): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(
    server.db,
  )
  const result: Record<string, string> = {}
  const visits = ['last_used_at', 'last_used_ip', 'last_used_ips', 'contacted_at', 'last_seen_at', 'last_activity_at']
  for (const { name } of tables.filter((table) => !['runner_managers', 'sessions'].includes(table.name))) {
    const { rows } = await sql<{ digest: string }>`
      select md5(coalesce(string_agg(line, E'\n' order by line), '')) as digest
        from (select (to_jsonb(t) - ${visits}::text[])::text as line from ${sql.table(name)} t) lines`.execute(
      server.db,
    )
    result[name] = rows[0]?.digest ?? ''
  }
  return result
}
