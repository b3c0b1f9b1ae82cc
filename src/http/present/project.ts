/** Projects as the API shows them. */
import type { App } from '../../app/context.ts'
import type { BasicProject, FullProject } from '../../contract/project-entities.ts'
import type { ProjectDetails } from '../../db/project-list.ts'
import { hasBranch } from '../../git/has-branch.ts'
import { presentSharedGroup } from './group.ts'
import { presentNamespaceBasic } from './namespace.ts'
import { presentUserBasic } from './user.ts'

export function presentBasicProject(app: App, project: ProjectDetails): BasicProject {
  const { namespace } = project
  const webUrl = `${app.externalUrl}/${project.full_path}`
  return {
    id: project.id,
    description: project.description,
    name: project.name,
    name_with_namespace: `${namespace.full_name} / ${project.name}`,
    path: project.path,
    path_with_namespace: project.full_path,
    created_at: project.created_at.toISOString(),
    default_branch: project.default_branch,
    tag_list: [],
    topics: [],
    ssh_url_to_repo: '',
    http_url_to_repo: `${webUrl}.git`,
    web_url: webUrl,
    readme_url: null,
    forks_count: 0,
    avatar_url: null,
    star_count: 0,
    last_activity_at: project.last_activity_at.toISOString(),
    visibility: project.visibility,
    namespace: presentNamespaceBasic(app, namespace),
  }
}

/** Features that GitLab has and Countersign has not are told as disabled. */
export async function presentProject(app: App, project: ProjectDetails): Promise<FullProject> {
  const self = `${app.externalUrl}/api/v4/projects/${project.id}`
  const access = (level: number | null) => (level === null ? null : { access_level: level, notification_level: 3 })
  return {
    ...presentBasicProject(app, project),
    _links: {
      self,
      repo_branches: `${self}/repository/branches`,
      members: `${self}/members`,
    },
    empty_repo: !(await hasBranch(app.repositories.open(project.id))),
    archived: project.archived,
    ...(project.owner ? { owner: presentUserBasic(app, project.owner) } : {}),
    creator_id: project.creator_id,
    import_status: 'none',
    open_issues_count: 0,
    updated_at: project.updated_at.toISOString(),
    jobs_enabled: true,
    issues_enabled: false,
    merge_requests_enabled: false,
    wiki_enabled: false,
    snippets_enabled: false,
    container_registry_enabled: false,
    lfs_enabled: false,
    request_access_enabled: false,
    issues_access_level: 'disabled',
    repository_access_level: 'enabled',
    merge_requests_access_level: 'disabled',
    forking_access_level: 'disabled',
    wiki_access_level: 'disabled',
    builds_access_level: 'enabled',
    snippets_access_level: 'disabled',
    environments_access_level: 'enabled',
    container_registry_access_level: 'disabled',
    shared_runners_enabled: project.shared_runners_enabled,
    group_runners_enabled: project.group_runners_enabled,
    ci_default_git_depth: project.ci_default_git_depth,
    ci_forward_deployment_enabled: project.ci_forward_deployment_enabled,
    ci_forward_deployment_rollback_allowed: project.ci_forward_deployment_rollback_allowed,
    ci_config_path: project.ci_config_path,
    public_jobs: project.public_jobs,
    build_timeout: project.build_timeout,
    auto_cancel_pending_pipelines: project.auto_cancel_pending_pipelines ? 'enabled' : 'disabled',
    keep_latest_artifact: project.keep_latest_artifact,
    resource_group_default_process_mode: project.resource_group_default_process_mode,
    allow_pipeline_trigger_approve_deployment: project.allow_pipeline_trigger_approve_deployment,
    shared_with_groups: project.sharedWith.map(presentSharedGroup),
    permissions: { project_access: access(project.projectAccess), group_access: access(project.groupAccess) },
  }
}
