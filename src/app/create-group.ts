/** A new group or subgroup. */
import { writeAudit } from '../db/audit.ts'
import { insertMember, roleAt } from '../db/members.ts'
import { insertNamespace, type Namespace, shareNamespace } from '../db/namespaces.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import { findUser } from '../db/users.ts'
import { type Actor, refuse, roles, type Visibility } from '../domain/access.ts'
import { groupProblems } from '../domain/place-rules.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'

export interface NewGroupRequest {
  readonly parentId: number | null
  readonly name: string
  readonly path: string
  readonly description: string
  readonly visibility: Visibility
}

export const pathTaken: Refusal = { code: 'invalid', errors: { path: ['has already been taken'] } }

/** Creates a group whose creator is its Owner (GitLab Groups API, "Create a group"). Answers its id. */
export async function createGroup(app: App, actor: Actor, request: NewGroupRequest): Promise<Result<number, Refusal>> {
  return refuseTaken(
    inTransaction(app.db, async (tx) => {
      const parent = await parentOf(tx, actor, request.parentId)
      if (!parent.ok) return parent
      const errors = groupProblems(request, parent.value?.visibility ?? null)
      if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
      const group = await insertNamespace(tx, { kind: 'group', ownerId: null, ...request })
      await insertMember(tx, {
        userId: actor.userId,
        source: { groupId: group.id },
        accessLevel: roles.owner,
        expiresAt: null,
        createdById: actor.userId,
      })
      const entry = {
        event: 'group_created',
        entity: { type: 'Group', id: group.id },
        target: { type: 'Group', id: group.id, details: group.full_path },
        details: { add: 'group', visibility: group.visibility },
      } as const
      await writeAudit(tx, [entry], authorOf(actor))
      return ok(group.id)
    }),
    { routes_pkey: pathTaken },
  )
}

/** The group to create in, held as it is; null at the top, where only people may create groups. */
async function parentOf(tx: Tx, actor: Actor, parentId: number | null): Promise<Result<Namespace | null, Refusal>> {
  if (parentId === null) {
    const user = await findUser(tx, actor.userId)
    return user?.user_type === 'human' ? ok(null) : err({ code: 'forbidden' })
  }
  const parent = Number.isSafeInteger(parentId) ? await shareNamespace(tx, parentId) : null
  if (parent?.kind !== 'group') return err({ code: 'not_found', what: 'Group' })
  const standing = { role: await roleAt(tx, actor.userId, { groupId: parent.id }), visibility: parent.visibility }
  const refusal = refuse(actor, 'create_subgroup', standing, 'Group')
  return refusal ? err(refusal) : ok(parent)
}
