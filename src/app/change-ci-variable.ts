/** Creating, changing and deleting CI/CD variables (GitLab CI/CD variables API). */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import {
  type CiVariable,
  deleteVariable as deleteRow,
  insertVariable,
  lockVariable,
  updateVariable as updateRow,
  type VariableOwner,
  variableNameConstraints,
  variableValues,
} from '../db/ci-variables.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import type { Actor } from '../domain/access.ts'
import { type CiVariableValues, variableProblems, visibilityProblems } from '../domain/ci-variable.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'

/** What is left out stays as it is. */
export type VariableChanges = { readonly [K in keyof CiVariableValues]?: CiVariableValues[K] | undefined }

export async function createVariable(
  app: App,
  actor: Actor,
  owner: VariableOwner,
  values: CiVariableValues,
): Promise<Result<CiVariable, Refusal>> {
  const clean = trimmed(values)
  const errors = variableProblems(clean)
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  const work = inTransaction(app.db, async (tx): Promise<Result<CiVariable, Refusal>> => {
    const made = await insertVariable(tx, owner, clean)
    await writeAudit(tx, [entry('created', owner, made, null, made)], authorOf(actor))
    return ok(made)
  })
  return refuseTaken(work, taken(clean.key))
}

export async function updateVariable(
  app: App,
  actor: Actor,
  owner: VariableOwner,
  { id, key }: Pick<CiVariable, 'id' | 'key'>,
  changes: VariableChanges,
): Promise<Result<CiVariable, Refusal>> {
  const work = inTransaction(app.db, async (tx): Promise<Result<CiVariable, Refusal>> => {
    const before = await lockVariable(tx, id)
    if (!before) return err({ code: 'not_found', what: null })
    const was = variableValues(before)
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
    const values = trimmed({ ...was, ...given })
    const errors = { ...visibilityProblems(was, values), ...variableProblems(values) }
    if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
    const after = await updateRow(tx, id, values)
    await writeAudit(tx, [entry('updated', owner, after, before, after)], authorOf(actor))
    return ok(after)
  })
  return refuseTaken(work, taken(key))
}

export async function deleteVariable(
  app: App,
  actor: Actor,
  owner: VariableOwner,
  id: number,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockVariable(tx, id)
    if (!before) return err({ code: 'not_found', what: null })
    await deleteRow(tx, id)
    await writeAudit(tx, [entry('deleted', owner, before, before, null)], authorOf(actor))
    return ok(undefined)
  })
}

function trimmed(values: CiVariableValues): CiVariableValues {
  return { ...values, key: values.key.trim(), environmentScope: values.environmentScope.trim() }
}

function taken(key: string): Record<string, Refusal> {
  const refusal: Refusal = { code: 'invalid', errors: { key: [`(${key}) has already been taken`] } }
  return Object.fromEntries(variableNameConstraints.map((name) => [name, refusal]))
}

const eventNames = { project: 'ci_variable', group: 'ci_group_variable', instance: 'ci_instance_variable' } as const

/** GitLab's event names. The value is never in the record, only whether it changed. */
function entry(
  verb: 'created' | 'updated' | 'deleted',
  owner: VariableOwner,
  variable: CiVariable,
  before: CiVariable | null,
  after: CiVariable | null,
): AuditEntry {
  const entity: AuditEntry['entity'] =
    owner.kind === 'instance'
      ? { type: 'Instance', id: null }
      : { type: owner.kind === 'group' ? 'Group' : 'Project', id: owner.id }
  return {
    event: `${eventNames[owner.kind]}_${verb}`,
    entity,
    target: { type: 'CiVariable', id: variable.id, details: variable.key },
    details: {
      before: before && snapshot(before),
      after: after && snapshot(after),
      value_changed: before?.value !== after?.value,
    },
  }
}

function snapshot(row: CiVariable) {
  const { value: _, ...flags } = variableValues(row)
  return flags
}
