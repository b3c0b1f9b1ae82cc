/** Moves what just happened into the past, and adds a longer past for the charts. Straight in the database: the API has no past. */
import { sql } from 'kysely'
import type { Db } from '../../src/db/open.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Cast } from './people.ts'
import type { Places } from './places.ts'
import type { Story } from './story.ts'

type Tx = Parameters<Parameters<typeof inTransaction>[1]>[0]

const day = 24 * 60

/** One pipeline every day and a bit; the first was there before the history, the last two are of today. */
export async function makePast(db: Db, places: Places, { pipelines }: Story): Promise<void> {
  await inTransaction(db, async (tx) => {
    const last = pipelines.length - 1
    for (const [index, pipeline] of pipelines.entries()) {
      const minutes =
        index === 0 ? 75 * day : index >= last - 1 ? 190 - (index - last + 1) * 115 : (last - index) * 1_170
      await shiftPipeline(tx, pipeline, { minutes, thinking: 12 + ((index * 37) % 80) })
    }
    const catalog = sql`where project_id = ${places.catalog}`
    for (const table of ['pipelines', 'deployments', 'jobs']) {
      await sql`update ${sql.table(table)} set created_at = created_at - interval '41 minutes' ${catalog}`.execute(tx)
    }
    await sql`update projects set last_activity_at = now() - interval '6 days', created_at = now() - interval '6 days'
               where id = ${places.empty}`.execute(tx)
  })
}

/** Everything of a pipeline so many minutes back; what came after an approval, less the time somebody thought. */
async function shiftPipeline(
  tx: Tx,
  pipeline: number,
  { minutes, thinking }: { readonly minutes: number; readonly thinking: number },
): Promise<void> {
  const by = sql`make_interval(mins => ${minutes})`
  const less = sql`make_interval(mins => ${minutes - thinking})`
  const deploys = sql`exists (select 1 from deployments d where d.job_id = j.id)`
  await sql`update pipelines set created_at = created_at - ${by}, started_at = started_at - ${by},
                   finished_at = finished_at - ${less}, updated_at = updated_at - ${less} where id = ${pipeline}`.execute(
    tx,
  )
  await sql`update deployment_approvals a set created_at = a.created_at - ${less}, updated_at = a.updated_at - ${less}
              from deployments d where d.id = a.deployment_id and d.pipeline_id = ${pipeline}`.execute(tx)
  await sql`update deployments set created_at = created_at - ${by}, updated_at = updated_at - ${less},
                   started_at = started_at - ${less}, finished_at = finished_at - ${less} where pipeline_id = ${pipeline}`.execute(
    tx,
  )
  await sql`update jobs j set created_at = j.created_at - ${by},
                   queued_at = j.queued_at - case when ${deploys} then ${less} else ${by} end,
                   started_at = j.started_at - case when ${deploys} then ${less} else ${by} end,
                   finished_at = j.finished_at - case when ${deploys} then ${less} else ${by} end
             where j.pipeline_id = ${pipeline}`.execute(tx)
  await sql`update audit_events a set created_at = a.created_at - case
                     when a.details->>'to' in ('running', 'success', 'failed', 'pending') or a.author_id is not null then ${less} else ${by} end
             where (target_type = 'Pipeline' and target_id = ${pipeline})
                or (target_type = 'Deployment' and target_id in (select id from deployments where pipeline_id = ${pipeline}))
                or (target_type = 'Job' and target_id in (select id from jobs where pipeline_id = ${pipeline}))`.execute(
    tx,
  )
}

/** Ten weeks of deployments of the first commit, made by an external tool. */
export async function addHistory(db: Db, cast: Cast, { checkout }: Places): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { rows } = await sql<{ id: number; sha: string }>`
      select e.id, d.sha from environments e join deployments d on d.environment_id = e.id
       where e.project_id = ${checkout} and e.name = 'production' order by d.id limit 1`.execute(tx)
    const [environment] = rows
    if (!environment) throw new Error('production is not there')
    for (let ago = 70; ago >= 8; ago -= 1) {
      const count = (ago * 7) % 5 === 0 ? 0 : (ago * 13) % 3
      for (let turn = 0; turn < count; turn += 1) await addDeployment(tx, cast, { checkout, environment, ago, turn })
    }
  })
}

interface Past {
  readonly checkout: number
  readonly environment: { readonly id: number; readonly sha: string }
  readonly ago: number
  readonly turn: number
}

async function addDeployment(tx: Tx, cast: Cast, { checkout, environment, ago, turn }: Past): Promise<void> {
  const at = sql<Date>`now() - make_interval(days => ${ago}, hours => ${turn * 3})`
  const status = (ago * 5 + turn) % 11 === 0 ? 'failed' : 'success'
  const thinking = 8 + ((ago * 17 + turn * 29) % 95)
  const creator = (ago + turn) % 2 === 0 ? cast.tomas : cast.lena
  await sql`
    with counted as (
      update internal_ids set last_value = last_value + 1 where project_id = ${checkout} and usage = 'deployments' returning last_value),
    made as (
      insert into deployments (iid, project_id, environment_id, user_id, ref, tag, sha, status, created_at, updated_at, started_at, finished_at)
      select last_value, ${checkout}, ${environment.id}, ${creator.id}, 'main', false, ${environment.sha}, ${status},
             ${at}, ${at}, ${at} + interval '110 minutes', ${at} + interval '113 minutes' from counted
      returning id)
    insert into deployment_approvals (deployment_id, user_id, status, subject_digest, created_at, updated_at)
    select id, ${cast.amara.id}, 'approved', '\\x00', ${at} + make_interval(mins => ${thinking}), ${at} + make_interval(mins => ${thinking}) from made`.execute(
    tx,
  )
}
