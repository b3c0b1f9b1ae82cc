/** Turns of repositories at being maintained. */
import { sql } from 'kysely'
import type { Tx } from './open.ts'

/**
 * Takes one project whose repository was pushed to since its last turn, which is over for a day then; null when there is none.
 * Servers that ask at the same time get different ones.
 */
export async function claimMaintenance(tx: Tx): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    update projects set repository_maintained_at = now()
     where id = (
       select p.id from projects p
        where (p.repository_maintained_at is null or p.repository_maintained_at < now() - interval '1 day')
          and exists (select 1 from pushes s
                       where s.project_id = p.id and s.created_at > coalesce(p.repository_maintained_at, '-infinity'))
        order by p.repository_maintained_at nulls first, p.id
        limit 1
        for no key update skip locked)
    returning id`.execute(tx)
  return rows[0]?.id ?? null
}
