/** A new access token of a project or group, with the bot user that it speaks for. */
import { randomBytes } from 'node:crypto'
import { insertAccessToken, type TokenOwner } from '../db/access-tokens.ts'
import { writeAudit } from '../db/audit.ts'
import { digestOf, newToken } from '../db/digest.ts'
import { insertMember, lockMemberships, roleAt } from '../db/members.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { insertUser } from '../db/users.ts'
import { type Actor, roles } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type TokenScope, tokenProblems } from '../domain/token-rules.ts'
import { type App, authorOf } from './context.ts'
import { type IssuedToken, isBot, parentToken, todayOf } from './issue-access-token.ts'

export interface NewResourceToken {
  readonly owner: TokenOwner
  readonly name: string
  readonly description: string | null
  readonly scopes: readonly TokenScope[]
  readonly accessLevel: number
  /** Undefined: as long as the token that asks, or for good. */
  readonly expiresAt: string | null | undefined
}

/** Creates the token (GitLab Project access tokens API). The caller checks who may; nobody gives a role above their own. */
export async function createResourceToken(
  app: App,
  actor: Actor,
  request: NewResourceToken,
): Promise<Result<IssuedToken, Refusal>> {
  return inTransaction(app.db, (tx) => create(app, tx, actor, request))
}

async function create(
  app: App,
  tx: Tx,
  actor: Actor,
  request: NewResourceToken,
): Promise<Result<IssuedToken, Refusal>> {
  const { owner, name, scopes } = request
  const kind = 'projectId' in owner ? 'project' : 'group'
  if (!(await lockMemberships(tx, owner)))
    return err({ code: 'not_found', what: kind === 'project' ? 'Project' : 'Group' })
  if (await isBot(tx, actor)) {
    return err({ code: 'bad_request', reason: `User does not have permission to create ${kind} access token` })
  }
  const role = actor.isAdmin ? roles.owner : await roleAt(tx, actor.userId, owner)
  if (request.accessLevel > role) {
    return err({ code: 'bad_request', reason: `Could not provision owner access to ${kind} access token` })
  }
  const parent = await parentToken(tx, actor)
  if (!parent.ok) return parent
  const expiresAt = request.expiresAt === undefined ? (parent.value?.expiresAt ?? null) : request.expiresAt
  const errors = tokenProblems({ name, scopes, expiresAt }, parent.value, todayOf(app))
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })

  const username = `${kind}_${'projectId' in owner ? owner.projectId : owner.groupId}_bot_${randomBytes(16).toString('hex')}`
  const bot = await insertUser(tx, {
    username,
    name,
    email: `${username}@noreply.${new URL(app.externalUrl).hostname}`,
    passwordDigest: null,
    isAdmin: false,
    userType: `${kind}_bot`,
    createdById: actor.userId,
  })
  await insertMember(tx, {
    userId: bot.id,
    source: owner,
    accessLevel: request.accessLevel,
    expiresAt,
    createdById: actor.userId,
  })
  const token = newToken('glpat-')
  const { id } = await insertAccessToken(tx, {
    ...request,
    userId: bot.id,
    expiresAt,
    digest: digestOf(token),
    previousId: null,
    createdById: actor.userId,
  })
  const entry = {
    event: `${kind}_access_token_created`,
    entity:
      'projectId' in owner
        ? ({ type: 'Project', id: owner.projectId } as const)
        : ({ type: 'Group', id: owner.groupId } as const),
    target: { type: kind === 'project' ? 'ProjectAccessToken' : 'GroupAccessToken', id, details: name },
    details: {
      custom_message: `Created ${kind} access token`,
      user_id: bot.id,
      scopes,
      access_level: request.accessLevel,
      expires_at: expiresAt,
    },
  }
  await writeAudit(tx, [entry], authorOf(actor))
  return ok({ id, token })
}
