/** The first lines of handlers that read or change a repository. */
import type { App } from '../app/context.ts'
import type { Actor, ProjectAction } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { pathProblem } from '../git/object-reader.ts'
import type { Repository } from '../git/repository-store.ts'
import { findRevision } from '../git/revision.ts'
import { type FoundProject, projectFor } from './find.ts'

export interface FoundRepository extends FoundProject {
  readonly repository: Repository
}

/** The repository of project `:id` if the caller may do `action` there; else 404, 401 or 403. */
export async function repositoryFor(
  call: { readonly app: App; readonly actor: Actor | null; readonly input: { readonly id: string } },
  action: ProjectAction,
): Promise<Result<FoundRepository, Refusal>> {
  const found = await projectFor(call, action)
  if (!found.ok) return found
  const { id } = found.value.project
  if (!(await call.app.repositories.exists(id))) return err({ code: 'not_found', what: 'Repository' })
  return ok({ ...found.value, repository: call.app.repositories.open(id) })
}

/** The commit that `revision` names, of the default branch when it is empty; null when there is none. */
export async function commitAt(found: FoundRepository, revision: string | undefined): Promise<string | null> {
  return findRevision(found.repository, revision || found.project.default_branch)
}

/** A directory as the repository knows it, without slashes at its ends; null when it cannot exist. The root is empty. */
export function directoryPath(path: string): string | null {
  const trimmed = path.replace(/^\/+|\/+$/g, '')
  return trimmed === '' || pathProblem(trimmed) === null ? trimmed : null
}
