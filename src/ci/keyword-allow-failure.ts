import { attribute, type Fields, readFields } from './fields.ts'
import { integerOrIntegers, type Shape } from './shape.ts'
import { attributeOf, refuse } from './spot.ts'

export interface AllowFailureConfig {
  readonly value: boolean
  /** Exit codes that are allowed; empty when it is a plain yes or no. */
  readonly exitCodes: readonly number[]
}

const FIELDS = { exit_codes: attribute(integerOrIntegers) } satisfies Fields

/** `allow_failure`: a boolean or `{exit_codes}` (reference A13). */
export const allowFailure: Shape<AllowFailureConfig> = (node, spot) => {
  if (node.kind === 'map') return { value: false, exitCodes: readFields(node, spot, FIELDS).exit_codes ?? [] }
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return { value: node.value, exitCodes: [] }
  return refuse(attributeOf(spot.up ?? spot, 'allow_failure'), node, 'should be a hash or a boolean value')
}
