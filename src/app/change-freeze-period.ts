/** Creating, changing and deleting deploy freeze periods (GitLab Freeze Periods API). */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import {
  deleteFreezePeriod as deleteRow,
  type FreezePeriod,
  type FreezePeriodValues,
  insertFreezePeriod,
  lockFreezePeriod,
  updateFreezePeriod as updateRow,
} from '../db/freeze-periods.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { isTimezone, parseCron } from './cron.ts'

const notFound: Refusal = { code: 'not_found', what: null }

interface Place {
  readonly projectId: number
  readonly id: number
}

export async function createFreezePeriod(
  app: App,
  actor: Actor,
  projectId: number,
  values: FreezePeriodValues,
): Promise<Result<FreezePeriod, Refusal>> {
  const clean = trimmed(values)
  const refusal = refusalOf(clean)
  if (refusal) return err(refusal)
  return inTransaction(app.db, async (tx) => {
    const made = await insertFreezePeriod(tx, projectId, clean)
    await writeAudit(tx, [entry('created', made, { before: null, after: made })], authorOf(actor))
    return ok(made)
  })
}

/** Changes what is given and leaves the rest. */
export async function updateFreezePeriod(
  app: App,
  actor: Actor,
  place: Place,
  changes: { readonly [K in keyof FreezePeriodValues]: FreezePeriodValues[K] | undefined },
): Promise<Result<FreezePeriod, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockFreezePeriod(tx, place.projectId, place.id)
    if (!before) return err(notFound)
    const values = trimmed({
      freezeStart: changes.freezeStart ?? before.freeze_start,
      freezeEnd: changes.freezeEnd ?? before.freeze_end,
      cronTimezone: changes.cronTimezone ?? before.cron_timezone,
    })
    const refusal = refusalOf(values)
    if (refusal) return err(refusal)
    const after = await updateRow(tx, before.id, values)
    await writeAudit(tx, [entry('updated', after, { before, after })], authorOf(actor))
    return ok(after)
  })
}

export async function deleteFreezePeriod(app: App, actor: Actor, place: Place): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockFreezePeriod(tx, place.projectId, place.id)
    if (!before) return err(notFound)
    await deleteRow(tx, before.id)
    await writeAudit(tx, [entry('deleted', before, { before, after: null })], authorOf(actor))
    return ok(undefined)
  })
}

function trimmed(values: FreezePeriodValues): FreezePeriodValues {
  return { ...values, freezeStart: values.freezeStart.trim(), freezeEnd: values.freezeEnd.trim() }
}

/** GitLab's words for each field, leading space included. */
function refusalOf({ freezeStart, freezeEnd, cronTimezone }: FreezePeriodValues): Refusal | null {
  const cron = (text: string) => [
    ...(parseCron(text, 'UTC') ? [] : [' is invalid syntax']),
    ...(text === '' ? ["can't be blank"] : []),
  ]
  const zone = isTimezone(cronTimezone) ? [] : ['syntax is invalid', ...(cronTimezone === '' ? ["can't be blank"] : [])]
  const problems = { freeze_start: cron(freezeStart), freeze_end: cron(freezeEnd), cron_timezone: zone }
  const found = Object.entries(problems).filter(([, sentences]) => sentences.length > 0)
  return found.length === 0 ? null : { code: 'invalid', errors: Object.fromEntries(found) }
}

function entry(
  verb: 'created' | 'updated' | 'deleted',
  period: FreezePeriod,
  { before, after }: { readonly before: FreezePeriod | null; readonly after: FreezePeriod | null },
): AuditEntry {
  return {
    event: `freeze_period_${verb}`,
    entity: { type: 'Project', id: period.project_id },
    target: { type: 'FreezePeriod', id: period.id, details: `${period.freeze_start} to ${period.freeze_end}` },
    details: { before: before && snapshot(before), after: after && snapshot(after) },
  }
}

function snapshot({ freeze_start, freeze_end, cron_timezone }: FreezePeriod) {
  return { freeze_start, freeze_end, cron_timezone }
}
