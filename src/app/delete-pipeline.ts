/** Deletes a pipeline with everything that only it has: jobs, logs, artifacts, its ref, its child pipelines. */
import { apply } from '../db/apply.ts'
import { writeAudit } from '../db/audit.ts'
import { cancelableJobs, resourcesOf } from '../db/cancelable-jobs.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { deletePipelines, detachHistory, withChildren } from '../db/pipeline-removal.ts'
import { afterCommit, inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { decideCancel } from '../domain/decide-play.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { deletePipelineRef } from '../git/refs.ts'
import { type App, authorOf } from './context.ts'
import { passOnAfterCommit } from './pass-resource.ts'

/**
 * GitLab Pipelines API, "Delete a pipeline". Whatever still runs or waits is cancelled first; deployments stay as history without
 * their job. Blobs go with the rows (table blob_removals), the ref after the commit.
 */
export async function deletePipeline(app: App, actor: Actor, pipelineId: number): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    // The parent first: it makes no more children then. A child's id is larger than its parent's, so all go by id.
    await leasePipeline(tx, pipelineId)
    const pipelines = await withChildren(tx, pipelineId)
    const [root, ...children] = pipelines
    if (!root) return err({ code: 'not_found', what: null })
    for (const { id } of children) await leasePipeline(tx, id)
    const ids = pipelines.map(({ id }) => id)
    for (const id of ids) await cancelAll(app, tx, actor, id)
    await detachHistory(tx, ids)
    await deletePipelines(tx, ids)
    const entity = { type: 'Project' as const, id: root.projectId }
    const target = { type: 'Ci::Pipeline', id: pipelineId, details: `#${root.iid}` }
    const details = { ref: root.ref, sha: root.sha, with: ids.filter((id) => id !== pipelineId) }
    await writeAudit(tx, [{ event: 'destroy_pipeline', entity, target, details }], authorOf(actor))
    afterCommit(tx, () => {
      const repository = app.repositories.open(root.projectId)
      void Promise.all(ids.map((id) => deletePipelineRef(repository, id))).catch((error: unknown) =>
        app.log.error({ err: error, pipeline: pipelineId }, 'the ref of a deleted pipeline stays'),
      )
    })
    return ok(undefined)
  })
}

async function cancelAll(app: App, tx: Tx, actor: Actor, pipelineId: number): Promise<void> {
  const jobs = await cancelableJobs(tx, { pipelineId, userId: null })
  for (const { facts } of jobs) {
    await apply(tx, decideCancel(facts, { force: true, runnerCancelsGracefully: false }), authorOf(actor))
  }
  passOnAfterCommit(app, tx, resourcesOf(jobs))
}
