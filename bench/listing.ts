/**
 * Listing blocked deployments of a project with 1,000 and with 1,000,000 deployments, and the inbox of an instance with 100 and
 * with 10,000 projects: the same page must cost the same.
 */
import { sql } from 'kysely'
import { inTransaction } from '../src/db/transaction.ts'
import { aDeploymentWorld, deploymentOf, inviteOperators, protect, push } from '../test/helpers/deployment-world.ts'
import { type BenchServer, startBenchServer } from './lib/bench-server.ts'
import { median, table } from './lib/numbers.ts'
import { asTestServer } from './votes.ts'

const rounds = 60

/** Two instances, asked in turns: what else the machine does meanwhile slows both. */
export async function run(): Promise<void> {
  const instances = await Promise.all([anInstance(), anInstance()])
  const [few, many] = instances
  try {
    await fill(few, 1_000, 100)
    await fill(many, 1_000_000, 10_000)
    const measured = []
    for (const [page, path] of pages) {
      const [a, b] = await inTurns(
        () => timed(few, path(few)),
        () => timed(many, path(many)),
      )
      measured.push({ page, 'ms few': a, 'ms many': b, ratio: b / a })
    }
    table(`One page with few and with many rows in the database, medians of ${rounds}`, measured)
  } finally {
    for (const { bench } of instances) await bench.stop()
  }
}

interface Instance {
  readonly bench: BenchServer
  readonly projectId: number
  /** A blocked deployment. */
  readonly deploymentId: number
  readonly token: string
}

const pages: readonly [string, (instance: Instance) => string][] = [
  [
    'blocked deployments, 1,000 → 1,000,000 deployments',
    ({ projectId }) => `/projects/${projectId}/deployments?status=blocked`,
  ],
  [
    'newest deployments, 1,000 → 1,000,000 deployments',
    ({ projectId }) => `/projects/${projectId}/deployments?order_by=id&sort=desc`,
  ],
  ['inbox, 100 → 10,000 projects', () => '/deployments/inbox'],
]

async function anInstance(): Promise<Instance> {
  const bench = await startBenchServer()
  const world = await aDeploymentWorld(asTestServer(bench))
  await inviteOperators(world)
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ group_id: world.operators.id }],
    required_approval_count: 1,
  })
  const { pipelineId } = await push(world)
  const { id } = await deploymentOf(world, pipelineId)
  return { bench, projectId: world.project.id, deploymentId: id, token: world.maintainer.token }
}

async function fill(
  { bench, projectId, deploymentId }: Instance,
  deployments: number,
  projects: number,
): Promise<void> {
  await addDeployments(bench, deploymentId, deployments)
  await addProjects(bench, projectId, projects)
}

/** Finished deployments, copied inside the database. */
async function addDeployments(bench: BenchServer, like: number, count: number): Promise<void> {
  await inTransaction(bench.app.db, async (tx) => {
    await sql`
      insert into deployments (iid, project_id, environment_id, user_id, ref, tag, sha, status, finished_at)
      select (select max(iid) from deployments) + g, d.project_id, d.environment_id, d.user_id, d.ref, d.tag, d.sha, 'success', now()
        from deployments d, generate_series(1, ${count}) g where d.id = ${like}`.execute(tx)
  })
  await inTransaction(bench.app.db, (tx) => sql`analyze deployments`.execute(tx))
}

/** Other people's projects, each in a group of its own. */
async function addProjects(bench: BenchServer, like: number, count: number): Promise<void> {
  await inTransaction(bench.app.db, async (tx) => {
    await sql`
      with groups as (
        insert into namespaces (kind, path, name, full_path, full_name, traversal_ids)
        select 'group', 'g' || g || '-' || clock_timestamp()::text, 'g', 'g' || g || '-' || clock_timestamp()::text, 'g', '{}'
          from generate_series(1, ${count}) g returning id, full_path)
      insert into projects (namespace_id, path, name, full_path, creator_id)
      select groups.id, 'p', 'p', groups.full_path || '/p', p.creator_id from groups, projects p where p.id = ${like}`.execute(
      tx,
    )
    await sql`update namespaces set traversal_ids = array[id] where traversal_ids = '{}'`.execute(tx)
  })
  await inTransaction(bench.app.db, (tx) => sql`analyze`.execute(tx))
}

/** Milliseconds of one request. */
async function timed({ bench, token }: Instance, path: string): Promise<number> {
  const start = performance.now()
  const response = await fetch(`${bench.url}/api/v4${path}`, { headers: { 'private-token': token } })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`)
  return performance.now() - start
}

/** Medians of two measurements, one of each in turn; the first rounds only warm up. */
async function inTurns(first: () => Promise<number>, second: () => Promise<number>): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds + 10; round += 1) {
    const [a, b] = [await first(), await second()]
    if (round < 10) continue
    times[0].push(a)
    times[1].push(b)
  }
  return [median(times[0]), median(times[1])]
}
