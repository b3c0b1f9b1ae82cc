/** Tokens with which a runner registers itself: one for the instance, and one per group and project that asked for one. */
import { sql } from 'kysely'
import { digestOf } from './digest.ts'
import type { Tx } from './open.ts'

/** Whose token it is. */
export type RegistrationOwner =
  | { readonly type: 'instance_type'; readonly id: null }
  | { readonly type: 'group_type' | 'project_type'; readonly id: number }

/** The owner of a registration token, which stays the current one until the transaction ends; null when it is nobody's. */
export async function registrationOwner(tx: Tx, token: string): Promise<RegistrationOwner | null> {
  const row = await tx
    .selectFrom('registration_tokens')
    .select(['namespace_id', 'project_id'])
    .where('token_digest', '=', digestOf(token))
    .forShare()
    .executeTakeFirst()
  if (!row) return null
  if (row.project_id !== null) return { type: 'project_type', id: row.project_id }
  return row.namespace_id === null ? { type: 'instance_type', id: null } : { type: 'group_type', id: row.namespace_id }
}

/** Replaces an owner's registration token; the old one is nobody's from the commit on. */
export async function replaceRegistrationToken(tx: Tx, owner: RegistrationOwner, token: string): Promise<void> {
  const namespaceId = owner.type === 'group_type' ? owner.id : null
  const projectId = owner.type === 'project_type' ? owner.id : null
  // Two resets at once must not both find nothing to delete and then break the unique index.
  await sql`select pg_advisory_xact_lock(hashtextextended('registration_tokens', 0))`.execute(tx)
  await tx
    .deleteFrom('registration_tokens')
    .where('namespace_id', 'is not distinct from', namespaceId)
    .where('project_id', 'is not distinct from', projectId)
    .execute()
  await tx
    .insertInto('registration_tokens')
    .values({ token_digest: digestOf(token), namespace_id: namespaceId, project_id: projectId })
    .execute()
}
