import type { JobPayload } from '../contract/runner-protocol.ts'

const expression = /\$\{\{(.*?)\}\}/gs
const reference = /^\s*job\.inputs\.([A-Za-z0-9_-]+)\s*$/

/**
 * Writes the values of job inputs where a job refers to them, before variables are expanded (GitLab docs, "Job inputs"): in
 * scripts, and in the names, paths and keys of artifacts and caches. `problem` when an expression is more than a reference, or
 * refers to an input that the job does not have: half of a script must not run.
 */
export function fillInputs(job: JobPayload): { readonly job: JobPayload } | { readonly problem: string } {
  if (job.inputs.length === 0) return { job }
  const values = new Map(job.inputs.map(({ key, value }) => [key, asText(value.content)]))
  const problems: string[] = []
  const fill = (text: string) =>
    text.replaceAll(expression, (whole, inside: string) => {
      const name = reference.exec(inside)?.[1]
      const value = name === undefined ? undefined : values.get(name)
      if (value === undefined)
        problems.push(name === undefined ? `cannot evaluate ${whole}` : `there is no input ${name}`)
      return value ?? whole
    })
  const all = (list: readonly string[]) => list.map(fill)
  const filled = {
    ...job,
    steps: job.steps.map((step) => ({ ...step, script: all(step.script) })),
    artifacts: job.artifacts.map((one) => ({
      ...one,
      name: fill(one.name),
      paths: all(one.paths),
      exclude: all(one.exclude),
    })),
    cache: job.cache.map((one) => ({
      ...one,
      key: fill(one.key),
      policy: fill(one.policy),
      paths: all(one.paths),
      fallback_keys: all(one.fallback_keys),
    })),
  }
  const [problem] = problems
  return problem === undefined ? { job: filled } : { problem: `job inputs: ${problem}` }
}

/** Lists and what is in them as JSON. */
function asText(content: unknown): string {
  return typeof content === 'string' ? content : (JSON.stringify(content) ?? '')
}
