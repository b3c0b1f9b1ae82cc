/** Groups, subgroups and the groups they are shared with (GitLab Groups API). */
import { z } from 'zod'
import { operation } from './operation.ts'
import { project } from './project-entities.ts'
import { projectFilters } from './project-filters.ts'
import { bool, date, id, idOrPath, int, keysetPaging, list, oneOf, paging, text, timestamp } from './values.ts'

const tag = 'Groups'
const visibilities = ['private', 'internal', 'public'] as const

/** Roles that may be given: Guest, Planner, Reporter, Developer, Maintainer, Owner. */
export const role = () => int().pipe(z.literal([10, 15, 20, 30, 40, 50]))

export const sharedWithGroup = z.object({
  group_id: z.number(),
  group_name: z.string(),
  group_full_path: z.string(),
  group_access_level: z.number(),
  expires_at: z.string().nullable(),
})

export const group = z.object({
  id: z.number(),
  web_url: z.string(),
  name: z.string(),
  path: z.string(),
  description: z.string(),
  visibility: z.enum(visibilities),
  share_with_group_lock: z.boolean(),
  require_two_factor_authentication: z.boolean(),
  two_factor_grace_period: z.number(),
  project_creation_level: z.string(),
  auto_devops_enabled: z.boolean().nullable(),
  subgroup_creation_level: z.string(),
  emails_disabled: z.boolean(),
  emails_enabled: z.boolean(),
  mentions_disabled: z.boolean().nullable(),
  lfs_enabled: z.boolean(),
  default_branch: z.string().nullable(),
  default_branch_protection: z.number(),
  avatar_url: z.string().nullable(),
  request_access_enabled: z.boolean(),
  full_name: z.string(),
  full_path: z.string(),
  created_at: timestamp(),
  parent_id: z.number().nullable(),
  organization_id: z.number(),
  shared_runners_setting: z.string(),
})
export type Group = z.output<typeof group>

export const groupDetail = group.extend({
  shared_with_groups: z.array(sharedWithGroup),
  prevent_sharing_groups_outside_hierarchy: z.boolean(),
  projects: z.array(project).optional(),
  shared_projects: z.array(project).optional(),
})
export type GroupDetail = z.output<typeof groupDetail>

const filters = {
  search: text({ max: 255 }).optional(),
  skip_groups: list(int()).optional(),
  owned: bool().optional(),
  all_available: bool().optional(),
  min_access_level: int()
    .pipe(z.literal([5, 10, 15, 20, 30, 40, 50]))
    .optional(),
  visibility: oneOf(visibilities).optional(),
  order_by: oneOf(['name', 'path', 'id', 'similarity']).default('name'),
  sort: oneOf(['asc', 'desc']).default('asc'),
  ...paging,
}

export const listGroups = operation({
  id: 'listGroups',
  method: 'GET',
  path: '/groups',
  tag,
  summary: 'List groups; with pagination=keyset by name, without counting them',
  params: { top_level_only: bool().optional(), ...keysetPaging, ...filters },
  response: z.array(group),
  auth: 'optional',
})

export const listSubgroups = operation({
  id: 'listSubgroups',
  method: 'GET',
  path: '/groups/:id/subgroups',
  tag,
  summary: 'Groups directly below a group',
  params: { id: idOrPath(), ...filters },
  response: z.array(group),
  auth: 'optional',
})

export const listDescendantGroups = operation({
  id: 'listDescendantGroups',
  method: 'GET',
  path: '/groups/:id/descendant_groups',
  tag,
  summary: 'All groups below a group',
  params: { id: idOrPath(), ...filters },
  response: z.array(group),
  auth: 'optional',
})

export const getGroup = operation({
  id: 'getGroup',
  method: 'GET',
  path: '/groups/:id',
  tag,
  summary: 'A group, with up to 100 of its projects',
  params: { id: idOrPath(), with_projects: bool().default(true) },
  response: groupDetail,
  auth: 'optional',
})

export const listGroupProjects = operation({
  id: 'listGroupProjects',
  method: 'GET',
  path: '/groups/:id/projects',
  tag,
  summary: 'Projects of a group, and those shared with it',
  params: {
    id: idOrPath(),
    ...projectFilters,
    with_shared: bool().default(true),
    include_subgroups: bool().default(false),
  },
  response: z.array(project),
  auth: 'optional',
})

export const listSharedProjects = operation({
  id: 'listSharedProjects',
  method: 'GET',
  path: '/groups/:id/projects/shared',
  tag,
  summary: 'Projects that a group is invited to',
  params: { id: idOrPath(), ...projectFilters },
  response: z.array(project),
  auth: 'optional',
})

export const createGroup = operation({
  id: 'createGroup',
  method: 'POST',
  path: '/groups',
  tag,
  summary: 'Create a group, or with parent_id a subgroup; its creator becomes its Owner',
  params: {
    name: text({ max: 1000 }),
    path: text({ max: 1000 }),
    parent_id: id().optional(),
    description: text({ max: 5000 }).optional(),
    visibility: oneOf(visibilities).optional(),
  },
  response: groupDetail,
})

export const updateGroup = operation({
  id: 'updateGroup',
  method: 'PUT',
  path: '/groups/:id',
  tag,
  summary: 'Change a group',
  params: {
    id: idOrPath(),
    name: text({ max: 1000 }).optional(),
    path: text({ max: 1000 }).optional(),
    description: text({ max: 5000 }).optional(),
    visibility: oneOf(visibilities).optional(),
  },
  response: groupDetail,
})

export const accepted = z.object({ message: z.literal('202 Accepted') })

export const deleteGroup = operation({
  id: 'deleteGroup',
  method: 'DELETE',
  path: '/groups/:id',
  tag,
  summary: 'Remove a group with everything below it',
  params: { id: idOrPath() },
  response: accepted,
  status: 202,
})

export const shareGroup = operation({
  id: 'shareGroup',
  method: 'POST',
  path: '/groups/:id/share',
  tag,
  summary: 'Invite a group into a group',
  params: { id: idOrPath(), group_id: id(), group_access: role(), expires_at: date().optional() },
  response: groupDetail,
})

export const unshareGroup = operation({
  id: 'unshareGroup',
  method: 'DELETE',
  path: '/groups/:id/share/:group_id',
  tag,
  summary: 'Take an invited group out of a group',
  params: { id: idOrPath(), group_id: id() },
})
