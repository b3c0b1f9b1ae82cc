/** Projects API. */
import { shareWithGroup, unshareWithGroup } from '../../app/change-shares.ts'
import type { App } from '../../app/context.ts'
import { createProject } from '../../app/create-project.ts'
import { deleteProject } from '../../app/delete-project.ts'
import type { ProjectSettings } from '../../app/project-settings.ts'
import { type ProjectChanges, updateProject } from '../../app/update-project.ts'
import type { InputOf } from '../../contract/operation.ts'
import type { FullProject } from '../../contract/project-entities.ts'
import * as contract from '../../contract/projects.ts'
import { groupsOfProject } from '../../db/group-list.ts'
import { listMembers } from '../../db/member-list.ts'
import { findProjectDetails, listProjects, projectsById } from '../../db/project-list.ts'
import type { Actor } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readEntry } from '../../git/object-reader.ts'
import { implement, implementOpen, type Route, type SignedInCall } from '../call.ts'
import { projectFor } from '../find.ts'
import { keysetAnswer, keysetUnavailable } from '../keyset.ts'
import { mapPage } from '../pagination.ts'
import { namespaceUrl } from '../present/namespace.ts'
import { presentBasicProject, presentProject } from '../present/project.ts'
import { presentUserBasic } from '../present/user.ts'
import { presentProjectPage, presentProjects, projectFilter } from './project-lists.ts'

export const projectRoutes: Route[] = [
  implementOpen(contract.listProjects, async ({ app, actor, input, request }) => {
    const filter = { ...projectFilter(input), idAfter: input.id_after, idBefore: input.id_before }
    if (input.pagination !== 'keyset') {
      const page = await listProjects(app.db, actor, filter, input)
      return ok(await presentProjectPage(app, actor, page, input.simple))
    }
    // GitLab has keys for one order only.
    if (input.order_by !== 'id') return ok(keysetUnavailable())
    const found = await projectsById(app.db, actor, filter, input.per_page + 1)
    const items = found.slice(0, input.per_page)
    const last = found.length > items.length ? items.at(-1) : undefined
    const next = last ? { [input.sort === 'asc' ? 'id_after' : 'id_before']: String(last.id) } : null
    return ok(keysetAnswer(app, request, await presentProjects(app, actor, items, input.simple), next))
  }),

  implementOpen(contract.getProject, async (call) => {
    const found = await projectFor(call, 'read_project')
    if (!found.ok) return found
    const { app, actor } = call
    const project = await findProjectDetails(app.db, found.value.project.id, actor)
    if (!project) return err({ code: 'not_found', what: 'Project' })
    if (actor === null) return ok(presentBasicProject(app, project))
    return ok(await withReadme(app, await presentProject(app, project)))
  }),

  implement(contract.createProject, async ({ app, actor, input }) => {
    if (input.name === undefined && input.path === undefined) {
      const sentence = 'name, path are missing, at least one parameter must be provided'
      return err({ code: 'invalid_parameter', sentence })
    }
    const created = await createProject(app, actor, {
      namespaceId: input.namespace_id ?? null,
      name: input.name,
      path: input.path,
      withReadme: input.initialize_with_readme,
      settings: settingsOf(input),
    })
    return created.ok ? presentById(app, actor, created.value) : created
  }),

  implement(contract.updateProject, async (call) => {
    const { input } = call
    const found = await projectFor(call, 'admin_project')
    if (!found.ok) return found
    // Owners alone may say what a project is called and who sees it (GitLab's policy).
    for (const [given, action] of [
      [input.name, 'rename_project'],
      [input.path, 'rename_project'],
      [input.visibility, 'change_visibility_level'],
      [input.archived, 'archive_project'],
    ] as const) {
      const allowed = given === undefined ? found : await projectFor(call, action)
      if (!allowed.ok) return allowed
    }
    const { name, path, archived } = input
    return change(call, found.value.project.id, { ...settingsOf(input), name, path, archived })
  }),

  implement(contract.deleteProject, async (call) => {
    const found = await projectFor(call, 'remove_project')
    if (!found.ok) return found
    const deleted = await deleteProject(call.app, call.actor, found.value.project.id)
    return deleted.ok ? ok({ message: '202 Accepted' as const }) : deleted
  }),

  ...([true, false] as const).map((archived) =>
    implement(archived ? contract.archiveProject : contract.unarchiveProject, async (call) => {
      const found = await projectFor(call, 'archive_project')
      return found.ok ? change(call, found.value.project.id, { archived }) : found
    }),
  ),

  implement(contract.shareProject, async (call) => {
    const found = await projectFor(call, 'admin_members')
    if (!found.ok) return found
    const { group_id, group_access, expires_at = null } = call.input
    const project_id = found.value.project.id
    const share = { groupId: group_id, accessLevel: group_access, expiresAt: expires_at }
    const shared = await shareWithGroup(call.app, call.actor, { projectId: project_id }, share)
    return shared.ok ? ok({ id: shared.value, project_id, group_id, group_access, expires_at }) : shared
  }),

  implement(contract.unshareProject, async (call) => {
    const found = await projectFor(call, 'admin_members')
    if (!found.ok) return found
    return unshareWithGroup(call.app, call.actor, { projectId: found.value.project.id }, call.input.group_id)
  }),

  implementOpen(contract.listProjectUsers, async (call) => {
    const found = await projectFor(call, 'read_members')
    if (!found.ok) return found
    const { app, input } = call
    const filter = { query: input.search, skipUsers: input.skip_users }
    const page = await listMembers(app.db, { projectId: found.value.project.id }, 'all', filter, input)
    return ok(mapPage(page, (member) => presentUserBasic(app, member.user)))
  }),

  implementOpen(contract.listProjectGroups, async (call) => {
    const found = await projectFor(call, 'read_project')
    if (!found.ok) return found
    const { app, actor, input } = call
    const filter = {
      search: input.search,
      skipGroups: input.skip_groups,
      withShared: input.with_shared,
      sharedMinAccessLevel: input.shared_min_access_level,
    }
    const page = await groupsOfProject(app.db, actor, found.value.project.id, filter, input)
    const present = (group: (typeof page.items)[number]) => ({
      id: group.id,
      web_url: namespaceUrl(app, group),
      name: group.name,
      avatar_url: null,
      full_name: group.full_name,
      full_path: group.full_path,
    })
    return ok(mapPage(page, present))
  }),
]

function settingsOf(
  input: InputOf<typeof contract.createProject> | InputOf<typeof contract.updateProject>,
): ProjectSettings {
  const { auto_cancel_pending_pipelines: cancel } = input
  return {
    description: input.description,
    visibility: input.visibility,
    default_branch: input.default_branch,
    allow_pipeline_trigger_approve_deployment: input.allow_pipeline_trigger_approve_deployment,
    ci_forward_deployment_enabled: input.ci_forward_deployment_enabled,
    ci_forward_deployment_rollback_allowed: input.ci_forward_deployment_rollback_allowed,
    auto_cancel_pending_pipelines: cancel === undefined ? undefined : cancel === 'enabled',
    public_jobs: input.public_jobs ?? input.public_builds,
    keep_latest_artifact: input.keep_latest_artifact,
    shared_runners_enabled: input.shared_runners_enabled,
    group_runners_enabled: input.group_runners_enabled,
    build_timeout: input.build_timeout,
    ci_config_path: input.ci_config_path,
    ci_default_git_depth: input.ci_default_git_depth,
    resource_group_default_process_mode: input.resource_group_default_process_mode,
  }
}

async function change(
  { app, actor }: Pick<SignedInCall<typeof contract.updateProject>, 'app' | 'actor'>,
  id: number,
  changes: ProjectChanges,
): Promise<Result<FullProject, Refusal>> {
  const updated = await updateProject(app, actor, id, changes)
  return updated.ok ? presentById(app, actor, id) : updated
}

async function presentById(app: App, actor: Actor, id: number): Promise<Result<FullProject, Refusal>> {
  const project = await findProjectDetails(app.db, id, actor)
  if (!project) return err({ code: 'not_found', what: 'Project' })
  return ok(await withReadme(app, await presentProject(app, project)))
}

/** With the address of the README, which lists leave out: it needs the repository to be read. */
async function withReadme(app: App, project: FullProject): Promise<FullProject> {
  const branch = project.default_branch ?? 'main'
  const entry = project.empty_repo
    ? null
    : await readEntry(app.repositories.open(project.id), `refs/heads/${branch}`, 'README.md')
  return entry ? { ...project, readme_url: `${project.web_url}/-/blob/${branch}/README.md` } : project
}
