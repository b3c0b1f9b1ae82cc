/** Shares: groups invited into a project or into another group. */
import { type Selectable, sql } from 'kysely'
import type { Tx } from './open.ts'
import type { GroupGroupLinkTable, ProjectGroupLinkTable } from './tables.ts'

export type ProjectShare = Selectable<ProjectGroupLinkTable>
export type GroupShare = Selectable<GroupGroupLinkTable>

export interface NewShare {
  /** The group that is invited. */
  readonly groupId: number
  readonly accessLevel: number
  /** The first day on which the share no longer counts, YYYY-MM-DD; null: for good. */
  readonly expiresAt: string | null
}

/** Inserts a share. Breaks `project_group_links_project_id_group_id_key` when the project is shared with the group already. */
export async function insertProjectShare(tx: Tx, projectId: number, share: NewShare): Promise<ProjectShare> {
  return tx
    .insertInto('project_group_links')
    .values({
      project_id: projectId,
      group_id: share.groupId,
      group_access: share.accessLevel,
      expires_at: share.expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Inserts a share. Breaks `group_group_links_shared_group_id_shared_with_group_id_key` when there is one already. */
export async function insertGroupShare(tx: Tx, sharedGroupId: number, share: NewShare): Promise<GroupShare> {
  return tx
    .insertInto('group_group_links')
    .values({
      shared_group_id: sharedGroupId,
      shared_with_group_id: share.groupId,
      group_access: share.accessLevel,
      expires_at: share.expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Deletes a share; null when there was none. */
export async function deleteProjectShare(tx: Tx, projectId: number, groupId: number): Promise<ProjectShare | null> {
  const row = await tx
    .deleteFrom('project_group_links')
    .where('project_id', '=', projectId)
    .where('group_id', '=', groupId)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** Deletes a share; null when there was none. */
export async function deleteGroupShare(tx: Tx, sharedGroupId: number, groupId: number): Promise<GroupShare | null> {
  const row = await tx
    .deleteFrom('group_group_links')
    .where('shared_group_id', '=', sharedGroupId)
    .where('shared_with_group_id', '=', groupId)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** Whether `groupId` is the group that a project or group is in, or one above; a group also counts for itself. */
export async function isAround(
  tx: Tx,
  groupId: number,
  inner: { readonly projectId: number } | { readonly groupId: number },
): Promise<boolean> {
  const namespace =
    'projectId' in inner
      ? sql`(select namespace_id from projects where id = ${inner.projectId})`
      : sql`${inner.groupId}`
  const { rows } = await sql<{ found: boolean }>`
    select ${groupId} = any (traversal_ids) as found from namespaces where id = ${namespace}`.execute(tx)
  return rows[0]?.found ?? false
}

/** The projects and groups outside that these groups are invited to. */
export async function invitationsOf(
  tx: Tx,
  groupIds: readonly number[],
): Promise<readonly ({ readonly projectId: number } | { readonly groupId: number })[]> {
  const { rows } = await sql<{ projectId: number | null; groupId: number | null }>`
    select project_id as "projectId", null::bigint as "groupId" from project_group_links where group_id = any (${groupIds}::bigint[])
    union
    select null, shared_group_id from group_group_links
     where shared_with_group_id = any (${groupIds}::bigint[]) and not shared_group_id = any (${groupIds}::bigint[])`.execute(
    tx,
  )
  return rows.map(({ projectId, groupId }) => (projectId === null ? { groupId: groupId ?? 0 } : { projectId }))
}
