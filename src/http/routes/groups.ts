/** Groups API. */
import { shareWithGroup, unshareWithGroup } from '../../app/change-shares.ts'
import type { App } from '../../app/context.ts'
import { createGroup } from '../../app/create-group.ts'
import { deleteGroup } from '../../app/delete-group.ts'
import { updateGroup } from '../../app/update-group.ts'
import * as contract from '../../contract/groups.ts'
import type { InputOf } from '../../contract/operation.ts'
import { type GroupFilter, groupsBehind, groupsInvitedTo, listGroups } from '../../db/group-list.ts'
import { findGroup } from '../../db/groups.ts'
import type { Namespace } from '../../db/namespaces.ts'
import { listProjects, type ProjectFilter } from '../../db/project-list.ts'
import type { Actor } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { keyAfter } from '../cursor.ts'
import { groupFor } from '../find.ts'
import { keyedAnswer, keysetUnavailable } from '../keyset.ts'
import { mapPage } from '../pagination.ts'
import { presentGroup, presentSharedGroup } from '../present/group.ts'
import { presentProjectPage, presentProjects, projectFilter } from './project-lists.ts'

export const groupRoutes: Route[] = [
  implementOpen(contract.listGroups, async ({ app, actor, input, request }) => {
    const filter = { ...groupFilter(input), topLevelOnly: input.top_level_only }
    if (input.pagination === 'keyset') {
      const { order_by: orderBy, sort } = input
      // GitLab has keys for one order only.
      if (orderBy !== 'name' || sort !== 'asc') return ok(keysetUnavailable())
      const key = input.cursor ? keyAfter(input.cursor, 'text') : null
      if (key === 'invalid') return err({ code: 'invalid_parameter', sentence: 'cursor is invalid' })
      const found = await groupsBehind(app.db, actor, { ...filter, orderBy, sort }, key, input.per_page + 1)
      return ok(keyedAnswer(app, request, found, input.per_page, (group) => presentGroup(app, group)))
    }
    const page = await listGroups(app.db, actor, filter, input)
    return ok(mapPage(page, (group) => presentGroup(app, group)))
  }),

  ...(['children', 'descendants'] as const).map((depth) =>
    implementOpen(depth === 'children' ? contract.listSubgroups : contract.listDescendantGroups, async (call) => {
      const found = await groupFor(call, 'read_group')
      if (!found.ok) return found
      const { app, actor, input } = call
      const within = { groupId: found.value.group.id, depth }
      const page = await listGroups(app.db, actor, { ...groupFilter(input), within }, input)
      return ok(mapPage(page, (group) => presentGroup(app, group)))
    }),
  ),

  implementOpen(contract.getGroup, async (call) => {
    const found = await groupFor(call, 'read_group')
    return found.ok ? ok(await presentDetail(call.app, call.actor, found.value.group, call.input.with_projects)) : found
  }),

  implementOpen(contract.listGroupProjects, async (call) => {
    const found = await groupFor(call, 'read_group')
    if (!found.ok) return found
    const { app, actor, input } = call
    const inGroup = {
      groupId: found.value.group.id,
      subgroups: input.include_subgroups,
      withShared: input.with_shared,
    }
    const page = await listProjects(app.db, actor, { ...projectFilter(input), inGroup }, input)
    return ok(await presentProjectPage(app, actor, page, input.simple))
  }),

  implementOpen(contract.listSharedProjects, async (call) => {
    const found = await groupFor(call, 'read_group')
    if (!found.ok) return found
    const { app, actor, input } = call
    const filter = { ...projectFilter(input), sharedWithGroup: found.value.group.id }
    return ok(await presentProjectPage(app, actor, await listProjects(app.db, actor, filter, input), input.simple))
  }),

  implement(contract.createGroup, async ({ app, actor, input }) => {
    const created = await createGroup(app, actor, {
      parentId: input.parent_id ?? null,
      name: input.name,
      path: input.path,
      description: input.description ?? '',
      visibility: input.visibility ?? 'private',
    })
    if (created.ok) return presentById(app, actor, created.value)
    // GitLab tells what is wrong with a new group in one sentence, with the fields as Ruby prints them.
    return created.error.code === 'invalid'
      ? err({ code: 'refused', sentence: `Failed to save group ${inspect(created.error.errors)}` })
      : created
  }),

  implement(contract.updateGroup, async (call) => {
    const found = await groupFor(call, 'admin_group')
    if (!found.ok) return found
    const { name, path, description, visibility } = call.input
    const { id } = found.value.group
    const updated = await updateGroup(call.app, call.actor, id, { name, path, description, visibility })
    return updated.ok ? presentById(call.app, call.actor, id) : updated
  }),

  implement(contract.deleteGroup, async (call) => {
    const found = await groupFor(call, 'admin_group')
    if (!found.ok) return found
    const deleted = await deleteGroup(call.app, call.actor, found.value.group.id)
    return deleted.ok ? ok({ message: '202 Accepted' as const }) : deleted
  }),

  implement(contract.shareGroup, async (call) => {
    const found = await groupFor(call, 'admin_group_members')
    if (!found.ok) return found
    const { group_id: groupId, group_access: accessLevel, expires_at: expiresAt = null } = call.input
    const target = { groupId: found.value.group.id }
    const shared = await shareWithGroup(call.app, call.actor, target, { groupId, accessLevel, expiresAt })
    return shared.ok ? presentById(call.app, call.actor, target.groupId) : shared
  }),

  implement(contract.unshareGroup, async (call) => {
    const found = await groupFor(call, 'admin_group_members')
    if (!found.ok) return found
    return unshareWithGroup(call.app, call.actor, { groupId: found.value.group.id }, call.input.group_id)
  }),
]

function groupFilter(input: Omit<InputOf<typeof contract.listGroups>, 'top_level_only'>): GroupFilter {
  return {
    search: input.search,
    skipGroups: input.skip_groups,
    owned: input.owned,
    allAvailable: input.all_available,
    minAccessLevel: input.min_access_level,
    visibility: input.visibility,
    orderBy: input.order_by,
    sort: input.sort,
  }
}

async function presentById(app: App, actor: Actor, id: number): Promise<Result<contract.GroupDetail, Refusal>> {
  const found = await findGroup(app.db, id, actor)
  return found ? ok(await presentDetail(app, actor, found.group, true)) : err({ code: 'not_found', what: 'Group' })
}

async function presentDetail(
  app: App,
  actor: Actor | null,
  group: Namespace,
  withProjects: boolean,
): Promise<contract.GroupDetail> {
  const projects = async (filter: Pick<ProjectFilter, 'inGroup' | 'sharedWithGroup'>) => {
    const some = { page: 1, per_page: 100 }
    const page = await listProjects(app.db, actor, { ...filter, orderBy: 'id', sort: 'desc' }, some)
    return presentProjects(app, actor, page.items, false)
  }
  return {
    ...presentGroup(app, group),
    shared_with_groups: (await groupsInvitedTo(app.db, group.id)).map(presentSharedGroup),
    prevent_sharing_groups_outside_hierarchy: false,
    ...(withProjects
      ? {
          projects: await projects({ inGroup: { groupId: group.id, subgroups: false, withShared: false } }),
          shared_projects: await projects({ sharedWithGroup: group.id }),
        }
      : {}),
  }
}

/** `{:path=>["has already been taken"]}`: how Ruby prints a hash of messages. */
function inspect(errors: Readonly<Record<string, readonly string[]>>): string {
  const fields = Object.entries(errors).map(([field, problems]) => `:${field}=>${JSON.stringify(problems)}`)
  return `{${fields.join(', ')}}`
}
