/** Makes a runner: for a person who creates one, or for a machine that registers itself. Its token is answered once. */
import { type AuditAuthor, writeAudit } from '../db/audit.ts'
import { newToken } from '../db/digest.ts'
import { findGroup } from '../db/groups.ts'
import type { Tx } from '../db/open.ts'
import { findProject } from '../db/projects.ts'
import { type RegistrationOwner, registrationOwner } from '../db/registration-tokens.ts'
import { insertRunner, type NewRunner } from '../db/runners.ts'
import { readSettings } from '../db/settings.ts'
import { inTransaction } from '../db/transaction.ts'
import { type Actor, canSee, refuse } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { runnerProblems } from '../domain/runner-rules.ts'
import { type App, authorOf } from './context.ts'
import { runnerScope } from './runner-scope.ts'

export interface CreatedRunner {
  readonly id: number
  readonly token: string
}

export type RunnerSettings = Pick<
  NewRunner,
  'description' | 'maintenanceNote' | 'paused' | 'locked' | 'runUntagged' | 'accessLevel' | 'maximumTimeout' | 'tags'
>

/** GitLab Users API, "Create a runner linked to a user": administrators, group owners, project maintainers. */
export async function createRunner(
  app: App,
  actor: Actor,
  owner: RegistrationOwner,
  settings: RunnerSettings,
): Promise<Result<CreatedRunner, Refusal>> {
  const refusal = await creationRefusal(app, actor, owner)
  if (refusal) return err(refusal)
  const [[field, problems] = []] = Object.entries(runnerProblems(settings))
  if (field !== undefined) return err({ code: 'bad_request', reason: `${sentenceCase(field)} ${problems?.[0]}` })
  return inTransaction(app.db, async (tx) =>
    ok(
      await insert(tx, owner, settings, {
        event: 'ci_runner_created',
        creatorId: actor.userId,
        author: authorOf(actor),
      }),
    ),
  )
}

/** GitLab Runners API, "Create a runner with a registration token". */
export async function registerRunner(
  app: App,
  request: { readonly token: string; readonly ip: string | null },
  settings: RunnerSettings,
): Promise<Result<CreatedRunner, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const { allow_runner_registration_token: allowed } = await readSettings(tx)
    if (!allowed) return err({ code: 'gone', reason: 'runner registration disallowed' })
    const owner = await registrationOwner(tx, request.token)
    if (!owner) return err({ code: 'forbidden', reason: 'invalid token supplied' })
    const errors = runnerProblems(settings)
    if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
    const author = { id: null, name: `Registration token: ${request.token.slice(0, 12)}…`, ip: request.ip }
    return ok(await insert(tx, owner, settings, { event: 'ci_runner_registered', creatorId: null, author }))
  })
}

async function insert(
  tx: Tx,
  owner: RegistrationOwner,
  settings: RunnerSettings,
  made: { readonly event: string; readonly creatorId: number | null; readonly author: AuditAuthor },
): Promise<CreatedRunner> {
  const registered = made.creatorId === null
  // `gitlab-runner unregister` removes the whole runner for one prefix, and only its own machine for the other.
  const token = newToken(registered ? 'glrtr-' : 'glrt-')
  const id = await insertRunner(tx, {
    ...settings,
    type: owner.type,
    ownerId: owner.id,
    token,
    registration: registered ? 'registration_token' : 'authenticated_user',
    creatorId: made.creatorId,
  })
  const target = { type: 'Ci::Runner', id, details: settings.description ?? '' }
  await writeAudit(tx, [{ event: made.event, entity: runnerScope(owner), target, details: {} }], made.author)
  return { id, token }
}

/** What cannot be seen is as good as missing, so that ids of private groups and projects cannot be probed. */
async function creationRefusal(app: App, actor: Actor, owner: RegistrationOwner): Promise<Refusal | null> {
  const insufficient: Refusal = { code: 'forbidden', reason: 'Insufficient permissions' }
  const missing: Refusal = { code: 'bad_request', reason: 'Missing/invalid scope' }
  switch (owner.type) {
    case 'instance_type':
      return actor.isAdmin ? null : insufficient
    case 'group_type': {
      const found = await findGroup(app.db, owner.id, actor)
      if (!found || !canSee(actor, found.standing)) return missing
      return refuse(actor, 'admin_group_runners', found.standing, 'Group') ? insufficient : null
    }
    case 'project_type': {
      const found = await findProject(app.db, owner.id, actor)
      if (!found || !canSee(actor, found.standing)) return missing
      return refuse(actor, 'admin_runners', found.standing, 'Project') ? insufficient : null
    }
  }
}

function sentenceCase(field: string): string {
  const words = field.replaceAll('_', ' ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}
