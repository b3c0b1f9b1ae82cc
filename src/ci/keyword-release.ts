import { attribute, entry, type Fields, has, hashOf, requireKeys } from './fields.ts'
import type { MapNode } from './node.ts'
import { presentText, type Shape, stringOrStrings, text } from './shape.ts'
import { attributeOf, refuse, type Spot, under } from './spot.ts'

const LINK = {
  name: attribute(presentText),
  url: attribute(presentText),
  filepath: attribute(text),
  link_type: attribute(text),
} satisfies Fields

const link: Shape<unknown> = hashOf(LINK, (read, node, spot) => {
  requireText(node, spot, ['name', 'url'])
  return read
})

const links: Shape<readonly unknown[]> = (node, spot) => {
  if (node.kind !== 'list' || node.items.some((item) => item.kind !== 'map')) {
    return refuse(spot, node, 'should be an array of hashes')
  }
  if (node.items.length === 0) return refuse(spot, node, "can't be blank")
  const inner = under(under(spot, 'links'), 'link')
  return node.items.map((item) => link(item, inner))
}

/** Refuses a hash in which one of these keys is absent or null. */
function requireText(node: MapNode, spot: Spot, keys: readonly string[]): void {
  for (const key of keys) if (!has(node, key)) refuse(attributeOf(spot, key), node, 'should be a string')
}

const releasedAt: Shape<string> = (node, spot) => {
  const value = text(node, spot)
  if (value === undefined) return undefined
  const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[-+]\d{2}:?\d{2})?)?$/.test(value)
  return iso || value.includes('$') ? value : refuse(spot, node, 'must be a valid datetime')
}

const FIELDS = {
  tag_name: attribute(presentText),
  tag_message: attribute(text),
  name: attribute(text),
  description: attribute(presentText),
  ref: attribute(text),
  released_at: attribute(releasedAt),
  milestones: attribute(stringOrStrings),
  assets: entry(
    hashOf({ links: attribute(links) }, (read, node, spot) => (requireKeys(node, spot, ['links']) ? read : undefined)),
  ),
} satisfies Fields

/** `release` (reference A18), as plain data for the step that creates the release. */
export const release: Shape<Readonly<Record<string, unknown>>> = hashOf(FIELDS, (read, node, spot) => {
  requireText(node, spot, ['tag_name', 'description'])
  return read
})
