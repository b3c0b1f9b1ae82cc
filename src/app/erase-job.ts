/** Removes the log and the artifacts of a job (GitLab Jobs API, "Erase a job"). The job itself stays. */
import { writeAudit } from '../db/audit.ts'
import { eraseJobData } from '../db/erase-job.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { notErasable } from '../domain/job-access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'

export async function eraseJob(app: App, actor: Actor, jobId: number): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const erased = await eraseJobData(tx, jobId, actor.userId)
    if (!erased) return err(notErasable)
    const target = { type: 'Job', id: jobId, details: erased.name }
    const entity = { type: 'Project' as const, id: erased.projectId }
    await writeAudit(tx, [{ event: 'job_erased', entity, target, details: erased.removed }], authorOf(actor))
    return ok(undefined)
  })
}
