import type { JobInputPlan } from '../domain/plan.ts'
import { ok, type Result } from '../domain/result.ts'
import { resolveInputs } from './inputs.ts'
import { fromPlain, toPlain } from './node.ts'
import { makeMatcher } from './regexp.ts'

/** Values by the name of an input, as JSON has them. */
export type GivenInputs = Readonly<Record<string, unknown>>

/**
 * The declared inputs with the values that were given, or every problem with them: an unknown name, a wrong type, a value that is
 * not among the options or does not match the pattern (the same rules as for inputs of a file).
 */
export function checkInputs(
  declared: readonly JobInputPlan[],
  given: GivenInputs,
): Result<readonly JobInputPlan[], readonly string[]> {
  const at = { source: { name: 'job_inputs', text: '' }, start: 0 }
  const specs = declared.map((input) => ({
    name: input.name,
    type: input.type,
    default: fromPlain(input.default, at),
    options: input.options?.map((option) => fromPlain(option, at)) ?? null,
    regex: input.regex,
    rules: null,
    at,
  }))
  const nodes = Object.entries(given).map(([name, value]) => [name, fromPlain(value, at)] as const)
  const resolved = resolveInputs(specs, new Map(nodes), makeMatcher())
  if (!resolved.ok) return resolved
  const valueOf = ({ name }: JobInputPlan) => {
    const value = Object.hasOwn(given, name) ? resolved.value.get(name) : undefined
    return value === undefined ? {} : { value: toPlain(value) }
  }
  return ok(declared.map((input) => ({ ...input, ...valueOf(input) })))
}
