/** What the lists of projects have in common. */
import type { App } from '../../app/context.ts'
import type { listGroupProjects } from '../../contract/groups.ts'
import type { InputOf } from '../../contract/operation.ts'
import type { Project } from '../../contract/project-entities.ts'
import type { ProjectDetails, ProjectFilter } from '../../db/project-list.ts'
import type { Actor } from '../../domain/access.ts'
import type { Page } from '../pagination.ts'
import { presentBasicProject, presentProject } from '../present/project.ts'

type Filters = Omit<InputOf<typeof listGroupProjects>, 'id' | 'with_shared' | 'include_subgroups'>

export function projectFilter(input: Filters): ProjectFilter {
  return {
    archived: input.archived,
    visibility: input.visibility,
    search: input.search,
    searchNamespaces: input.search_namespaces,
    owned: input.owned,
    membership: input.membership,
    minAccessLevel: input.min_access_level,
    activeAfter: input.last_activity_after,
    activeBefore: input.last_activity_before,
    orderBy: input.order_by,
    sort: input.sort,
  }
}

/** Basic for those who are not signed in, or who ask for no more. */
export async function presentProjects(
  app: App,
  actor: Actor | null,
  projects: readonly ProjectDetails[],
  simple: boolean | undefined,
): Promise<Project[]> {
  if (actor === null || simple) return projects.map((project) => presentBasicProject(app, project))
  return Promise.all(projects.map((project) => presentProject(app, project)))
}

export async function presentProjectPage(
  app: App,
  actor: Actor | null,
  page: Page<ProjectDetails>,
  simple: boolean | undefined,
): Promise<Page<Project>> {
  return { ...page, items: await presentProjects(app, actor, page.items, simple) }
}
