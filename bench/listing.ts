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

const rounds = 30

export async function run(): Promise<void> {
  const bench = await startBenchServer()
  try {
    const world = await aDeploymentWorld(asTestServer(bench))
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 1,
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    const list = `${bench.url}/api/v4/projects/${world.project.id}/deployments?status=blocked`
    const newest = `${bench.url}/api/v4/projects/${world.project.id}/deployments?order_by=id&sort=desc`
    const inbox = `${bench.url}/api/v4/deployments/inbox`
    const { token } = world.maintainer
    await addDeployments(bench, id, 1_000)
    await addProjects(bench, world.project.id, 100)
    const few = { list: await timed(list, token), newest: await timed(newest, token), inbox: await timed(inbox, token) }
    await addDeployments(bench, id, 999_000)
    await addProjects(bench, world.project.id, 9_900)
    const many = {
      list: await timed(list, token),
      newest: await timed(newest, token),
      inbox: await timed(inbox, token),
    }
    const row = (page: string, a: number, b: number) => ({ page, 'ms few': a, 'ms many': b, ratio: b / a })
    table(`One page with few and with many rows in the database, medians of ${rounds}`, [
      row('blocked deployments, 1,000 → 1,000,000 deployments', few.list, many.list),
      row('newest deployments, 1,000 → 1,000,000 deployments', few.newest, many.newest),
      row('inbox, 100 → 10,000 projects', few.inbox, many.inbox),
    ])
  } finally {
    await bench.stop()
  }
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

async function timed(url: string, token: string): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds + 5; round += 1) {
    const start = performance.now()
    const response = await fetch(url, { headers: { 'private-token': token } })
    const body = await response.text()
    if (response.status !== 200) throw new Error(`${url}: ${response.status} ${body}`)
    if (round >= 5) times.push(performance.now() - start)
  }
  return median(times)
}
