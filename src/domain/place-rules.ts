/** What groups and projects may look like: the rules behind creating and changing them. */
import type { Visibility } from './access.ts'
import { groupNameProblems, namespacePathProblems, projectNameProblems, projectPathProblems } from './names.ts'

type Errors = Readonly<Record<string, readonly string[]>>

const openness: Record<Visibility, number> = { private: 0, internal: 1, public: 2 }

export interface PlaceFields {
  readonly name?: string | undefined
  readonly path?: string | undefined
  readonly visibility?: Visibility | undefined
}

/** Field → problems of a group; empty when there are none. @param parent the visibility of the group above */
export function groupProblems(fields: PlaceFields, parent: Visibility | null): Errors {
  const { name, path, visibility } = fields
  const beyond = visibility !== undefined && parent !== null && openness[visibility] > openness[parent]
  return withoutEmpty({
    name: name === undefined ? [] : groupNameProblems(name),
    path: path === undefined ? [] : namespacePathProblems(path, parent === null),
    visibility_level: beyond ? [`${visibility} is not allowed since the parent group has a ${parent} visibility.`] : [],
  })
}

/** Field → problems of a project. @param group the visibility of the group around it; null in a personal namespace */
export function projectProblems(fields: PlaceFields, group: Visibility | null): Errors {
  const { name, path, visibility } = fields
  const beyond = visibility !== undefined && group !== null && openness[visibility] > openness[group]
  return withoutEmpty({
    name: name === undefined ? [] : projectNameProblems(name),
    path: path === undefined ? [] : projectPathProblems(path),
    visibility_level: beyond ? [`${visibility} is not allowed in a ${group} group.`] : [],
  })
}

/** A group may not be closed further than what is in it. */
export function closingProblems(
  visibility: Visibility,
  most: { readonly project: Visibility | null; readonly subgroup: Visibility | null },
): Errors {
  const beyond = (inner: Visibility | null) => inner !== null && openness[inner] > openness[visibility]
  return withoutEmpty({
    visibility_level: [
      ...(beyond(most.project)
        ? [`${visibility} is not allowed since this group contains projects with higher visibility.`]
        : []),
      ...(beyond(most.subgroup)
        ? [`${visibility} is not allowed since there are sub-groups with higher visibility.`]
        : []),
    ],
  })
}

export interface ProjectSettings {
  readonly build_timeout?: number | undefined
  readonly ci_config_path?: string | null | undefined
  readonly ci_default_git_depth?: number | null | undefined
}

const month = 30 * 24 * 3600 + 12 * 3600

/** Field → problems of a project's CI/CD settings (GitLab Projects API). */
export function settingProblems(settings: ProjectSettings): Errors {
  const { build_timeout: timeout, ci_config_path: path, ci_default_git_depth: depth } = settings
  return withoutEmpty({
    build_timeout:
      timeout !== undefined && (timeout < 600 || timeout > month) ? ['needs to be between 10 minutes and 1 month'] : [],
    ci_config_path: configPathProblems(path ?? ''),
    ci_default_git_depth:
      typeof depth === 'number' && (depth < 0 || depth > 1000) ? ['must be between 0 and 1000'] : [],
  })
}

function configPathProblems(path: string): string[] {
  if (path.length > 255) return ['is too long (maximum is 255 characters)']
  // A path outside the repository, or one that a URL would read differently.
  return /(^|\/)\.\.(\/|$)|^\/|\p{Cc}/u.test(path) ? ["can't be outside the project"] : []
}

function withoutEmpty(errors: Readonly<Record<string, readonly string[]>>): Errors {
  return Object.fromEntries(Object.entries(errors).filter(([, problems]) => problems.length > 0))
}
