/** Logs that show more than their script prints. */
import type { Variable } from './plan.ts'

/** What GitLab takes for yes in a variable. */
const yes = /^(?:true|t|yes|y|1|on)$/i

/**
 * Whether these variables, expanded, make a runner write every command and value into the log, masked or not
 * (GitLab docs, "Enable debug logging"): GitLab shows such a log to those only who may change jobs.
 */
export function asksForDebugLog(variables: readonly Variable[]): boolean {
  return ['CI_DEBUG_TRACE', 'CI_DEBUG_SERVICES'].some((key) =>
    yes.test(variables.findLast((variable) => variable.key === key)?.value.trim() ?? ''),
  )
}
