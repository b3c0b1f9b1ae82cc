/** Whether every protected environment entry that applies lets a person in. */
import { sql } from 'kysely'
import type { Db } from './open.ts'

/** True without protection. */
export async function mayDeploy(db: Db, userId: number, environmentId: number): Promise<boolean> {
  const { rows } = await sql<{
    allowed: boolean
  }>`select may_deploy(${userId}::bigint, ${environmentId}::bigint) as allowed`.execute(db)
  return rows[0]?.allowed ?? false
}
