/** An instance with the seed's project and a deployment that waits, filled with as much as a benchmark wants. */
import { sql } from 'kysely'
import { inTransaction } from '../../src/db/transaction.ts'
import { aDeploymentWorld, deploymentOf, inviteOperators, protect, push } from '../../test/helpers/deployment-world.ts'
import { asTestServer } from '../votes.ts'
import { type BenchServer, startBenchServer } from './bench-server.ts'

export interface Instance {
  readonly bench: BenchServer
  readonly projectId: number
  /** A blocked deployment. */
  readonly deploymentId: number
  /** The maintainer, who may approve. */
  readonly maintainerId: number
  readonly token: string
  readonly projectPath: string
}

export async function anInstance(): Promise<Instance> {
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
  return {
    bench,
    projectId: world.project.id,
    projectPath: world.project.full_path,
    deploymentId: id,
    maintainerId: world.maintainer.id,
    token: world.maintainer.token,
  }
}

/** Finished deployments of the project, and other people's projects. */
export async function fill(
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
