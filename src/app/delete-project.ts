/** Removing a project for good. */
import { type AuditAuthor, writeAudit } from '../db/audit.ts'
import type { Tx } from '../db/open.ts'
import { deleteProjectRow, lockProject, type Project } from '../db/projects.ts'
import { afterCommit, inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'

/** Removes a project with everything in it (GitLab Projects API, "Delete a project"). The caller checks who may. */
export async function deleteProject(app: App, actor: Actor, projectId: number): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const project = await lockProject(tx, projectId)
    if (!project) return err({ code: 'not_found', what: 'Project' })
    await removeProject(app, tx, project, authorOf(actor))
    return ok(undefined)
  })
}

/** The same inside a larger transaction. The repository goes once it is committed; an id is never used twice. */
export async function removeProject(app: App, tx: Tx, project: Project, author: AuditAuthor): Promise<void> {
  const entry = {
    event: 'project_destroyed',
    entity: { type: 'Project', id: project.id },
    target: { type: 'Project', id: project.id, details: project.full_path },
    details: { remove: 'project', custom_message: 'Project destroyed' },
  } as const
  await writeAudit(tx, [entry], author)
  await deleteProjectRow(tx, project.id)
  afterCommit(tx, () => {
    app.repositories.remove(project.id).catch((error: unknown) => {
      app.log.error({ err: error, project_id: project.id }, 'the repository of a removed project is still there')
    })
  })
}
