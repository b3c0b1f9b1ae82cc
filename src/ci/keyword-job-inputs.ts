import type { JobInputPlan } from '../domain/plan.ts'
import { readFields } from './fields.ts'
import { resolveInputs } from './inputs.ts'
import { INPUT, type InputSpec, makeInput } from './keyword-spec.ts'
import { LIMITS } from './limits.ts'
import { toPlain } from './node.ts'
import { makeMatcher } from './regexp.ts'
import type { Shape } from './shape.ts'
import { attributeOf, refuse, under } from './spot.ts'

/** `inputs` of a job (reference A4): each must have a default, which must satisfy its own type, options and regex. */
export const jobInputs: Shape<readonly JobInputPlan[]> = (node, spot) => {
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash')
  const owner = attributeOf(spot.up ?? spot, 'inputs')
  if (node.entries.size > LIMITS.jobInputs) {
    return refuse(owner, node, `has too many entries (maximum ${LIMITS.jobInputs})`)
  }
  const specs: InputSpec[] = []
  for (const { key, value } of node.entries.values()) {
    const at = under(spot, key)
    if (value.kind !== 'map') refuse(at, value, 'should be a hash')
    else if (!value.entries.has('default')) refuse({ ...at, attribute: 'base' }, value, 'must have a default value')
    else specs.push(makeInput(key, value, readFields(value, at, INPUT)))
  }
  const resolved = resolveInputs(specs, new Map(), makeMatcher())
  if (!resolved.ok) {
    for (const problem of resolved.error) refuse(owner, node, problem.replace(' input:', ':'))
    return undefined
  }
  return specs.map((spec) => {
    const value = resolved.value.get(spec.name)
    return {
      name: spec.name,
      type: spec.type,
      default: value === undefined ? null : toPlain(value),
      options: spec.options?.map(toPlain) ?? null,
      regex: spec.regex,
    }
  })
}
