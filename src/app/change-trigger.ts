/** Creating, describing and removing pipeline trigger tokens (GitLab Pipeline trigger tokens API). */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import { digestOf, newToken } from '../db/digest.ts'
import { inTransaction } from '../db/transaction.ts'
import {
  deleteTrigger as deleteRow,
  describeTrigger,
  insertTrigger,
  lockTrigger,
  type Trigger,
} from '../db/triggers.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { shortTriggerToken, triggerTokenPrefix } from '../domain/trigger-token.ts'
import { type App, authorOf } from './context.ts'

const notFound: Refusal = { code: 'not_found', what: null }
const notTheirs: Refusal = {
  code: 'forbidden',
  reason: 'The current user is not authorized to update the pipeline trigger token',
}

interface Place {
  readonly projectId: number
  readonly id: number
}

/** Its pipelines will have the rights of whoever creates it. Answers its id. */
export async function createTrigger(
  app: App,
  actor: Actor,
  projectId: number,
  values: { readonly description: string; readonly expiresAt: Date | null },
): Promise<Result<number, Refusal>> {
  if (values.expiresAt !== null && values.expiresAt <= app.now()) {
    return err({ code: 'invalid', errors: { expires_at: ['must be in the future'] } })
  }
  const token = newToken(triggerTokenPrefix)
  return inTransaction(app.db, async (tx) => {
    const made = await insertTrigger(tx, {
      projectId,
      ownerId: actor.userId,
      token,
      digest: digestOf(token),
      ...values,
    })
    await writeAudit(tx, [entry('created', made, { after: snapshot(made) })], authorOf(actor))
    return ok(made.id)
  })
}

/**
 * Only for its owner: nobody else may change what acts in somebody's name.
 * @param description undefined: stays as it is
 */
export async function updateTrigger(
  app: App,
  actor: Actor,
  { projectId, id }: Place,
  description: string | undefined,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockTrigger(tx, projectId, id)
    if (!before) return err(notFound)
    if (before.owner_id !== actor.userId) return err(notTheirs)
    if (description === undefined) return ok(undefined)
    await describeTrigger(tx, id, description)
    const after = { ...before, description }
    await writeAudit(
      tx,
      [entry('updated', after, { before: snapshot(before), after: snapshot(after) })],
      authorOf(actor),
    )
    return ok(undefined)
  })
}

export async function deleteTrigger(app: App, actor: Actor, { projectId, id }: Place): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockTrigger(tx, projectId, id)
    if (!before) return err(notFound)
    await deleteRow(tx, id)
    await writeAudit(tx, [entry('deleted', before, { before: snapshot(before) })], authorOf(actor))
    return ok(undefined)
  })
}

function entry(
  verb: 'created' | 'updated' | 'deleted',
  trigger: Trigger,
  { before = null, after = null }: { before?: object | null; after?: object | null },
): AuditEntry {
  return {
    event: `pipeline_trigger_${verb}`,
    entity: { type: 'Project', id: trigger.project_id },
    target: { type: 'Ci::Trigger', id: trigger.id, details: shortTriggerToken(trigger.token) },
    details: { before, after },
  }
}

function snapshot({ owner_id, description, expires_at }: Trigger) {
  return { owner_id, description, expires_at }
}
