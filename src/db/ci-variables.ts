/** Stored CI/CD variables of a project, a group or the instance. */
import type { ExpressionBuilder, Selectable } from 'kysely'
import type { CiVariableValues } from '../domain/ci-variable.ts'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { CiVariableTable, Database } from './tables.ts'

export type CiVariable = Selectable<CiVariableTable>

export type VariableOwner =
  | { readonly kind: 'project'; readonly id: number }
  | { readonly kind: 'group'; readonly id: number }
  | { readonly kind: 'instance'; readonly id: null }

/** The unique indexes that a second variable of the same name breaks. */
export const variableNameConstraints = ['ci_variables_instance', 'ci_variables_group', 'ci_variables_project'] as const

/** One page, oldest first. */
export async function variablePage(
  db: Db,
  owner: VariableOwner,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<CiVariable>> {
  return fetchPage(db, ofOwner(db, owner).orderBy('id'), request)
}

/** All with this key: one per environment scope, or the one of `scope`. */
export async function variablesNamed(
  db: Db,
  owner: VariableOwner,
  key: string,
  scope: string | undefined,
): Promise<CiVariable[]> {
  const named = ofOwner(db, owner).where('key', '=', key).orderBy('id')
  return (scope ? named.where('environment_scope', '=', scope) : named).execute()
}

/** Locks a variable and reads it again; null when it is gone. */
export async function lockVariable(tx: Tx, id: number): Promise<CiVariable | null> {
  return (await tx.selectFrom('ci_variables').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()) ?? null
}

/** Breaks one of {@link variableNameConstraints} when the key is taken in the scope. */
export async function insertVariable(tx: Tx, owner: VariableOwner, values: CiVariableValues): Promise<CiVariable> {
  return tx
    .insertInto('ci_variables')
    .values({
      namespace_id: owner.kind === 'group' ? owner.id : null,
      project_id: owner.kind === 'project' ? owner.id : null,
      ...columns(values),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The same. */
export async function updateVariable(tx: Tx, id: number, values: CiVariableValues): Promise<CiVariable> {
  return tx
    .updateTable('ci_variables')
    .set(columns(values))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteVariable(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('ci_variables').where('id', '=', id).execute()
}

/** A row as the domain knows it. */
export function variableValues(row: CiVariable): CiVariableValues {
  return {
    key: row.key,
    value: row.value,
    variableType: row.variable_type,
    protected: row.protected,
    masked: row.masked,
    hidden: row.hidden,
    raw: row.raw,
    environmentScope: row.environment_scope,
    description: row.description,
  }
}

function ofOwner(db: Db, owner: VariableOwner) {
  return db
    .selectFrom('ci_variables')
    .selectAll()
    .where((eb: ExpressionBuilder<Database, 'ci_variables'>) =>
      owner.kind === 'project'
        ? eb('project_id', '=', owner.id)
        : owner.kind === 'group'
          ? eb('namespace_id', '=', owner.id)
          : eb.and([eb('project_id', 'is', null), eb('namespace_id', 'is', null)]),
    )
}

function columns(values: CiVariableValues) {
  return {
    key: values.key,
    value: values.value,
    variable_type: values.variableType,
    protected: values.protected,
    masked: values.masked,
    hidden: values.hidden,
    raw: values.raw,
    environment_scope: values.environmentScope,
    description: values.description,
  }
}
