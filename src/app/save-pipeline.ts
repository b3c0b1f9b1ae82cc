/** A compiled configuration as rows: pipeline, environments, jobs, deployments; then the first jobs get their turn. */
import { startedPipelineVariables } from '../ci/predefined.ts'
import type { CompileResult } from '../ci/types.ts'
import { nextIid } from '../db/deployments.ts'
import { leasePipeline } from '../db/lease.ts'
import { insertPipeline } from '../db/new-pipeline.ts'
import type { Tx } from '../db/open.ts'
import { settlePush } from '../db/pushes.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Variable } from '../domain/plan.ts'
import { createPipelineRef } from '../git/refs.ts'
import { cancelRedundant } from './cancel-redundant.ts'
import { type App, authorOf } from './context.ts'
import type { PipelineRequest } from './create-pipeline.ts'
import { processPipeline } from './process-pipeline.ts'
import { queuePushEvent } from './queue-push-event.ts'
import { saveJobs } from './save-jobs.ts'

export interface PipelineToSave {
  readonly request: PipelineRequest
  /** Null: the commit asks to skip; the pipeline is saved as `skipped`. */
  readonly compiled: CompileResult | null
  readonly predefined: readonly Variable[]
  readonly refProtected: boolean
  readonly title: string
  readonly committedAt: Date
}

/** Saves it all in one transaction; a push is settled in the same one, so each push makes its pipeline exactly once: null when it has. */
export async function savePipeline(app: App, pipeline: PipelineToSave): Promise<{ id: number } | null> {
  return inTransaction(app.db, (tx) => savePipelineIn(app, tx, pipeline))
}

/** The same as part of a transaction that may hold another pipeline's lease (db/lease.ts says why that is safe). */
export async function savePipelineIn(app: App, tx: Tx, pipeline: PipelineToSave): Promise<{ id: number } | null> {
  const { request, compiled } = pipeline
  if (request.pushId !== undefined) {
    if (!(await settlePush(tx, request.pushId))) return null
    await queuePushEvent(tx, request.pushId)
  }
  const iid = await nextIid(tx, request.project.id, 'pipelines')
  const user = await userFacts(tx, request.actor.userId)
  const plan = compiled?.kind === 'plan' ? compiled.plan : null
  const error = compiled?.kind === 'errors' ? locateError(compiled) : null
  const id = await insertPipeline(tx, {
    iid,
    request,
    status: compiled === null ? 'skipped' : error === null ? 'created' : 'failed',
    error,
    name: plan?.name ?? null,
    predefined: [...pipeline.predefined, ...startedPipelineVariables({ iid, name: plan?.name ?? null, user })],
    refProtected: pipeline.refProtected,
    title: pipeline.title,
    committedAt: pipeline.committedAt,
    autoCancel: plan?.autoCancel ?? { onNewCommit: 'conservative', onJobFailure: 'none' },
  })
  await leasePipeline(tx, id)
  if (plan) {
    // The commit stays fetchable for this pipeline's jobs, whatever happens to the branch meanwhile.
    await createPipelineRef(app.repositories.open(request.project.id), id, request.sha)
    await saveJobs(app, tx, { pipelineId: id, request, plan })
    await cancelRedundant(app, tx, {
      pipelineId: id,
      project: request.project,
      ref: request.ref,
      tag: request.refType === 'tag',
      sha: request.sha,
      source: request.source,
    })
    await processPipeline(tx, id, app.now(), authorOf(request.actor))
  }
  return { id }
}

/** The first message with its place in the file, as a person needs it to act. */
export function locateError({ errors }: Extract<CompileResult, { kind: 'errors' }>): string {
  const first = errors[0]
  if (!first) return 'Undefined error'
  if (first.line === null) return first.message
  return `${first.message} (${first.file}, line ${first.line}${first.column === null ? '' : `, column ${first.column}`})`
}

async function userFacts(tx: Tx, id: number) {
  return tx
    .selectFrom('users')
    .select(['id', 'email', 'username', 'name'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}
