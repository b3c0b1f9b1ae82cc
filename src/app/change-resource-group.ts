/** Changing which job of a resource group comes next (GitLab Resource Groups API). */
import { writeAudit } from '../db/audit.ts'
import { lockResourceGroup, type ResourceGroup, setProcessMode } from '../db/resource-group-rows.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { ProcessMode } from '../domain/resource-group.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { passResourceOn } from './pass-resource.ts'

/** Sets the process mode; a job that was only kept waiting by the old one gets the resource at once. */
export async function changeProcessMode(
  app: App,
  actor: Actor,
  place: { readonly projectId: number; readonly key: string },
  mode: ProcessMode | undefined,
): Promise<Result<ResourceGroup, Refusal>> {
  const changed = await inTransaction(app.db, async (tx): Promise<Result<ResourceGroup, Refusal>> => {
    const before = await lockResourceGroup(tx, place.projectId, place.key)
    if (!before) return err({ code: 'not_found', what: null })
    if (mode === undefined || mode === before.process_mode) return ok(before)
    const after = await setProcessMode(tx, before.id, mode)
    const entry = {
      event: 'resource_group_updated',
      entity: { type: 'Project' as const, id: place.projectId },
      target: { type: 'ResourceGroup', id: before.id, details: before.key },
      details: { before: { process_mode: before.process_mode }, after: { process_mode: mode } },
    }
    await writeAudit(tx, [entry], authorOf(actor))
    return ok(after)
  })
  if (changed.ok) await passResourceOn(app, changed.value.id)
  return changed
}
