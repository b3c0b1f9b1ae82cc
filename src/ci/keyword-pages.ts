import { attribute, type Fields, readFields } from './fields.ts'
import { expiry } from './keyword-artifacts.ts'
import { isString } from './node.ts'
import { type Shape, text } from './shape.ts'
import { refuse } from './spot.ts'

/** `pages`: whether the job publishes a site, and from where (reference A18). */
export interface PagesConfig {
  readonly enabled: boolean
  readonly publish: string | null
}

const FIELDS = {
  path_prefix: attribute(text),
  expire_in: attribute((node, spot) => (isString(node) && node.value.includes('$') ? node.value : expiry(node, spot))),
  publish: attribute(text),
} satisfies Fields

export const pages: Shape<PagesConfig> = (node, spot) => {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return { enabled: node.value, publish: null }
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a boolean value')
  return { enabled: true, publish: readFields(node, spot, FIELDS).publish ?? null }
}
