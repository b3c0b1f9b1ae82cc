/** Changes to a group, each with its own audit row. */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import {
  lockGroup,
  mostOpenBelow,
  type Namespace,
  renameNamespace,
  shareNamespace,
  updateNamespace,
} from '../db/namespaces.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import type { Actor, Visibility } from '../domain/access.ts'
import { closingProblems, groupProblems } from '../domain/place-rules.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { pathTaken } from './create-group.ts'

/** What to change; what is undefined stays. */
export interface GroupChanges {
  readonly name?: string | undefined
  readonly path?: string | undefined
  readonly description?: string | undefined
  readonly visibility?: Visibility | undefined
}

/** Changes a group (GitLab Groups API, "Update group attributes"). The caller checks who may. */
export async function updateGroup(
  app: App,
  actor: Actor,
  groupId: number,
  changes: GroupChanges,
): Promise<Result<void, Refusal>> {
  const work = inTransaction(app.db, (tx) => change(tx, actor, groupId, changes))
  return refuseTaken(work, { routes_pkey: pathTaken })
}

async function change(tx: Tx, actor: Actor, groupId: number, changes: GroupChanges): Promise<Result<void, Refusal>> {
  const group = await lockGroup(tx, groupId)
  if (!group) return err({ code: 'not_found', what: 'Group' })
  const parent = group.parent_id === null ? null : await shareNamespace(tx, group.parent_id)
  const { name = group.name, path = group.path, description = group.description } = changes
  const { visibility = group.visibility } = changes
  const errors = {
    ...groupProblems(changes, parent?.visibility ?? null),
    ...(visibility === group.visibility ? {} : closingProblems(visibility, await mostOpenBelow(tx, groupId))),
  }
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  if (description !== group.description || visibility !== group.visibility) {
    await updateNamespace(tx, groupId, { description, visibility })
  }
  if (name !== group.name || path !== group.path) await renameNamespace(tx, groupId, { path, name })
  await writeAudit(tx, entriesFor(group, { name, path, description, visibility }), authorOf(actor))
  return ok(undefined)
}

function entriesFor(group: Namespace, after: Required<GroupChanges>): AuditEntry[] {
  return (['name', 'path', 'description', 'visibility'] as const).flatMap((field) =>
    group[field] === after[field]
      ? []
      : [
          {
            event: `group_${field === 'visibility' ? 'visibility_level' : field}_updated`,
            entity: { type: 'Group', id: group.id },
            target: { type: 'Group', id: group.id, details: group.full_path },
            details: { change: field, from: group[field], to: after[field] },
          } satisfies AuditEntry,
        ],
  )
}
