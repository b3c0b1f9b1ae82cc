/** Groups by id or full path, with a person's standing in them. */
import { sql } from 'kysely'
import type { Actor, Standing } from '../domain/access.ts'
import type { Namespace } from './namespaces.ts'
import type { Db } from './open.ts'

export interface GroupWithStanding {
  readonly group: Namespace
  readonly standing: Standing
}

/** A group and what is known of the actor in it; null when there is none. A job token counts in no group (threat T18). */
export async function groupWithStanding(
  db: Db,
  idOrPath: string | number,
  actor: Actor | null,
): Promise<GroupWithStanding | null> {
  const byId = typeof idOrPath === 'number' || /^\d+$/.test(idOrPath)
  if (byId && !Number.isSafeInteger(Number(idOrPath))) return null
  const userId = actor?.credential.kind === 'job' ? null : (actor?.userId ?? null)
  const row = await db
    .selectFrom('namespaces as n')
    .selectAll('n')
    .select(sql<number>`coalesce(group_role(${userId}::bigint, n.id), 0)`.as('role'))
    .where('n.kind', '=', 'group')
    .where((eb) =>
      byId
        ? eb('n.id', '=', Number(idOrPath))
        : eb(
            'n.id',
            '=',
            eb.selectFrom('routes as r').select('r.namespace_id').where('r.path', '=', idOrPath.toLowerCase()),
          ),
    )
    .executeTakeFirst()
  if (!row) return null
  const { role, ...group } = row
  return { group, standing: { role, visibility: group.visibility } }
}
