/** A server on its own embedded PostgreSQL in a scratch directory, with the seed's project and many blocked deployments. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { bootstrapRoot } from '../../src/app/bootstrap.ts'
import type { App } from '../../src/app/context.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../src/db/embedded.ts'
import { migrate } from '../../src/db/migrate.ts'
import { closeDatabase, openDatabase } from '../../src/db/open.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { buildServer, closeApp, closeServer, createApp } from '../../src/http/build.ts'
import { createLog } from '../../src/log.ts'

export interface BenchServer {
  readonly app: App
  readonly url: string
  readonly embedded: EmbeddedPostgres
  readonly rootToken: string
  stop(): Promise<void>
}

const rootToken = 'glpat-bench-root-token-0123'

export async function startBenchServer(): Promise<BenchServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  const embedded = await startEmbedded(dataDir)
  const target = { kind: 'embedded', connection: embedded.connection } as const
  const db = await openDatabase(target)
  await migrate(db)
  const app = await createApp({ db, target, dataDir, log: createLog('silent'), externalUrl: 'http://127.0.0.1' })
  await bootstrapRoot(app, { password: null, token: rootToken })
  const server = buildServer(app)
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  app.setExternalUrl(url)
  return {
    app,
    url,
    embedded,
    rootToken,
    stop: async () => {
      await closeServer(server)
      await closeApp(app)
      await closeDatabase(db)
      await embedded.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Copies one blocked deployment, with its pipeline and job, `count` times. Answers the copies' ids. */
export async function copyBlockedDeployment(
  app: App,
  deploymentId: number,
  count: number,
): Promise<{ deployment: number; job: number; pipeline: number }[]> {
  return inTransaction(app.db, async (tx) => {
    const { rows } = await sql<{ deployment: number; job: number; pipeline: number }>`
      with original as (select * from deployments where id = ${deploymentId}),
      numbers as (select g as n from generate_series(1, ${count}) g),
      new_pipelines as (
        insert into pipelines (iid, project_id, ref, tag, sha, before_sha, source, status, user_id, predefined)
        select 1000000 + n.n + (select coalesce(max(iid), 0) from pipelines), p.project_id, p.ref, p.tag, p.sha, p.before_sha, p.source, p.status, p.user_id, p.predefined
          from numbers n, pipelines p, original o where p.id = o.pipeline_id
        returning id, iid),
      new_jobs as (
        insert into jobs (pipeline_id, project_id, name, stage, stage_index, status, "when", allow_failure, plan, environment_id, environment_action, user_id, timeout)
        select np.id, j.project_id, j.name, j.stage, j.stage_index, j.status, j."when", j.allow_failure, j.plan, j.environment_id, j.environment_action, j.user_id, j.timeout
          from new_pipelines np, jobs j, original o where j.id = o.job_id
        returning id, pipeline_id)
      insert into deployments (iid, project_id, environment_id, pipeline_id, job_id, user_id, ref, tag, sha, status)
      select 1000000 + nj.id + (select coalesce(max(iid), 0) from deployments), o.project_id, o.environment_id, nj.pipeline_id, nj.id, o.user_id, o.ref, o.tag, o.sha, o.status
        from new_jobs nj, original o
      returning id as deployment, job_id as job, pipeline_id as pipeline`.execute(tx)
    return rows
  })
}
