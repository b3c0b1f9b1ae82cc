/** Rules for stored CI/CD variables (GitLab CI/CD variables API; reference gitlab-ci-and-runner.md B2, B3). */

export const variableTypes = ['env_var', 'file'] as const
export type VariableType = (typeof variableTypes)[number]

export interface CiVariableValues {
  readonly key: string
  readonly value: string
  readonly variableType: VariableType
  /** Only for pipelines of protected refs. */
  readonly protected: boolean
  /** Kept out of job logs. */
  readonly masked: boolean
  /** Masked, and never shown again by the API either. */
  readonly hidden: boolean
  /** References to other variables in it are left as they are. */
  readonly raw: boolean
  /** `*`, an environment's name, or one with `*` in it. */
  readonly environmentScope: string
  readonly description: string | null
}

/** What a runner can mask: one line of at least 8 characters of the Base64 alphabet and `@ : . ~ -`; a raw one, any 8 without space. */
const maskable = /^[a-zA-Z0-9_+=/@:.~-]{8,}$/
const maskableRaw = /^\S{8,}$/

/** Everything wrong with a variable, by field, in GitLab's words; empty when it may be stored. */
export function variableProblems(variable: CiVariableValues): Record<string, string[]> {
  const { key, value, environmentScope, description } = variable
  const scope = /^[a-zA-Z0-9_\-/${}. *]+$/.test(environmentScope)
  const problems = {
    key: [
      ...(key === '' ? ["can't be blank"] : []),
      ...(key.length > 255 ? ['is too long (maximum is 255 characters)'] : []),
      ...(/^[a-zA-Z0-9_]+$/.test(key) ? [] : ["can contain only letters, digits and '_'."]),
    ],
    value: variable.masked && !(variable.raw ? maskableRaw : maskable).test(value) ? ['is invalid'] : [],
    environment_scope: [
      ...(environmentScope === '' ? ["can't be blank"] : []),
      ...(scope ? [] : ["can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces"]),
    ],
    description: (description?.length ?? 0) > 255 ? ['is too long (maximum is 255 characters)'] : [],
  }
  return Object.fromEntries(Object.entries(problems).filter(([, sentences]) => sentences.length > 0))
}

/** Whether a change would undo what hiding a variable promised. */
export function visibilityProblems(before: CiVariableValues, after: CiVariableValues): Record<string, string[]> {
  if (!before.hidden || before.masked === after.masked) return {}
  return { base: ['The visibility setting cannot be changed for masked and hidden variables.'] }
}
