/** Runners API: lists, and the registration tokens of the places that have runners. */

import type { App } from '../../app/context.ts'
import { resetRegistrationToken } from '../../app/reset-registration-token.ts'
import * as contract from '../../contract/runner-admin.ts'
import { listRunners, type RunnerFilter, type RunnerScope } from '../../db/runner-list.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { forAdministrators, groupFor, projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { presentRunnerInList } from '../present/runner.ts'

export const runnerListRoutes: Route[] = [
  implement(contract.listOwnedRunners, async ({ app, actor, input }) =>
    ok(await page(app, { kind: 'owned', userId: actor.userId }, input)),
  ),

  implement(contract.listAllRunners, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    return refusal ? err(refusal) : ok(await page(app, { kind: 'all' }, input))
  }),

  implement(contract.listProjectRunners, async (call) => {
    const found = await projectFor(call, 'admin_runners')
    if (!found.ok) return found
    return ok(await page(call.app, { kind: 'project', projectId: found.value.project.id }, call.input))
  }),

  implement(contract.listGroupRunners, async (call) => {
    const found = await groupFor(call, 'admin_group_runners')
    if (!found.ok) return found
    return ok(await page(call.app, { kind: 'group', groupId: found.value.group.id }, call.input))
  }),

  implement(contract.resetInstanceRegistrationToken, async ({ app, actor }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    return ok(shown(await resetRegistrationToken(app, actor, { type: 'instance_type', id: null })))
  }),

  implement(contract.resetProjectRegistrationToken, async (call) => {
    const found = await projectFor(call, 'admin_runners')
    if (!found.ok) return found
    const owner = { type: 'project_type' as const, id: found.value.project.id }
    return ok(shown(await resetRegistrationToken(call.app, call.actor, owner)))
  }),

  implement(contract.resetGroupRegistrationToken, async (call) => {
    const found = await groupFor(call, 'admin_group_runners')
    if (!found.ok) return found
    const owner = { type: 'group_type' as const, id: found.value.group.id }
    return ok(shown(await resetRegistrationToken(call.app, call.actor, owner)))
  }),
]

function shown(token: string) {
  return { token, token_expires_at: null }
}

interface Filters {
  readonly page: number
  readonly per_page: number
  /** Deprecated: a status, a type, or whether it is paused, in one word. */
  readonly scope?: string | undefined
  readonly type?: RunnerFilter['type']
  readonly paused?: boolean | undefined
  readonly status?: string | undefined
  readonly tag_list?: readonly string[] | undefined
  readonly version_prefix?: string | undefined
}

async function page(app: App, scope: RunnerScope, input: Filters) {
  const filter = {
    type: input.type,
    paused: input.paused,
    tags: input.tag_list,
    versionPrefix: input.version_prefix,
    ...wordOf(input.scope),
    ...wordOf(input.status),
  }
  return mapPage(await listRunners(app.db, scope, filter, input), (row) => presentRunnerInList(app, row))
}

/** `specific` and `shared` are GitLab's older words for two of the types. */
const words: Readonly<Record<string, RunnerFilter>> = {
  active: { paused: false },
  paused: { paused: true },
  shared: { type: 'instance_type' },
  specific: { type: 'project_type' },
  instance_type: { type: 'instance_type' },
  group_type: { type: 'group_type' },
  project_type: { type: 'project_type' },
  online: { status: 'online' },
  offline: { status: 'offline' },
  stale: { status: 'stale' },
  never_contacted: { status: 'never_contacted' },
}

function wordOf(word: string | undefined): RunnerFilter {
  return word === undefined ? {} : (words[word] ?? {})
}
