/** Deployments: where one belongs, and rows for the API. */
import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import type { DeploymentTable } from './tables.ts'

export type Deployment = Selectable<DeploymentTable>

/** The pipeline and job of a deployment: what must be locked before anything about it is decided. They never change. */
export interface DeploymentPlace {
  readonly projectId: number
  readonly pipelineId: number | null
  readonly jobId: number | null
}

/** Null when there is no such deployment. */
export async function deploymentPlace(db: Db, id: number): Promise<DeploymentPlace | null> {
  const row = await db
    .selectFrom('deployments')
    .select(['project_id as projectId', 'pipeline_id as pipelineId', 'job_id as jobId'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

export interface NewDeployment {
  readonly projectId: number
  readonly environmentId: number
  readonly pipelineId: number | null
  readonly jobId: number | null
  readonly userId: number | null
  readonly ref: string
  readonly tag: boolean
  readonly sha: string
  readonly onStop: string | null
}

/** Inserts a deployment in status `created`, with the project's next iid. */
export async function insertDeployment(tx: Tx, deployment: NewDeployment): Promise<number> {
  const { id } = await tx
    .insertInto('deployments')
    .values({
      iid: await nextIid(tx, deployment.projectId, 'deployments'),
      project_id: deployment.projectId,
      environment_id: deployment.environmentId,
      pipeline_id: deployment.pipelineId,
      job_id: deployment.jobId,
      user_id: deployment.userId,
      answering_id: sql<number | null>`answers_for(${deployment.userId}::bigint)`,
      ref: deployment.ref,
      tag: deployment.tag,
      sha: deployment.sha,
      status: 'created',
      on_stop: deployment.onStop,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The next number of a project's own count. The counter row stays locked until the transaction ends, so numbers have no gaps in order. */
export async function nextIid(tx: Tx, projectId: number, usage: 'pipelines' | 'deployments'): Promise<number> {
  const { last_value } = await tx
    .insertInto('internal_ids')
    .values({ project_id: projectId, usage, last_value: 1 })
    .onConflict((oc) =>
      oc.columns(['project_id', 'usage']).doUpdateSet({ last_value: sql`internal_ids.last_value + 1` }),
    )
    .returning('last_value')
    .executeTakeFirstOrThrow()
  return last_value
}
