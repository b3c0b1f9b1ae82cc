import { attribute, entry, type Fields, hashOf, requireKeys } from './fields.ts'
import { toPlain } from './node.ts'
import { presentText, type Shape, stringOrStrings, text } from './shape.ts'
import { attributeOf, refuse } from './spot.ts'

const links: Shape<readonly unknown[]> = (node, spot) => {
  if (node.kind !== 'list' || node.items.some((item) => item.kind !== 'map')) {
    return refuse(spot, node, 'should be an array of hashes')
  }
  return node.items.length === 0 ? refuse(spot, node, "can't be blank") : node.items.map(toPlain)
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
  for (const key of ['tag_name', 'description']) {
    if (!node.entries.has(key)) refuse(attributeOf(spot, key), node, 'should be a string')
  }
  return read
})
