/** Projects and the groups they are shared with (GitLab Projects API). */
import { z } from 'zod'
import { userBasic } from './entities.ts'
import { accepted, role } from './groups.ts'
import { operation } from './operation.ts'
import { fullProject, project } from './project-entities.ts'
import { projectFilters } from './project-filters.ts'
import { bool, date, id, idOrPath, int, list, oneOf, paging, text } from './values.ts'

const tag = 'Projects'

/** null, or the empty text that a form sends for it. */
const clearable = <T extends z.ZodType>(value: T) =>
  z.preprocess((given: z.input<T> | null | '') => (given === '' ? null : given), value.nullable()).optional()

/** Settings that a project is created with and that may be changed. */
const settings = {
  description: text({ max: 2000 }).optional(),
  visibility: oneOf(['private', 'internal', 'public']).optional(),
  default_branch: text({ max: 255 }).optional(),
  allow_pipeline_trigger_approve_deployment: bool().optional(),
  ci_forward_deployment_enabled: bool().optional(),
  ci_forward_deployment_rollback_allowed: bool().optional(),
  auto_cancel_pending_pipelines: oneOf(['enabled', 'disabled']).optional(),
  public_jobs: bool().optional(),
  /** The older name of public_jobs. */
  public_builds: bool().optional(),
  keep_latest_artifact: bool().optional(),
  shared_runners_enabled: bool().optional(),
  group_runners_enabled: bool().optional(),
  /** Seconds. */
  build_timeout: int().optional(),
  ci_config_path: clearable(text({ max: 1000 })),
  ci_default_git_depth: clearable(int()),
  resource_group_default_process_mode: oneOf([
    'unordered',
    'oldest_first',
    'newest_first',
    'newest_ready_first',
  ]).optional(),
}

export const listProjects = operation({
  id: 'listProjects',
  method: 'GET',
  path: '/projects',
  tag,
  summary: 'List projects; with pagination=keyset by id, without counting them',
  params: {
    ...projectFilters,
    pagination: oneOf(['keyset', 'legacy']).optional(),
    id_after: id().optional(),
    id_before: id().optional(),
  },
  response: z.array(project),
  auth: 'optional',
})

export const getProject = operation({
  id: 'getProject',
  method: 'GET',
  path: '/projects/:id',
  tag,
  summary: 'A project',
  params: { id: idOrPath() },
  response: project,
  auth: 'optional',
  jobToken: true,
})

export const createProject = operation({
  id: 'createProject',
  method: 'POST',
  path: '/projects',
  tag,
  summary: 'Create a project, in your own namespace unless namespace_id says another',
  params: {
    name: text({ max: 1000 }).optional(),
    path: text({ max: 1000 }).optional(),
    namespace_id: id().optional(),
    initialize_with_readme: bool().default(false),
    ...settings,
  },
  response: fullProject,
})

export const updateProject = operation({
  id: 'updateProject',
  method: 'PUT',
  path: '/projects/:id',
  tag,
  summary: 'Change a project',
  params: {
    id: idOrPath(),
    name: text({ max: 1000 }).optional(),
    path: text({ max: 1000 }).optional(),
    archived: bool().optional(),
    ...settings,
  },
  response: fullProject,
})

export const deleteProject = operation({
  id: 'deleteProject',
  method: 'DELETE',
  path: '/projects/:id',
  tag,
  summary: 'Remove a project with everything in it',
  params: { id: idOrPath() },
  response: accepted,
  status: 202,
})

export const archiveProject = operation({
  id: 'archiveProject',
  method: 'POST',
  path: '/projects/:id/archive',
  tag,
  summary: 'Archive a project: it can be read and no longer changed',
  params: { id: idOrPath() },
  response: fullProject,
})

export const unarchiveProject = operation({
  id: 'unarchiveProject',
  method: 'POST',
  path: '/projects/:id/unarchive',
  tag,
  summary: 'Bring an archived project back',
  params: { id: idOrPath() },
  response: fullProject,
})

const share = z.object({
  id: z.number(),
  project_id: z.number(),
  group_id: z.number(),
  group_access: z.number(),
  expires_at: z.string().nullable(),
})

export const shareProject = operation({
  id: 'shareProject',
  method: 'POST',
  path: '/projects/:id/share',
  tag,
  summary: 'Invite a group into a project',
  params: { id: idOrPath(), group_id: id(), group_access: role(), expires_at: date().optional() },
  response: share,
})

export const unshareProject = operation({
  id: 'unshareProject',
  method: 'DELETE',
  path: '/projects/:id/share/:group_id',
  tag,
  summary: 'Take an invited group out of a project',
  params: { id: idOrPath(), group_id: id() },
})

export const listProjectUsers = operation({
  id: 'listProjectUsers',
  method: 'GET',
  path: '/projects/:id/users',
  tag,
  summary: 'Everybody with a role in a project',
  params: { id: idOrPath(), search: text({ max: 255 }).optional(), skip_users: list(int()).optional(), ...paging },
  response: z.array(userBasic),
  auth: 'optional',
})

export const listProjectGroups = operation({
  id: 'listProjectGroups',
  method: 'GET',
  path: '/projects/:id/groups',
  tag,
  summary: 'The groups above a project, and with with_shared those invited to it',
  params: {
    id: idOrPath(),
    search: text({ max: 255 }).optional(),
    skip_groups: list(int()).optional(),
    with_shared: bool().default(false),
    shared_min_access_level: role().optional(),
    ...paging,
  },
  response: z.array(
    z.object({
      id: z.number(),
      web_url: z.string(),
      name: z.string(),
      avatar_url: z.string().nullable(),
      full_name: z.string(),
      full_path: z.string(),
    }),
  ),
  auth: 'optional',
})
