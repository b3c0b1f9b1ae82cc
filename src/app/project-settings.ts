/** What of a project may be chosen, when it is created and afterwards. */
import type { Visibility } from '../domain/access.ts'
import { settingProblems } from '../domain/place-rules.ts'
import { newRefProblem } from '../git/ref-name.ts'

/** Settings by their columns; what is undefined is not spoken of. */
export interface ProjectSettings {
  readonly description?: string | undefined
  readonly visibility?: Visibility | undefined
  readonly default_branch?: string | undefined
  readonly allow_pipeline_trigger_approve_deployment?: boolean | undefined
  readonly ci_forward_deployment_enabled?: boolean | undefined
  readonly ci_forward_deployment_rollback_allowed?: boolean | undefined
  readonly auto_cancel_pending_pipelines?: boolean | undefined
  readonly public_jobs?: boolean | undefined
  readonly keep_latest_artifact?: boolean | undefined
  readonly shared_runners_enabled?: boolean | undefined
  readonly group_runners_enabled?: boolean | undefined
  readonly build_timeout?: number | undefined
  readonly ci_config_path?: string | null | undefined
  readonly ci_default_git_depth?: number | null | undefined
  readonly resource_group_default_process_mode?: string | undefined
}

/** Field → problems of the settings that name nothing outside the project itself. */
export function settingErrors(settings: ProjectSettings): Readonly<Record<string, readonly string[]>> {
  const branch = settings.default_branch
  const problem = branch === undefined ? null : newRefProblem({ type: 'branch', name: branch })
  return { ...settingProblems(settings), ...(problem === null ? {} : { default_branch: [problem] }) }
}

/** Only what is spoken of. */
export function givenSettings<T extends object>(settings: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
