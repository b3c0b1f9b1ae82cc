/** Keeping and deleting artifacts (GitLab Job Artifacts API). */
import { deleteByIds, projectArtifacts } from '../db/artifact-expiry.ts'
import { deleteArtifacts, keepArtifacts } from '../db/artifacts.ts'
import { writeAudit } from '../db/audit.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { withoutLatest } from './expire-artifacts.ts'

interface JobName {
  readonly id: number
  readonly name: string
  readonly project_id: number
}

const batch = 1_000

/** The artifacts of a job no longer expire. */
export async function keepJobArtifacts(app: App, jobId: number): Promise<Result<void, Refusal>> {
  const kept = await inTransaction(app.db, (tx) => keepArtifacts(tx, jobId))
  return kept > 0 ? ok(undefined) : err({ code: 'not_found', what: null })
}

/** Deletes all artifacts of a job; nothing happens when there are none. */
export async function deleteJobArtifacts(app: App, actor: Actor, job: JobName): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const types = await deleteArtifacts(tx, job.id)
    if (types.length > 0) {
      const entity = { type: 'Project' as const, id: job.project_id }
      const target = { type: 'Job', id: job.id, details: job.name }
      const entry = { event: 'job_artifacts_deleted', entity, target, details: { artifacts: types } }
      await writeAudit(tx, [entry], authorOf(actor))
    }
    return ok(undefined)
  })
}

/** Deletes the artifacts of a project, except of running jobs and those that stay as the newest of a branch or tag. */
export async function deleteProjectArtifacts(
  app: App,
  actor: Actor,
  project: { readonly id: number; readonly full_path: string },
): Promise<void> {
  let after = 0
  for (;;) {
    const found = await projectArtifacts(app.db, project.id, after, batch)
    const ids = (await withoutLatest(app, found)).map(({ id }) => id)
    await inTransaction(app.db, async (tx) => {
      const deleted = await deleteByIds(tx, ids)
      if (deleted === 0) return
      const entity = { type: 'Project' as const, id: project.id }
      const target = { type: 'Project', id: project.id, details: project.full_path }
      const entry = { event: 'project_artifacts_deleted', entity, target, details: { artifacts: deleted } }
      await writeAudit(tx, [entry], authorOf(actor))
    })
    after = found.at(-1)?.id ?? after
    if (found.length < batch) return
  }
}
