/** Namespaces: groups, and the personal namespace of every person. Groups, users and projects share one table of paths. */
import { type Selectable, sql } from 'kysely'
import type { Visibility } from '../domain/access.ts'
import type { Tx } from './open.ts'
import type { NamespaceTable } from './tables.ts'

export type Namespace = Selectable<NamespaceTable>

export interface NewNamespace {
  readonly kind: 'group' | 'user'
  readonly parentId: number | null
  /** Of a personal namespace. */
  readonly ownerId: number | null
  readonly path: string
  readonly name: string
  readonly description: string
  readonly visibility: Visibility
}

/** Inserts a namespace and its route. Breaks `routes_pkey` when the path is taken. */
export async function insertNamespace(tx: Tx, namespace: NewNamespace): Promise<Namespace> {
  const { rows } = await sql<Namespace>`
    insert into namespaces (id, kind, parent_id, owner_id, path, name, full_path, full_name, description, visibility, traversal_ids)
    overriding system value
    select new.id, ${namespace.kind}, parent.id, ${namespace.ownerId}, ${namespace.path}, ${namespace.name},
           coalesce(parent.full_path || '/', '') || ${namespace.path}::text,
           coalesce(parent.full_name || ' / ', '') || ${namespace.name}::text,
           ${namespace.description}, ${namespace.visibility}, coalesce(parent.traversal_ids, '{}') || new.id
      from (select nextval(pg_get_serial_sequence('namespaces', 'id')) as id) new
      left join namespaces parent on parent.id = ${namespace.parentId}
    returning *`.execute(tx)
  const row = rows[0]
  if (!row) throw new Error('The namespace was not inserted')
  await tx
    .insertInto('routes')
    .values({ path: row.full_path.toLowerCase(), namespace_id: row.id, project_id: null })
    .execute()
  return row
}
