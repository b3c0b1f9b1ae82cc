/**
 * Votes per second over HTTP with 16 clients, beside the very statements of such a vote sent raw to the same PostgreSQL by 16
 * connections. Rounds are interleaved; the ratio is of the medians.
 */
import { Client, type QueryConfig } from 'pg'
import { clientConfig } from '../src/db/target.ts'
import { apiAt } from '../test/helpers/api.ts'
import { aDeploymentWorld, deploymentOf, inviteOperators, protect, push } from '../test/helpers/deployment-world.ts'
import type { TestServer } from '../test/helpers/server.ts'
import { type BenchServer, copyBlockedDeployment, startBenchServer } from './lib/bench-server.ts'
import { median, table } from './lib/numbers.ts'

const clients = 16
const perRound = 400
const rounds = 5

interface Statement {
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
}

export async function run(): Promise<void> {
  const bench = await startBenchServer()
  try {
    const world = await aDeploymentWorld(asTestServer(bench))
    await inviteOperators(world)
    // Two approvals are needed, so the measured first one is a vote and nothing else.
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 2,
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    const url = (deployment: number) =>
      `${bench.url}/api/v4/projects/${world.project.id}/deployments/${deployment}/approval`
    const vote = async (deployment: number) => {
      const response = await fetch(url(deployment), {
        method: 'POST',
        headers: { 'private-token': world.maintainer.token, 'content-type': 'application/json' },
        body: '{"status":"approved"}',
      })
      if (response.status !== 201) throw new Error(`vote: ${response.status} ${await response.text()}`)
      await response.arrayBuffer()
    }
    const copies = await copyBlockedDeployment(bench.app, id, perRound * (rounds * 2 + 1) + 1)
    const [sample, ...rest] = copies
    if (!sample) throw new Error('no deployments')
    const take = (count: number) => rest.splice(0, count)
    await spread(take(perRound), (copy) => vote(copy.deployment))
    // After the warm-up, so that what the server prepares is prepared here too.
    const statements = await capture(() => vote(sample.deployment))

    const pool = await Promise.all(Array.from({ length: clients }, () => connect(bench)))
    const http: number[] = []
    const raw: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      http.push(await perSecond(take(perRound), (copy) => vote(copy.deployment)))
      raw.push(await perSecond(take(perRound), (copy, client) => replay(pool[client], statements, sample, copy)))
    }
    await Promise.all(pool.map((client) => client.end()))
    table(`Votes per second, ${clients} clients, medians of ${rounds} interleaved rounds of ${perRound}`, [
      { path: 'over HTTP', 'votes/s': median(http), ratio: median(http) / median(raw) },
      { path: `the same ${statements.length} statements, raw`, 'votes/s': median(raw), ratio: 1 },
    ])
  } finally {
    await bench.stop()
  }
}

/** The statements that one vote sends, in order, with their values. */
async function capture(work: () => Promise<void>): Promise<Statement[]> {
  const seen: Statement[] = []
  // oxlint-disable-next-line typescript/unbound-method -- called with `this` below
  const original = Client.prototype.query
  Client.prototype.query = function capturing(this: Client, ...args: unknown[]): unknown {
    seen.push(statementOf(args))
    return Reflect.apply(original, this, args)
  } as typeof original
  try {
    await work()
  } finally {
    Client.prototype.query = original
  }
  return seen
}

/** The driver takes a text with its values, or one object, with a name when the statement is prepared. */
function statementOf([first, values]: readonly unknown[]): Statement {
  if (typeof first === 'string') return { text: first, values: Array.isArray(values) ? values : [] }
  const { name, text, values: own } = first as QueryConfig
  return { ...(name === undefined ? {} : { name }), text, values: own ?? [] }
}

/** Sends the captured statements for another deployment: its ids take the places of the sample's. */
async function replay(
  client: Client | undefined,
  statements: readonly Statement[],
  sample: Ids,
  copy: Ids,
): Promise<void> {
  const ids = new Map<unknown, number>([
    [sample.deployment, copy.deployment],
    [sample.job, copy.job],
    [sample.pipeline, copy.pipeline],
  ])
  const substitute = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(substitute)
    return ids.get(value) ?? value
  }
  for (const { values, ...statement } of statements) {
    await client?.query({ ...statement, values: values.map(substitute) })
  }
}

interface Ids {
  readonly deployment: number
  readonly job: number
  readonly pipeline: number
}

async function connect(bench: BenchServer): Promise<Client> {
  const client = new Client(clientConfig({ kind: 'embedded', connection: bench.embedded.connection }))
  await client.connect()
  return client
}

async function perSecond(copies: readonly Ids[], work: (copy: Ids, client: number) => Promise<void>): Promise<number> {
  const start = performance.now()
  await spread(copies, work)
  return copies.length / ((performance.now() - start) / 1000)
}

/** Works through all copies with as many at once as there are clients. */
async function spread(copies: readonly Ids[], work: (copy: Ids, client: number) => Promise<void>): Promise<void> {
  const queue = [...copies]
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let copy = queue.pop(); copy; copy = queue.pop()) await work(copy, client)
    }),
  )
}

/** The builders of the tests need no more of a server than this. */
export function asTestServer(bench: BenchServer): TestServer {
  const { app, url, rootToken } = bench
  return { app, url, db: app.db, rootToken, api: (token?: string) => apiAt(url, token) } as TestServer
}
