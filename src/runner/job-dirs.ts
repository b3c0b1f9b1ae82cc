import { isAbsolute, join, normalize, sep } from 'node:path'

/** Where one job works. All of it belongs to the job's account, and all of it is removed when the job is over. */
export interface JobDirs {
  /** `<buildsDir>/<slot>`: mode 0700. */
  readonly slot: string
  /** CI_PROJECT_DIR */
  readonly project: string
  /** HOME */
  readonly home: string
  /** TMPDIR */
  readonly temp: string
  /** File variables and GITLAB_ENV (RUNNER_TEMP_PROJECT_DIR). */
  readonly files: string
}

/**
 * The directories of a job. `projectPath` is the project's full path; `clonePath` is the job's GIT_CLONE_PATH, expanded, or ''.
 * @returns null when GIT_CLONE_PATH leaves the builds directory
 */
export function jobDirs(buildsDir: string, slot: number, projectPath: string, clonePath: string): JobDirs | null {
  const slotDir = join(buildsDir, String(slot))
  const safePath = projectPath
    .split('/')
    .map((part) => part.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^\.+/, ''))
    .filter((part) => part !== '')
  const project = clonePath === '' ? join(slotDir, ...safePath) : normalize(clonePath).replace(/\/+$/, '')
  if (!isAbsolute(project) || !project.startsWith(slotDir + sep)) return null
  return {
    slot: slotDir,
    project,
    home: join(slotDir, '.home'),
    temp: join(slotDir, '.tmp'),
    files: join(slotDir, '.files'),
  }
}
