/** CI/CD variables that people stored for the instance, groups and projects. */
import { sql } from 'kysely'
import type { Db } from './open.ts'

export interface StoredVariableRow {
  readonly key: string
  readonly value: string
  readonly file: boolean
  readonly masked: boolean
  readonly raw: boolean
  readonly environment_scope: string
  /** 0: the instance's; then groups from the outermost; the project's last. */
  readonly level: number
}

/** All that a pipeline of this project may see. Protected ones only when its ref is protected (reference B2). */
export async function storedVariablesFor(
  db: Db,
  projectId: number,
  refProtected: boolean,
): Promise<StoredVariableRow[]> {
  const { rows } = await sql<StoredVariableRow>`
    select v.key, v.value, v.variable_type = 'file' as file, v.masked, v.raw, v.environment_scope,
           case when v.project_id is not null then 1000
                when v.namespace_id is not null then array_position(n.traversal_ids, v.namespace_id)
                else 0 end as level
      from projects p join namespaces n on n.id = p.namespace_id
      join ci_variables v on v.project_id = p.id or v.namespace_id = any (n.traversal_ids)
                          or (v.project_id is null and v.namespace_id is null)
     where p.id = ${projectId} and (not v.protected or ${refProtected})
     order by level, v.id`.execute(db)
  return rows
}
