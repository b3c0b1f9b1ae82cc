/** Changes to a project, each with its own audit row. */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import { shareNamespace } from '../db/namespaces.ts'
import type { Tx } from '../db/open.ts'
import { lockProject, type Project, renameProject, updateProjectRow } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import type { Actor } from '../domain/access.ts'
import { projectProblems } from '../domain/place-rules.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { hasBranch } from '../git/has-branch.ts'
import { findRef, setHead } from '../git/refs.ts'
import { type App, authorOf } from './context.ts'
import { projectPathTaken } from './create-project.ts'
import { givenSettings, type ProjectSettings, settingErrors } from './project-settings.ts'

/** What to change; what is undefined stays. */
export interface ProjectChanges extends ProjectSettings {
  readonly name?: string | undefined
  readonly path?: string | undefined
  readonly archived?: boolean | undefined
}

/** Changes a project (GitLab Projects API, "Edit a project"). The caller checks who may. */
export async function updateProject(
  app: App,
  actor: Actor,
  projectId: number,
  changes: ProjectChanges,
): Promise<Result<void, Refusal>> {
  const work = inTransaction(app.db, (tx) => change(app, tx, actor, projectId, changes))
  return refuseTaken(work, { routes_pkey: projectPathTaken })
}

async function change(
  app: App,
  tx: Tx,
  actor: Actor,
  projectId: number,
  changes: ProjectChanges,
): Promise<Result<void, Refusal>> {
  const project = await lockProject(tx, projectId)
  const namespace = project && (await shareNamespace(tx, project.namespace_id))
  if (!namespace) return err({ code: 'not_found', what: 'Project' })
  const around = namespace.kind === 'group' ? namespace.visibility : null
  const errors = { ...projectProblems(changes, around), ...settingErrors(changes) }
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })

  const columns = givenSettings(changes)
  const after = { ...project, ...columns }
  const branch = after.default_branch
  if (branch !== project.default_branch) {
    const refused = await moveHead(app, projectId, branch)
    if (refused) return err(refused)
  }
  if (after.path !== project.path || after.name !== project.name) await renameProject(tx, projectId, after)
  const changed = differences(project, after)
  if (changed.length === 0) return ok(undefined)
  await updateProjectRow(tx, projectId, columns)
  await writeAudit(tx, changed, authorOf(actor))
  return ok(undefined)
}

/**
 * Makes HEAD name another branch, which must exist once the repository has any. Should the transaction fail after this, HEAD has
 * moved and nothing else: a clone then checks out that branch.
 */
async function moveHead(app: App, projectId: number, branch: string): Promise<Refusal | null> {
  const repository = app.repositories.open(projectId)
  const exists = (await findRef(repository, { type: 'branch', name: branch })) !== null
  if (!exists && (await hasBranch(repository))) {
    return { code: 'invalid', errors: { base: [`Could not change HEAD: branch '${branch}' does not exist`] } }
  }
  await setHead(repository, branch)
  return null
}

/** GitLab's names where it has them: project_name_updated, project_visibility_level_updated, project_archived, … */
function differences(before: Project, after: Project): AuditEntry[] {
  return (Object.keys(after) as (keyof Project)[]).flatMap((column) => {
    const [from, to] = [before[column], after[column]]
    if (from === to) return []
    const event =
      column === 'archived'
        ? `project_${to ? 'archived' : 'unarchived'}`
        : `project_${column === 'visibility' ? 'visibility_level' : column}_updated`
    return [
      {
        event,
        entity: { type: 'Project', id: before.id },
        target: { type: 'Project', id: before.id, details: before.full_path },
        details: { change: column, from, to },
      } satisfies AuditEntry,
    ]
  })
}
