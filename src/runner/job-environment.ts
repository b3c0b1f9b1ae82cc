import { userInfo } from 'node:os'
import type { JobPayload } from '../contract/runner-protocol.ts'
import type { AccountLease } from './account.ts'
import { type JobDirs, jobDirs } from './job-dirs.ts'
import { defaultJobPath, type RunnerOptions } from './options.ts'
import { findShell } from './shell-script.ts'
import { buildVariables, expand, type JobVariables, type PlainVariable } from './variables.ts'

export interface JobEnvironment {
  /** null: GIT_CLONE_PATH leads out of the builds directory. */
  readonly dirs: JobDirs | null
  readonly variables: JobVariables
}

/**
 * The whole environment of a job's processes: a few basics, the payload's variables, and what only the runner knows (GitLab
 * Runner's names). Nothing is inherited from the runner's own environment.
 */
export function jobEnvironment(
  job: JobPayload,
  options: RunnerOptions,
  slot: number,
  account: AccountLease | null,
  timeoutSeconds: number,
): JobEnvironment {
  const last = (name: string): string => job.variables.findLast((variable) => variable.key === name)?.value ?? ''
  const projectPath = last('CI_PROJECT_PATH') || job.job_info.project_full_path || `project-${job.job_info.project_id}`
  const plain = jobDirs(options.buildsDir, slot, projectPath, '')
  const clonePath = expand(last('GIT_CLONE_PATH'), (name) => (name === 'CI_BUILDS_DIR' ? plain?.slot : last(name)))
  const dirs = jobDirs(options.buildsDir, slot, projectPath, clonePath)
  const known = dirs ?? plain
  const path = options.path ?? defaultJobPath()
  const user = account === null ? ownName() : 'countersign-job'
  const before = {
    PATH: path,
    HOME: known?.home ?? '/',
    USER: user,
    LOGNAME: user,
    SHELL: findShell(path).file,
    LANG: 'C.UTF-8',
    TMPDIR: known?.temp ?? '/tmp',
    CI_RUNNER_SHORT_TOKEN: options.token.replace(/^glrt-/, '').slice(0, 8),
    CI_CONCURRENT_ID: String(slot),
    CI_CONCURRENT_PROJECT_ID: String(slot),
    CI_SERVER: 'yes',
    CI_JOB_STATUS: 'running',
    CI_JOB_TIMEOUT: String(timeoutSeconds),
  }
  const after = {
    CI_BUILDS_DIR: known?.slot ?? '',
    CI_PROJECT_DIR: known?.project ?? '',
    RUNNER_TEMP_PROJECT_DIR: known?.files ?? '',
    GITLAB_ENV: `${known?.files ?? ''}/gitlab_runner_env`,
    CI_SHARED_ENVIRONMENT: 'true',
    CI_RUNNER_VERSION: options.version,
    CI_RUNNER_EXECUTABLE_ARCH: `${process.platform}/${process.arch}`,
  }
  return { dirs, variables: buildVariables(list(before), job.variables, list(after), known?.files ?? '') }
}

function list(variables: Readonly<Record<string, string>>): PlainVariable[] {
  return Object.entries(variables).map(([key, value]) => ({ key, value }))
}

function ownName(): string {
  try {
    return userInfo().username
  } catch {
    return 'countersign-job'
  }
}
