import { attribute, readFields, requireKeys } from './fields.ts'
import { toPlain } from './node.ts'
import { type Shape, stringOrStrings } from './shape.ts'
import { refuse, under } from './spot.ts'

export type IdTokensConfig = Readonly<Record<string, { readonly aud: readonly string[] }>>

/** `id_tokens`: variable name → audience (reference A4). */
export const idTokens: Shape<IdTokensConfig> = (node, spot) => {
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash')
  const tokens: [string, { readonly aud: readonly string[] }][] = []
  for (const { key, value } of node.entries.values()) {
    const at = under(spot, key)
    if (value.kind !== 'map') {
      refuse(at, value, 'missing required keys: aud')
      continue
    }
    const { aud } = readFields(value, at, { aud: attribute(stringOrStrings) })
    if (requireKeys(value, at, ['aud']) && aud !== undefined) tokens.push([key, { aud }])
  }
  return Object.fromEntries(tokens)
}

/** `secrets`: handed to the runner as written, which resolves them. */
export const secrets: Shape<Readonly<Record<string, unknown>>> = (node, spot) => {
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash')
  return Object.fromEntries([...node.entries.values()].map(({ key, value }) => [key, toPlain(value)]))
}
