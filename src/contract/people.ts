/** Users and their own account (GitLab Users API). */
import { z } from 'zod'
import { userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { permission } from './permissions.ts'
import { project } from './project-entities.ts'
import { projectFilters } from './project-filters.ts'
import { bool, dateTime, id, keysetPaging, oneOf, paging, text, timestamp } from './values.ts'

const tag = 'Users'
const readUser = ['api', 'read_api', 'read_user']

/** GitLab's UserPublic, with the fields that only the person and administrators see. */
export const user = userBasic.extend({
  created_at: timestamp(),
  bio: z.string(),
  location: z.string().nullable(),
  public_email: z.string().nullable(),
  linkedin: z.string(),
  twitter: z.string(),
  discord: z.string(),
  website_url: z.string(),
  organization: z.string().nullable(),
  job_title: z.string(),
  pronouns: z.string().nullable(),
  bot: z.boolean(),
  work_information: z.string().nullable(),
  followers: z.number(),
  following: z.number(),
  local_time: z.string().nullable(),
})
export type PublicUser = z.output<typeof user>

/** What the person themselves and administrators see (GitLab's UserWithAdmin). */
export const fullUser = user.extend({
  last_sign_in_at: timestamp().nullable(),
  confirmed_at: timestamp().nullable(),
  last_activity_on: z.string().nullable(),
  email: z.string(),
  theme_id: z.number(),
  color_scheme_id: z.number(),
  projects_limit: z.number(),
  current_sign_in_at: timestamp().nullable(),
  identities: z.array(z.object({ provider: z.string(), extern_uid: z.string() })),
  can_create_group: z.boolean(),
  can_create_project: z.boolean(),
  two_factor_enabled: z.boolean(),
  external: z.boolean(),
  private_profile: z.boolean(),
  commit_email: z.string(),
  is_admin: z.boolean(),
  note: z.string().nullable(),
  namespace_id: z.number().nullable(),
  created_by: userBasic.nullable(),
})
export type FullUser = z.output<typeof fullUser>

/** An element of the list: everything for administrators, the basic fields for others. */
const listedUser = fullUser.partial().extend(userBasic.shape)

export const currentUser = operation({
  id: 'currentUser',
  method: 'GET',
  path: '/user',
  tag,
  summary: 'The user whose credential this is',
  response: fullUser,
  scopes: readUser,
})

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  path: '/users',
  tag,
  summary: 'List users',
  params: {
    username: text().optional(),
    search: text().optional(),
    active: bool().optional(),
    exclude_active: bool().optional(),
    blocked: bool().optional(),
    humans: bool().optional(),
    exclude_humans: bool().optional(),
    without_project_bots: bool().optional(),
    without_projects: bool().optional(),
    admins: bool().optional(),
    created_after: dateTime().optional(),
    created_before: dateTime().optional(),
    order_by: oneOf(['id', 'name', 'username', 'created_at', 'updated_at']).default('id'),
    sort: oneOf(['asc', 'desc']).default('desc'),
    ...keysetPaging,
    ...paging,
  },
  response: z.array(listedUser),
  auth: 'optional',
  scopes: readUser,
})

export const getUser = operation({
  id: 'getUser',
  method: 'GET',
  path: '/users/:id',
  tag,
  summary: 'A user; everything about them for administrators',
  params: { id: id() },
  response: fullUser.partial().extend(user.shape),
  auth: 'optional',
  scopes: readUser,
})

const profile = {
  bio: text({ max: 255 }).optional(),
  location: text({ max: 255 }).optional(),
  public_email: text({ max: 255 }).optional(),
  linkedin: text({ max: 255 }).optional(),
  twitter: text({ max: 255 }).optional(),
  discord: text({ max: 255 }).optional(),
  website_url: text({ max: 255 }).optional(),
  organization: text({ max: 255 }).optional(),
  job_title: text({ max: 255 }).optional(),
  pronouns: text({ max: 50 }).optional(),
  note: text({ max: 10_000 }).optional(),
  admin: bool().optional(),
}

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  path: '/users',
  tag,
  summary:
    'Create a user (administrators). Mail is never sent: with reset_password or force_random_password the account has no password until an administrator sets one, and skip_confirmation has nothing to skip',
  params: {
    email: text({ max: 1000 }),
    name: text({ max: 1000 }),
    username: text({ max: 1000 }),
    password: text({ max: 1000 }).optional(),
    reset_password: bool().optional(),
    force_random_password: bool().optional(),
    skip_confirmation: bool().optional(),
    ...profile,
  },
  response: fullUser,
})

export const updateUser = operation({
  id: 'updateUser',
  method: 'PUT',
  path: '/users/:id',
  tag,
  summary: 'Change a user (administrators)',
  params: {
    id: id(),
    email: text({ max: 1000 }).optional(),
    name: text({ max: 1000 }).optional(),
    username: text({ max: 1000 }).optional(),
    password: text({ max: 1000 }).optional(),
    ...profile,
  },
  response: fullUser,
})

export const deleteUser = operation({
  id: 'deleteUser',
  method: 'DELETE',
  path: '/users/:id',
  tag,
  summary: 'Remove a user, their personal projects and their tokens (administrators)',
  params: { id: id() },
})

export const listUserProjects = operation({
  id: 'listUserProjects',
  method: 'GET',
  path: '/users/:user_id/projects',
  tag,
  summary: 'Projects in the personal namespace of a user',
  params: { user_id: text({ max: 255 }), ...projectFilters },
  response: z.array(project),
  auth: 'optional',
})

export const listUserMemberships = operation({
  id: 'listUserMemberships',
  method: 'GET',
  path: '/users/:user_id/memberships',
  tag,
  summary: 'Where a user is a direct member (administrators)',
  params: { user_id: id(), type: oneOf(['Project', 'Namespace']).optional(), ...paging },
  response: z.array(
    z.object({
      source_id: z.number(),
      source_name: z.string(),
      source_type: z.enum(['Project', 'Namespace']),
      access_level: z.number(),
    }),
  ),
})

const changeState = (name: 'block' | 'unblock' | 'activate' | 'deactivate', summary: string) =>
  operation({
    id: `${name}User`,
    method: 'POST',
    path: `/users/:id/${name}`,
    tag,
    summary,
    params: { id: id() },
    response: z.boolean(),
  })

export const blockUser = changeState('block', 'Block a user: they cannot sign in, and their tokens do not work')
export const unblockUser = changeState('unblock', 'Let a blocked user in again')
export const activateUser = changeState('activate', 'Let a deactivated user in again')
export const deactivateUser = changeState('deactivate', 'Deactivate a user: as blocking, for those who left')

export const getUserActions = operation({
  id: 'getUserActions',
  method: 'GET',
  path: '/users/:id/actions',
  tag,
  summary: 'Extra: whether this administrator may change a user in each of these ways now, and why not',
  params: { id: id() },
  response: z.object({
    block: permission,
    unblock: permission,
    activate: permission,
    deactivate: permission,
    /** To give or take the rights of an administrator. */
    change_admin: permission,
    delete: permission,
  }),
})
