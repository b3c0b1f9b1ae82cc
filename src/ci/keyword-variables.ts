import { attribute, type Fields, readFields } from './fields.ts'
import { type CiNode, isNull, type MapEntry, type MapNode, type ScalarNode } from './node.ts'
import { resolvePlainScalar } from './scalar.ts'
import { boolean, type Shape, strings } from './shape.ts'
import { attributeOf, refuse, refuseBare, type Spot, under } from './spot.ts'
import type { Variable } from './types.ts'

/** `variables` of a job: name → scalar, or `{value, expand}` (reference A3, A4). */
export const jobVariables: Shape<readonly Variable[]> = (node, spot) => readVariables(node, spot, ['value', 'expand'])

/** Top-level `variables`, whose entries may also carry what the run form shows. */
export const rootVariables: Shape<readonly Variable[]> = (node, spot) =>
  readVariables(node, spot, ['value', 'description', 'expand', 'options'])

/** `variables` of rules and services: values alone. */
export const plainVariables: Shape<readonly Variable[]> = (node, spot) => readVariables(node, spot, [])

function readVariables(node: CiNode, spot: Spot, allowed: readonly string[]): readonly Variable[] | undefined {
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash of key value pairs')
  const variables: Variable[] = []
  for (const entry of node.entries.values()) {
    if (!isTextKey(entry)) {
      refuse(attributeOf(under(spot, entry.key), 'key'), entry, 'must be an alphanumeric string')
      continue
    }
    const variable = readVariable(entry.key, entry.value, under(spot, entry.key), allowed)
    if (variable !== undefined) variables.push(variable)
  }
  return variables
}

/** Whether a key is text or a whole number: `true`, `1.5` and `null` are not, unless somebody quoted them. */
export function isTextKey({ key, source, start }: MapEntry): boolean {
  const { value, float } = resolvePlainScalar(key)
  const isText = typeof value === 'string' || (typeof value === 'number' && float !== true)
  return isText || !source.text.startsWith(key, start)
}

function readVariable(key: string, node: CiNode, spot: Spot, allowed: readonly string[]): Variable | undefined {
  if (node.kind === 'scalar') return yamlVariable(key, node.text, false)
  if (node.kind !== 'map') return refuseBare(spot, node, 'variable definition must be either a string or a hash')
  if (allowed.length === 0) return refuse(spot, node, 'must be a string')
  const unknown = [...node.entries.keys()].filter((name) => !allowed.includes(name))
  if (unknown.length > 0) return refuse(spot, node, `uses invalid data keys: ${unknown.join(', ')}`)
  const fields = readFields(node, spot, COMPLEX)
  if (!optionsHold(node, spot)) return undefined
  return yamlVariable(key, fields.value ?? '', fields.expand === false)
}

const scalar: Shape<string> = (node, spot) =>
  node.kind === 'scalar' ? node.text : refuse({ ...spot, attribute: 'config value' }, node, 'must be a scalar')

const alphanumeric: Shape<string> = (node, spot) =>
  node.kind === 'scalar' && typeof node.value !== 'boolean' && node.float !== true
    ? node.text
    : refuse({ ...spot, attribute: 'config description' }, node, 'must be an alphanumeric string')

const COMPLEX = {
  value: attribute(scalar),
  description: attribute(alphanumeric),
  expand: attribute((node, spot) => boolean(node, { ...spot, attribute: 'config expand' })),
  options: attribute((node, spot) => strings(node, { ...spot, attribute: 'config options' })),
} satisfies Fields

function optionsHold(node: MapNode, spot: Spot): boolean {
  const options = node.entries.get('options')?.value
  if (options?.kind !== 'list' || options.items.length === 0) return true
  const value = node.entries.get('value')?.value
  if (options.items.some((option) => isScalar(option) && isScalar(value) && option.value === value.value)) return true
  refuse(spot, options, 'value must be present in options')
  return false
}

function isScalar(node: CiNode | undefined): node is ScalarNode {
  return node?.kind === 'scalar' && !isNull(node)
}

/** A variable of the configuration: everybody may see it; `expand: false` makes it raw. */
export function yamlVariable(key: string, value: string, raw: boolean): Variable {
  return { key, value, public: true, masked: false, file: false, raw }
}

/** The last variable of each name, at the place of the first: what is left of a list in which later entries win. */
export function winners(variables: readonly Variable[]): readonly Variable[] {
  const byKey = new Map<string, Variable>()
  for (const variable of variables) byKey.set(variable.key, variable)
  return byKey.size === variables.length ? variables : [...byKey.values()]
}
