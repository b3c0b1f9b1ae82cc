import type { Expression } from './expression.ts'
import { attribute, type Fields, readFields } from './fields.ts'
import { condition } from './keyword-rules.ts'
import { type Shape, strings, stringsOrPatterns } from './shape.ts'
import { refuse, refuseForm } from './spot.ts'

/** `only` or `except`; a key that is null was not written (reference A9). */
export interface PolicyConfig {
  readonly refs: readonly string[] | null
  readonly kubernetes: boolean
  readonly variables: readonly Expression[] | null
  readonly changes: readonly string[] | null
}

const expressions: Shape<readonly Expression[]> = (node, spot) => {
  if (node.kind !== 'list' || strings(node, spot) === undefined) {
    return node.kind === 'list' ? undefined : refuse(spot, node, 'should be an array of strings')
  }
  return node.items.flatMap((item) => condition(item, spot) ?? [])
}

const kubernetes: Shape<true> = (node, spot) =>
  node.kind === 'scalar' && node.text === 'active'
    ? true
    : refuse(spot, node, `unknown value: ${node.kind === 'scalar' ? node.text : node.kind}`)

const FIELDS = {
  refs: attribute(stringsOrPatterns),
  kubernetes: attribute(kubernetes),
  variables: attribute(expressions),
  changes: attribute(strings),
} satisfies Fields

export const policy: Shape<PolicyConfig> = (node, spot) => {
  if (node.kind === 'list') {
    const refs = stringsOrPatterns(node, spot)
    return refs === undefined ? undefined : { refs, kubernetes: false, variables: null, changes: null }
  }
  if (node.kind !== 'map') return refuseForm(spot, node, 'has to be either an array of conditions or a hash')
  if (node.entries.size === 0) return refuse(spot, node, "can't be blank")
  const fields = readFields(node, spot, FIELDS)
  return {
    refs: fields.refs ?? null,
    kubernetes: fields.kubernetes ?? false,
    variables: fields.variables ?? null,
    changes: fields.changes ?? null,
  }
}

/** What `only` is when a job has neither `rules`, `only` nor `except`, and the refs of an `only` that names none. */
export const DEFAULT_ONLY_REFS: readonly string[] = ['branches', 'tags']
