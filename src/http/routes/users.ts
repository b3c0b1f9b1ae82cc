/** Users API. */
import { changeUserState, refuseStateChange, type UserStateChange } from '../../app/change-user-state.ts'
import type { App } from '../../app/context.ts'
import { createUser } from '../../app/create-user.ts'
import { deleteUser, refuseRemoval } from '../../app/delete-user.ts'
import { lastAdministrator, updateUser } from '../../app/update-user.ts'
import * as people from '../../contract/people.ts'
import { membershipsOf } from '../../db/member-list.ts'
import { personalNamespaceId } from '../../db/namespaces.ts'
import { listProjects } from '../../db/project-list.ts'
import {
  findUserDetails,
  listUsers,
  type UserDetails,
  type UserFilter,
  userKeyType,
  usersBehind,
} from '../../db/user-list.ts'
import { findUser, seesOtherAdministrator, usersNamed } from '../../db/users.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { keyAfter } from '../cursor.ts'
import { forAdministrators } from '../find.ts'
import { keyedAnswer } from '../keyset.ts'
import { mapPage } from '../pagination.ts'
import { permitted } from '../present/permitted.ts'
import { presentFullUser, presentUser, presentUserBasic } from '../present/user.ts'
import { presentProjectPage, projectFilter } from './project-lists.ts'

const profileFields = [
  'bio',
  'location',
  'public_email',
  'linkedin',
  'twitter',
  'discord',
  'website_url',
  'organization',
  'job_title',
  'pronouns',
  'note',
] as const

export const userRoutes: Route[] = [
  implement(people.currentUser, async ({ app, actor }) => {
    const user = await findUserDetails(app.db, actor.userId)
    return user ? ok(presentFullUser(app, user)) : err({ code: 'unauthorized' })
  }),

  implementOpen(people.listUsers, async ({ app, actor, input, request }) => {
    const isAdmin = actor?.isAdmin ?? false
    // Nobody in particular may ask whether one name exists, not for a list of everybody.
    if (actor === null && !input.username) {
      return err({ code: 'forbidden', reason: 'Not authorized to access /api/v4/users' })
    }
    const filter: UserFilter = {
      username: input.username,
      search: input.search,
      states: statesOf(input),
      types: typesOf(input),
      isAdmin: isAdmin ? input.admins : undefined,
      withoutProjects: isAdmin ? input.without_projects : undefined,
      createdAfter: isAdmin ? input.created_after : undefined,
      createdBefore: isAdmin ? input.created_before : undefined,
      seesEmails: isAdmin,
      orderBy: isAdmin ? input.order_by : 'id',
      sort: isAdmin ? input.sort : 'desc',
    }
    const present = (user: UserDetails) => (isAdmin ? presentFullUser(app, user) : presentUserBasic(app, user))
    if (input.pagination !== 'keyset') return ok(mapPage(await listUsers(app.db, filter, input), present))
    const key = input.cursor ? keyAfter(input.cursor, userKeyType(filter.orderBy)) : null
    if (key === 'invalid') return err({ code: 'invalid_parameter', sentence: 'cursor is invalid' })
    const found = await usersBehind(app.db, filter, key, input.per_page + 1)
    return ok(keyedAnswer(app, request, found, input.per_page, present))
  }),

  implementOpen(people.getUser, async ({ app, actor, input }) => {
    if (actor === null) return err({ code: 'forbidden', reason: 'Not authorized!' })
    const user = await findUserDetails(app.db, input.id)
    if (!user) return err({ code: 'not_found', what: 'User' })
    return ok(actor.isAdmin ? presentFullUser(app, user) : presentUser(app, user))
  }),

  implementOpen(people.listUserProjects, async ({ app, actor, input }) => {
    const byId = /^\d+$/.test(input.user_id)
    const [user] = await usersNamed(app.db, byId ? [Number(input.user_id)] : [], byId ? [] : [input.user_id])
    const namespaceId = user && (await personalNamespaceId(app.db, user.id))
    if (!user) return err({ code: 'not_found', what: 'User' })
    const inGroup = { groupId: namespaceId ?? 0, subgroups: false, withShared: false }
    const page = await listProjects(app.db, actor, { ...projectFilter(input), inGroup }, input)
    return ok(await presentProjectPage(app, actor, page, input.simple))
  }),

  implement(people.listUserMemberships, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    const user = await findUserDetails(app.db, input.user_id)
    if (!user) return err({ code: 'not_found', what: 'User' })
    return ok(await membershipsOf(app.db, user.id, input.type, input))
  }),

  implement(people.createUser, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    if (!input.password && !input.reset_password && !input.force_random_password) {
      const names = 'password, reset_password, force_random_password'
      return err({
        code: 'invalid_parameter',
        sentence: `${names} are missing, at least one parameter must be provided`,
      })
    }
    const created = await createUser(app, actor, {
      username: input.username,
      name: input.name,
      email: input.email,
      password: input.force_random_password || input.reset_password ? null : (input.password ?? null),
      isAdmin: input.admin ?? false,
      profile: profileOf(input),
    })
    return created.ok ? presentById(app, created.value) : created
  }),

  implement(people.updateUser, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    const { username, name, email, password, admin: isAdmin } = input
    const updated = await updateUser(app, actor, input.id, {
      username,
      name,
      email,
      password: password || undefined,
      isAdmin,
      profile: profileOf(input),
    })
    return updated.ok ? presentById(app, input.id) : updated
  }),

  implement(people.deleteUser, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    return refusal ? err(refusal) : deleteUser(app, actor, input.id)
  }),

  implement(people.getUserActions, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    const user = await findUser(app.db, input.id)
    if (!user) return err({ code: 'not_found', what: 'User' })
    const replaceable = await seesOtherAdministrator(app.db, user.id)
    const state = (change: UserStateChange) => permitted(refuseStateChange(user, actor, change, replaceable))
    const needed = user.is_admin && user.state === 'active' && !replaceable
    return ok({
      block: state('block'),
      unblock: state('unblock'),
      activate: state('activate'),
      deactivate: state('deactivate'),
      change_admin: permitted(needed ? lastAdministrator : null),
      delete: permitted(await refuseRemoval(app.db, user, replaceable)),
    })
  }),

  ...stateRoutes([
    ['block', people.blockUser],
    ['unblock', people.unblockUser],
    ['activate', people.activateUser],
    ['deactivate', people.deactivateUser],
  ]),
]

function stateRoutes(changes: readonly (readonly [UserStateChange, typeof people.blockUser])[]): Route[] {
  return changes.map(([change, operation]) =>
    implement(operation, async ({ app, actor, input }) => {
      const refusal = forAdministrators(actor)
      return refusal ? err(refusal) : changeUserState(app, actor, input.id, change)
    }),
  )
}

async function presentById(app: App, id: number) {
  const user = await findUserDetails(app.db, id)
  return user ? ok(presentFullUser(app, user)) : err({ code: 'not_found', what: 'User' } as const)
}

function profileOf(input: { readonly [K in (typeof profileFields)[number]]?: string | undefined }) {
  return Object.fromEntries(
    profileFields.flatMap((field) => (input[field] === undefined ? [] : [[field, input[field]] as const])),
  )
}

function statesOf(input: {
  active?: boolean | undefined
  blocked?: boolean | undefined
  exclude_active?: boolean | undefined
}) {
  return (['active', 'blocked', 'deactivated'] as const).filter(
    (state) =>
      (!input.active || state === 'active') &&
      (!input.blocked || state === 'blocked') &&
      (!input.exclude_active || state !== 'active'),
  )
}

function typesOf(input: {
  humans?: boolean | undefined
  exclude_humans?: boolean | undefined
  without_project_bots?: boolean | undefined
}) {
  if (input.humans) return ['human'] as const
  if (input.exclude_humans) return ['project_bot', 'group_bot'] as const
  return input.without_project_bots ? (['human', 'group_bot'] as const) : undefined
}
