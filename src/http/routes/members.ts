/** Group and project members API. */
import { addMember, changeMember, removeMember } from '../../app/change-members.ts'
import { groupMembers, projectMembers } from '../../contract/members.ts'
import { findMember, listMembers } from '../../db/member-list.ts'
import type { MemberSource } from '../../db/members.ts'
import { usersNamed } from '../../db/users.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, implementOpen, type Knock, type Route } from '../call.ts'
import { replyOf } from '../errors.ts'
import { groupFor, projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { presentMember } from '../present/member.ts'

/** The group or project of a call, if the caller may see its members. */
type SourceOf = (call: Knock) => Promise<Result<MemberSource, Refusal>>

export const memberRoutes: Route[] = [
  ...routesOf(groupMembers, async (call) => {
    const found = await groupFor(call, 'read_group_members')
    return found.ok ? ok({ groupId: found.value.group.id }) : found
  }),
  ...routesOf(projectMembers, async (call) => {
    const found = await projectFor(call, 'read_members')
    return found.ok ? ok({ projectId: found.value.project.id }) : found
  }),
]

function routesOf(operations: typeof groupMembers, sourceOf: SourceOf): Route[] {
  const { list, listAll, get, getAny, add, update, remove } = operations
  const first = { authorizeFirst: sourceOf }

  const listing = (operation: typeof list | typeof listAll, reach: 'direct' | 'all') =>
    implementOpen(operation as typeof list, async (call) => {
      const source = await sourceOf(call)
      if (!source.ok) return source
      const { query, user_ids: userIds, skip_users: skipUsers } = call.input
      const page = await listMembers(call.app.db, source.value, reach, { query, userIds, skipUsers }, call.input)
      return ok(mapPage(page, (member) => presentMember(call.app, member)))
    })

  const single = (operation: typeof get, reach: 'direct' | 'all') =>
    implementOpen(operation, async (call) => {
      const source = await sourceOf(call)
      if (!source.ok) return source
      const member = await findMember(call.app.db, source.value, reach, call.input.user_id)
      return member ? ok(presentMember(call.app, member)) : err({ code: 'not_found', what: null })
    })

  return [
    listing(list, 'direct'),
    listing(listAll, 'all'),
    single(get, 'direct'),
    single(getAny, 'all'),

    implement(
      add,
      async (call) => {
        const source = await sourceOf(call)
        if (!source.ok) return source
        const { app, actor, input } = call
        const names = namesIn(input.user_id, input.username)
        if (!names.ok) return names
        const { ids, usernames } = names.value
        const users = await usersNamed(app.db, ids, usernames)
        const wanted = { accessLevel: input.access_level, expiresAt: input.expires_at ?? null }
        const several = ids.length + usernames.length > 1
        const failures: [string, unknown][] = []
        // Without anybody by that name the refusals for the caller still come first.
        for (const { id: userId, username } of users.length > 0 ? users : [{ id: 0, username: '' }]) {
          const added = await addMember(app, actor, source.value, { userId, ...wanted })
          if (!added.ok && !several) return added
          if (!added.ok) failures.push([username, reasonOf(added.error)])
        }
        if (several)
          return ok(
            failures.length > 0 ? { status: 'error', message: Object.fromEntries(failures) } : { status: 'success' },
          )
        const member = await findMember(app.db, source.value, 'direct', users[0]?.id ?? 0)
        return member ? ok(presentMember(app, member)) : err({ code: 'not_found', what: null })
      },
      first,
    ),

    implement(
      update,
      async (call) => {
        const source = await sourceOf(call)
        if (!source.ok) return source
        const { user_id: userId, access_level: accessLevel, expires_at: expiresAt } = call.input
        const changed = await changeMember(call.app, call.actor, source.value, { userId, accessLevel, expiresAt })
        if (!changed.ok) return changed
        const member = await findMember(call.app.db, source.value, 'direct', userId)
        return member ? ok(presentMember(call.app, member)) : err({ code: 'not_found', what: null })
      },
      first,
    ),

    implement(
      remove,
      async (call) => {
        const source = await sourceOf(call)
        if (!source.ok) return source
        const { user_id: userId, skip_subresources: skip } = call.input
        return removeMember(call.app, call.actor, source.value, userId, !skip)
      },
      first,
    ),
  ]
}

/** `user_id` and `username` of the call: one or the other, several separated by commas. */
function namesIn(
  userId: string | undefined,
  username: string | undefined,
): Result<{ readonly ids: readonly number[]; readonly usernames: readonly string[] }, Refusal> {
  const invalid = (sentence: string) => err({ code: 'invalid_parameter', sentence } as const)
  const ids = split(userId)
  const usernames = split(username)
  if (ids.length > 0 && usernames.length > 0) return invalid('user_id, username are mutually exclusive')
  if (ids.length + usernames.length === 0)
    return invalid('user_id, username are missing, exactly one parameter must be provided')
  const numbers = ids.map(Number)
  if (!numbers.every((id) => Number.isSafeInteger(id) && id >= 0)) return invalid('user_id is invalid')
  return ok({ ids: numbers, usernames })
}

function split(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => part.trim() || [])
}

/** The refusal of one of several, as the text GitLab files under the person's name. */
function reasonOf(refusal: Refusal): unknown {
  const { body } = replyOf(refusal)
  return 'message' in body ? body.message : body
}
