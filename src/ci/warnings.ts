import type { RootConfig } from './keyword-root.ts'
import { LIMITS } from './limits.ts'

/** What GitLab warns about without refusing it (reference A8.1). */
export function warnings(config: RootConfig): readonly string[] {
  if (config.workflow.rules !== null) return []
  const found = config.jobs.flatMap((job) => {
    const last = job.rules?.at(-1)
    if (last === undefined || last.when === null || last.when === 'never') return []
    const bare =
      last.if === null &&
      last.changes === null &&
      last.exists === null &&
      last.startIn === null &&
      last.allowFailure === null &&
      last.variables.length === 0 &&
      last.needs === null &&
      last.interruptible === null
    if (!bare) return []
    return [
      `jobs:${job.name} may allow multiple pipelines to run for a single action due to \`rules:when\` clause with no ` +
        '`workflow:rules` - read more: https://docs.gitlab.com/ee/ci/jobs/job_troubleshooting.html#job-may-allow-multiple-pipelines-to-run-for-a-single-action-warning',
    ]
  })
  return found.slice(0, LIMITS.warnings)
}
