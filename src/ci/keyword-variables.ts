import { type CiNode, isNull, type MapNode } from './node.ts'
import { attribute, type Fields, readFields, type Shape } from './shape.ts'
import { refuse, type Spot, under } from './spot.ts'
import type { Variable } from './types.ts'

/** `variables` of a job: name → scalar, or `{value, expand}` (reference A3, A4). */
export const jobVariables: Shape<readonly Variable[]> = (node, spot) => readVariables(node, spot, ['value', 'expand'])

/** Top-level `variables`, whose entries may also carry what the run form shows. */
export const rootVariables: Shape<readonly Variable[]> = (node, spot) =>
  readVariables(node, spot, ['value', 'expand', 'description', 'options'])

function readVariables(node: CiNode, spot: Spot, allowed: readonly string[]): readonly Variable[] | undefined {
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash of key value pairs')
  const variables: Variable[] = []
  for (const entry of node.entries.values()) {
    const variable = readVariable(entry.key, entry.value, under(spot, entry.key), allowed)
    if (variable !== undefined) variables.push(variable)
  }
  return variables
}

function readVariable(key: string, node: CiNode, spot: Spot, allowed: readonly string[]): Variable | undefined {
  if (node.kind === 'scalar') return yamlVariable(key, node.text, false)
  if (node.kind !== 'map') return refuse(spot, node, 'variable definition must be either a string or a hash')
  const unknown = [...node.entries.keys()].filter((name) => !allowed.includes(name))
  if (unknown.length > 0) return refuse(spot, node, `uses invalid data keys: ${unknown.join(', ')}`)
  const fields = readFields(node, spot, COMPLEX)
  if (!optionsHold(node, spot)) return undefined
  return yamlVariable(key, fields.value ?? '', fields.expand === false)
}

const scalarText: Shape<string> = (node, spot) =>
  node.kind === 'scalar' ? node.text : refuse(spot, node, 'must be an alphanumeric string')

const COMPLEX = {
  value: attribute(scalarText),
  expand: attribute((node, spot) =>
    node.kind === 'scalar' && typeof node.value === 'boolean'
      ? node.value
      : refuse(spot, node, 'should be a boolean value'),
  ),
  description: attribute((node, spot) =>
    node.kind === 'scalar' ? node.text : refuse(spot, node, 'must be an alphanumeric string'),
  ),
  options: attribute((node, spot) =>
    node.kind === 'list' ? node.items : refuse(spot, node, 'should be an array of strings'),
  ),
} satisfies Fields

function optionsHold(node: MapNode, spot: Spot): boolean {
  const options = node.entries.get('options')?.value
  if (options?.kind !== 'list') return true
  const value = node.entries.get('value')?.value
  if (!isNull(value) && options.items.some((option) => option.kind === 'scalar' && option.text === scalar(value)))
    return true
  refuse(spot, options, 'value must be present in options')
  return false
}

function scalar(node: CiNode | undefined): string | null {
  return node?.kind === 'scalar' ? node.text : null
}

/** A variable of the configuration: everybody may see it; `expand: false` makes it raw. */
export function yamlVariable(key: string, value: string, raw: boolean): Variable {
  return { key, value, public: true, masked: false, file: false, raw }
}

/** The last variable of each name, at the place of the first: what is left of a list in which later entries win. */
export function winners(variables: readonly Variable[]): readonly Variable[] {
  const byKey = new Map<string, Variable>()
  for (const variable of variables) byKey.set(variable.key, variable)
  return [...byKey.values()]
}
