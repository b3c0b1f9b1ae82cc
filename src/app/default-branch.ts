/** The default branch of a repository that did not have one. */
import { findActor } from '../db/actors.ts'
import { type AuditAuthor, systemAuthor, writeAudit } from '../db/audit.ts'
import { findProjectById, lockProject, type Project, setDefaultBranch } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import { readRef } from '../git/object-reader.ts'
import { fullRefName, parseRef } from '../git/ref-name.ts'
import { setHead } from '../git/refs.ts'
import { type App, authorOf } from './context.ts'

/**
 * Makes a pushed branch the default one when the project's default branch does not exist: the first branch of an empty
 * repository, whatever its name (GitLab docs, Default branch).
 */
export async function adoptDefaultBranch(
  app: App,
  push: { readonly projectId: number; readonly userId: number; readonly ref: string },
): Promise<void> {
  const ref = parseRef(push.ref)
  const project = await findProjectById(app.db, push.projectId)
  if (ref?.type !== 'branch' || !project || (await hasDefaultBranch(app, project))) return
  const actor = await findActor(app.db, push.userId)
  const author: AuditAuthor = actor ? authorOf(actor) : systemAuthor
  await inTransaction(app.db, async (tx) => {
    const locked = await lockProject(tx, project.id)
    if (!locked || (await hasDefaultBranch(app, locked))) return
    // Before the commit: a HEAD that names a branch that exists is right whatever becomes of the transaction.
    await setHead(app.repositories.open(project.id), ref.name)
    await setDefaultBranch(tx, project.id, ref.name)
    const target = { type: 'Project', id: project.id, details: project.full_path } as const
    const details = {
      change: 'default_branch',
      from: locked.default_branch,
      to: ref.name,
      custom_message: `Default branch changed from ${locked.default_branch} to ${ref.name}`,
    }
    const entity = { type: 'Project', id: project.id } as const
    await writeAudit(tx, [{ event: 'project_default_branch_updated', entity, target, details }], author)
  })
}

async function hasDefaultBranch(app: App, project: Project): Promise<boolean> {
  const name = fullRefName({ type: 'branch', name: project.default_branch })
  return (await readRef(app.repositories.open(project.id), name)) !== null
}
