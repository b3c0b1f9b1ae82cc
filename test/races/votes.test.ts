/** The architecture's invariants, each under real concurrency on a real PostgreSQL, through two servers at once. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { apply } from '../../src/db/apply.ts'
import { systemAuthor } from '../../src/db/audit.ts'
import { jobFacts } from '../../src/db/job-facts.ts'
import { leasePipeline } from '../../src/db/lease.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { moveJob } from '../../src/domain/change.ts'
import type { TestUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  anOperator,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  vote,
} from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let one: TestServer
let two: TestServer
beforeAll(async () => {
  one = await startTestServer()
  two = await startTestServer({ database: one.database, dataDir: one.dataDir })
})
afterAll(async () => {
  await two.stop()
  await one.stop()
})

/** The same world, seen through the other server. */
const through = (world: DeploymentWorld, server: TestServer): DeploymentWorld => ({ ...world, server })

async function aWorld(count: number): Promise<DeploymentWorld> {
  const world = await aDeploymentWorld(one)
  await inviteOperators(world)
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ group_id: world.operators.id }],
    required_approval_count: count,
  })
  return world
}

async function operators(world: DeploymentWorld, count: number): Promise<TestUser[]> {
  return Promise.all(Array.from({ length: count }, () => anOperator(world)))
}

/** How often the job of a deployment entered a status, by its audit rows. */
async function timesEntered(type: 'Job' | 'Deployment', id: number, status: string): Promise<number> {
  const row = await one.db
    .selectFrom('audit_events')
    .select((eb) => eb.fn.countAll<number>().as('times'))
    .where('target_type', '=', type)
    .where('target_id', '=', id)
    .where('event_name', 'in', ['job_status_changed', 'deployment_status_changed'])
    .where(sql<string>`details->>'to'`, '=', status)
    .executeTakeFirstOrThrow()
  return row.times
}

describe('two approvals never start a job twice', () => {
  it('20 approvers voting at once through two servers enqueue the job exactly once', async () => {
    const world = await aWorld(5)
    const people = await operators(world, 20)
    const { pipelineId } = await push(world)
    const { id, jobId } = await deploymentOf(world, pipelineId)
    const answers = await Promise.all(
      people.map((person, index) => vote(through(world, index % 2 ? one : two), id, person, { status: 'approved' })),
    )
    const accepted = answers.filter((answer) => answer.status === 201)
    expect(accepted).toHaveLength(5)
    for (const answer of answers.filter((other) => other.status !== 201)) {
      expect(answer).toMatchObject({ status: 400, body: { message: 'This deployment is not waiting for approvals.' } })
    }
    expect(await timesEntered('Job', jobId, 'pending')).toBe(1)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'created', jobStatus: 'pending' })
  })

  it('two last approvals at once hand the job to exactly one of 8 waiting runners', async () => {
    const world = await aWorld(1)
    const people = await operators(world, 2)
    const runners = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        aRunner(one, { projectId: world.project.id, url: (index % 2 ? one : two).url }),
      ),
    )
    const { pipelineId } = await push(world)
    const { id, jobId } = await deploymentOf(world, pipelineId)
    const waiting = Promise.all(runners.map((runner) => runner.request()))
    await Promise.all(
      people.map((person, index) => vote(through(world, index ? one : two), id, person, { status: 'approved' })),
    )
    const handed = (await waiting).filter((job): job is JobPayload => job !== null)
    expect(handed.map((job) => job.id)).toEqual([jobId])
  })
})

describe('one vote per person, rule and deployment', () => {
  it('T20 200 parallel votes of one user are one vote', async () => {
    const world = await aWorld(2)
    const [person] = await operators(world, 1)
    if (!person) throw new Error('nobody')
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        vote(through(world, index % 2 ? one : two), id, person, { status: 'approved' }),
      ),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]))
    const votes = await one.db.selectFrom('deployment_approvals').selectAll().where('deployment_id', '=', id).execute()
    expect(votes).toHaveLength(1)
    const audit = await one.db
      .selectFrom('audit_events')
      .select('id')
      .where('event_name', '=', 'deployment_approved')
      .where(sql<string>`details->>'deployment_id'`, '=', String(id))
      .execute()
    expect(audit).toHaveLength(1)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
  })
})

describe('a rejected deployment never runs', () => {
  it('T20 approve and reject at once, with two approvals needed, always ends rejected', async () => {
    for (let round = 0; round < 10; round += 1) {
      const world = await aWorld(2)
      const [yes, no] = await operators(world, 2)
      if (!yes || !no) throw new Error('nobody')
      const runner = await aRunner(one, { projectId: world.project.id })
      const { pipelineId } = await push(world)
      const { id, jobId } = await deploymentOf(world, pipelineId)
      await Promise.all([
        vote(through(world, one), id, yes, { status: 'approved' }),
        vote(through(world, two), id, no, { status: 'rejected' }),
      ])
      expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'failed', jobStatus: 'failed' })
      expect(await timesEntered('Job', jobId, 'running')).toBe(0)
      expect(
        await Promise.race([runner.request(AbortSignal.timeout(200)).catch(() => null), Promise.resolve(null)]),
      ).toBeNull()
    }
  })

  it('one rejection against a vote, a cancel and four runners: one outcome, no deadlock', async () => {
    for (let round = 0; round < 15; round += 1) {
      const world = await aWorld(1)
      const [yes, no] = await operators(world, 2)
      if (!yes || !no) throw new Error('nobody')
      const runners = await Promise.all(
        Array.from({ length: 4 }, (_, index) =>
          aRunner(one, { projectId: world.project.id, url: (index % 2 ? one : two).url }),
        ),
      )
      const { pipelineId } = await push(world)
      const { id, jobId } = await deploymentOf(world, pipelineId)
      const stop = new AbortController()
      const taken = runners.map((runner) =>
        runner.request(stop.signal).then(
          (job) => job && runner.update(job, 'running').then((answer) => ({ job: job.id, code: answer.code })),
          () => null,
        ),
      )
      const [approved, rejected] = await Promise.all([
        vote(through(world, one), id, yes, { status: 'approved' }),
        vote(through(world, two), id, no, { status: 'rejected' }),
        one.api(world.maintainer.token).post(`/projects/${world.project.id}/pipelines/${pipelineId}/cancel`),
      ])
      stop.abort()
      const begun = (await Promise.all(taken)).filter((answer) => answer?.code === 200)
      const running = await timesEntered('Job', jobId, 'running')
      expect([approved.status, rejected.status]).not.toContain(500)
      expect(running).toBe(begun.length)
      expect(running).toBeLessThanOrEqual(1)
      if (rejected.status === 201) expect(running).toBe(0)
    }
  })
})

describe('no job with a deployment reaches running unless its gate was open under the lock', () => {
  it('T3 a voter removed between the last vote and the start closes the gate again', async () => {
    const world = await aWorld(1)
    const [person] = await operators(world, 1)
    if (!person) throw new Error('nobody')
    const runner = await aRunner(one, { projectId: world.project.id })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, person, { status: 'approved' })).status).toBe(201)
    await inTransaction(one.app.db, (tx) => tx.deleteFrom('members').where('user_id', '=', person.id).execute())
    expect(await runner.request()).toBeNull()
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect((await runner.request())?.job_info).toMatchObject({ name: 'production' })
  })

  it('T5 a variable changed after the approval voids it, also between hand-over and the first sign of life', async () => {
    const world = await aWorld(1)
    const runner = await aRunner(one, { projectId: world.project.id })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    await vote(world, id, world.maintainer, { status: 'approved' })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await inTransaction(one.app.db, (tx) =>
      tx
        .insertInto('ci_variables')
        .values({ project_id: world.project.id, key: 'TARGET', value: 'elsewhere' })
        .execute(),
    )
    expect((await runner.update(job, 'running')).code).toBe(409)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect((await runner.request())?.id).toBe(job.id)
  })

  it('T20 approve and unprotect at once: the job runs only if its gate was open', async () => {
    const world = await aWorld(1)
    const { pipelineId } = await push(world)
    const { id, jobId } = await deploymentOf(world, pipelineId)
    const [voted] = await Promise.all([
      vote(through(world, two), id, world.maintainer, { status: 'approved' }),
      one.api(world.maintainer.token).delete(`/projects/${world.project.id}/protected_environments/production`),
    ])
    expect([201, 400]).toContain(voted.status)
    expect(await timesEntered('Job', jobId, 'pending')).toBe(voted.status === 201 ? 1 : 0)
  })
})

describe('every change of status has exactly one audit row', () => {
  it('over a story with an approval, a rejection, a cancel and a retry', async () => {
    await watchStatusChanges()
    const world = await aWorld(1)
    const runner = await aRunner(one, { projectId: world.project.id })
    const approved = await push(world)
    await vote(world, (await deploymentOf(world, approved.pipelineId)).id, world.maintainer, { status: 'approved' })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job, 'failed', { exit_code: 3, failure_reason: 'script_failure' })
    await one.api(world.maintainer.token).post(`/projects/${world.project.id}/jobs/${job.id}/retry`)
    const rejected = await push(world)
    await vote(world, (await deploymentOf(world, rejected.pipelineId)).id, world.maintainer, { status: 'rejected' })
    const canceled = await push(world)
    await one.api(world.maintainer.token).post(`/projects/${world.project.id}/pipelines/${canceled.pipelineId}/cancel`)

    const { rows } = await sql<{
      kind: string
      id: number
      was: string
      became: string
      changes: number
      audited: number
    }>`
      select s.kind, s.id, s.was, s.became, count(*)::int as changes,
             (select count(*)::int from audit_events a where a.target_type = s.kind and a.target_id = s.id
                 and a.event_name = lower(s.kind) || '_status_changed'
                 and a.details->>'from' = s.was and a.details->>'to' = s.became) as audited
        from seen_changes s group by 1, 2, 3, 4`.execute(one.db)
    expect(rows.length).toBeGreaterThan(15)
    expect(rows.filter((row) => row.changes !== row.audited)).toEqual([])
  })
})

describe('nothing is queued that was not committed', () => {
  it('an enqueue that is rolled back wakes nobody and gives no runner the job', async () => {
    const world = await aWorld(1)
    const runner = await aRunner(one, { projectId: world.project.id })
    const { pipelineId } = await push(world)
    const { jobId } = await deploymentOf(world, pipelineId)
    let heard = 0
    const off = one.app.wake.on('jobs', (payload) => {
      if (payload !== undefined) heard += 1
    })
    const [job] = await jobFacts(one.db, [jobId])
    if (!job) throw new Error('no job')
    const interrupted = inTransaction(one.app.db, async (tx) => {
      await leasePipeline(tx, pipelineId)
      await apply(tx, moveJob({ ...job, deployment: null }, 'enqueue'), systemAuthor)
      throw new Error('the server dies before the commit')
    })
    await expect(interrupted).rejects.toThrow('before the commit')
    expect(await runner.request()).toBeNull()
    off()
    expect(heard).toBe(0)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect(await timesEntered('Job', jobId, 'pending')).toBe(0)
  })
})

/** Lets the database itself note every change of a status column. */
async function watchStatusChanges(): Promise<void> {
  await inTransaction(one.app.db, async (tx) => {
    await sql`create table seen_changes (kind text, id bigint, was text, became text)`.execute(tx)
    await sql`create function note_change() returns trigger language plpgsql as $$
      begin
        if old.status <> new.status then insert into seen_changes values (tg_argv[0], new.id, old.status, new.status); end if;
        return new;
      end $$`.execute(tx)
    for (const [table, kind] of [
      ['jobs', 'Job'],
      ['deployments', 'Deployment'],
      ['pipelines', 'Pipeline'],
    ] as const) {
      await sql`create trigger note after update on ${sql.table(table)} for each row execute function note_change(${sql.lit(kind)})`.execute(
        tx,
      )
    }
  })
}
