import { attribute, type Fields, has, readFields, requireKeys } from './fields.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isString } from './node.ts'
import { type Shape, stringItems, text } from './shape.ts'
import { attributeOf, refuse, refuseForm, type Spot } from './spot.ts'

/** `rules:changes` (reference A8.3). */
export interface ChangesConfig {
  readonly paths: readonly string[]
  readonly compareTo: string | null
}

/** `rules:exists` (reference A8.4). */
export interface ExistsConfig {
  readonly paths: readonly string[]
  readonly project: string | null
  readonly ref: string | null
}

function paths(node: CiNode, spot: Spot, limit: number): readonly string[] | undefined {
  const items = stringItems(node)
  if (items === undefined) return refuse(spot, node, 'should be an array of strings')
  return items.length > limit ? refuse(spot, node, `has too many entries (maximum ${limit})`) : items
}

const limitedPaths: Shape<readonly string[]> = (node, spot) => paths(node, spot, LIMITS.rulesPaths)

const CHANGES = { paths: attribute(limitedPaths), compare_to: attribute(text) } satisfies Fields
const EXISTS = { paths: attribute(limitedPaths), project: attribute(text), ref: attribute(text) } satisfies Fields

export const changes: Shape<ChangesConfig> = (node, spot) => {
  if (node.kind === 'list') {
    const items = limitedPaths(node, spot)
    return items === undefined ? undefined : { paths: items, compareTo: null }
  }
  if (node.kind !== 'map') return refuseForm(spot, node, 'should be an array or a hash')
  const fields = readFields(node, spot, CHANGES)
  if (!node.entries.has('paths')) requireKeys(node, spot, ['paths'])
  else if (!has(node, 'paths')) refuse(attributeOf(spot, 'paths'), node, 'should be an array of strings')
  return fields.paths === undefined ? undefined : { paths: fields.paths, compareTo: fields.compare_to ?? null }
}

export const exists: Shape<ExistsConfig> = existsWithin(LIMITS.rulesPaths)

/** In `include:rules` the plain list of paths has no limit. */
export const includeExists: Shape<ExistsConfig> = existsWithin(Number.POSITIVE_INFINITY)

function existsWithin(limit: number): Shape<ExistsConfig> {
  return (node, spot) => {
    if (isString(node)) return { paths: [node.value], project: null, ref: null }
    if (node.kind === 'list') {
      const items = paths(node, spot, limit)
      return items === undefined ? undefined : { paths: items, project: null, ref: null }
    }
    if (node.kind !== 'map') return refuseForm(spot, node, 'should be a string, an array of strings, or a hash')
    const fields = readFields(node, spot, EXISTS)
    if (!requireKeys(node, spot, ['paths'])) return undefined
    if (fields.ref !== undefined && !requireKeys(node, spot, ['project'])) return undefined
    return { paths: fields.paths ?? [], project: fields.project ?? null, ref: fields.ref ?? null }
  }
}
