/** Namespaces: groups, and the personal namespace of every person. Groups, users and projects share one table of paths. */
import { type Selectable, sql } from 'kysely'
import type { Visibility } from '../domain/access.ts'
import type { Db, Tx } from './open.ts'
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

/** Changes path and name; the full paths and names of everything below follow. Breaks `routes_pkey` when the path is taken. */
export async function renameNamespace(
  tx: Tx,
  id: number,
  to: { readonly path: string; readonly name: string },
): Promise<void> {
  await sql`
    update namespaces n
       set full_path = o.new_path || substr(n.full_path, length(o.full_path) + 1),
           full_name = o.new_name || substr(n.full_name, length(o.full_name) + 1),
           path = case when n.id = o.id then ${to.path} else n.path end,
           name = case when n.id = o.id then ${to.name} else n.name end,
           updated_at = case when n.id = o.id then now() else n.updated_at end
      from (select old.id, old.full_path, old.full_name,
                   coalesce(parent.full_path || '/', '') || ${to.path}::text as new_path,
                   coalesce(parent.full_name || ' / ', '') || ${to.name}::text as new_name
              from namespaces old left join namespaces parent on parent.id = old.parent_id where old.id = ${id}) o
     where n.traversal_ids @> array[o.id]`.execute(tx)
  await sql`
    update projects p set full_path = n.full_path || '/' || p.path
      from namespaces n where n.id = p.namespace_id and n.traversal_ids @> array[${id}::bigint]`.execute(tx)
  await sql`
    update routes r set path = lower(n.full_path)
      from namespaces n where n.id = r.namespace_id and n.traversal_ids @> array[${id}::bigint]`.execute(tx)
  await sql`
    update routes r set path = lower(p.full_path)
      from projects p join namespaces n on n.id = p.namespace_id
     where r.project_id = p.id and n.traversal_ids @> array[${id}::bigint]`.execute(tx)
}

/** The personal namespace of a user; null for bots. */
export async function personalNamespaceId(db: Db, userId: number): Promise<number | null> {
  const row = await db.selectFrom('namespaces').select('id').where('owner_id', '=', userId).executeTakeFirst()
  return row?.id ?? null
}

/** Locks a group until the transaction ends, against changes of itself but not against what is made in it; null when it is gone. */
export async function lockGroup(tx: Tx, id: number): Promise<Namespace | null> {
  const row = await tx
    .selectFrom('namespaces')
    .selectAll()
    .where('id', '=', id)
    .where('kind', '=', 'group')
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row ?? null
}

/** A namespace that can neither be removed nor changed before the transaction ends; null when there is none. */
export async function shareNamespace(tx: Tx, id: number): Promise<Namespace | null> {
  const row = await tx.selectFrom('namespaces').selectAll().where('id', '=', id).forShare().executeTakeFirst()
  return row ?? null
}

export async function updateNamespace(
  tx: Tx,
  id: number,
  changes: { readonly description: string; readonly visibility: Visibility },
): Promise<void> {
  await tx
    .updateTable('namespaces')
    .set({ ...changes, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** The most open project and subgroup below a group. */
export async function mostOpenBelow(
  tx: Tx,
  id: number,
): Promise<{ readonly project: Visibility | null; readonly subgroup: Visibility | null }> {
  const most = sql`order by array_position(array['public', 'internal', 'private'], visibility) limit 1`
  const { rows } = await sql<{ project: Visibility | null; subgroup: Visibility | null }>`
    select (select visibility from projects
             where namespace_id in (select id from namespaces where traversal_ids @> array[${id}::bigint]) ${most}) as project,
           (select visibility from namespaces where traversal_ids @> array[${id}::bigint] and id <> ${id} ${most}) as subgroup`.execute(
    tx,
  )
  return rows[0] ?? { project: null, subgroup: null }
}

/** Locks everything at and below a group, the deepest first. */
export async function lockSubtree(tx: Tx, id: number): Promise<Namespace[]> {
  const { rows } = await sql<Namespace>`
    select * from namespaces where traversal_ids @> array[${id}::bigint]
     order by cardinality(traversal_ids) desc, id for update`.execute(tx)
  return rows
}

/** Deletes groups and everything that belongs to them in the database; their projects are gone before. */
export async function deleteNamespaces(tx: Tx, ids: readonly number[]): Promise<void> {
  await sql`delete from namespaces where id = any (${ids}::bigint[])`.execute(tx)
}
