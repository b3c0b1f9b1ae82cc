/** Projects as the API shows them (GitLab's ProjectIdentity, BasicProjectDetails, Project). */
import { z } from 'zod'
import { namespaceBasic, userBasic } from './entities.ts'
import { timestamp } from './values.ts'

/** What is left of a project for those who see no more, and with `simple=true`. */
export const basicProject = z.object({
  id: z.number(),
  description: z.string().nullable(),
  name: z.string(),
  name_with_namespace: z.string(),
  path: z.string(),
  path_with_namespace: z.string(),
  created_at: timestamp(),
  default_branch: z.string().nullable(),
  tag_list: z.array(z.string()),
  topics: z.array(z.string()),
  /** Empty: repositories are served over HTTP. */
  ssh_url_to_repo: z.string(),
  http_url_to_repo: z.string(),
  web_url: z.string(),
  readme_url: z.string().nullable(),
  forks_count: z.number(),
  avatar_url: z.string().nullable(),
  star_count: z.number(),
  last_activity_at: timestamp(),
  visibility: z.enum(['private', 'internal', 'public']),
  namespace: namespaceBasic,
})
export type BasicProject = z.output<typeof basicProject>

const access = z.object({ access_level: z.number(), notification_level: z.number() }).nullable()
const featureAccess = z.enum(['disabled', 'private', 'enabled'])

export const fullProject = basicProject.extend({
  _links: z.object({
    self: z.string(),
    repo_branches: z.string(),
    members: z.string(),
  }),
  empty_repo: z.boolean(),
  archived: z.boolean(),
  owner: userBasic.optional(),
  creator_id: z.number().nullable(),
  import_status: z.string(),
  open_issues_count: z.number(),
  updated_at: timestamp(),
  jobs_enabled: z.boolean(),
  issues_enabled: z.boolean(),
  merge_requests_enabled: z.boolean(),
  wiki_enabled: z.boolean(),
  snippets_enabled: z.boolean(),
  container_registry_enabled: z.boolean(),
  lfs_enabled: z.boolean(),
  request_access_enabled: z.boolean(),
  issues_access_level: featureAccess,
  repository_access_level: featureAccess,
  merge_requests_access_level: featureAccess,
  forking_access_level: featureAccess,
  wiki_access_level: featureAccess,
  builds_access_level: featureAccess,
  snippets_access_level: featureAccess,
  environments_access_level: featureAccess,
  container_registry_access_level: featureAccess,
  shared_runners_enabled: z.boolean(),
  group_runners_enabled: z.boolean(),
  ci_default_git_depth: z.number().nullable(),
  ci_forward_deployment_enabled: z.boolean(),
  ci_forward_deployment_rollback_allowed: z.boolean(),
  ci_config_path: z.string().nullable(),
  public_jobs: z.boolean(),
  build_timeout: z.number(),
  auto_cancel_pending_pipelines: z.enum(['enabled', 'disabled']),
  keep_latest_artifact: z.boolean(),
  resource_group_default_process_mode: z.string(),
  allow_pipeline_trigger_approve_deployment: z.boolean(),
  shared_with_groups: z.array(
    z.object({
      group_id: z.number(),
      group_name: z.string(),
      group_full_path: z.string(),
      group_access_level: z.number(),
      expires_at: z.string().nullable(),
    }),
  ),
  permissions: z.object({ project_access: access, group_access: access }).optional(),
})
export type FullProject = z.output<typeof fullProject>

/** A list element: basic for those who are not signed in and with `simple=true`. */
export const project = fullProject.partial().extend(basicProject.shape)
export type Project = z.output<typeof project>
