import { entry, type Fields, hashOf, type Read } from './fields.ts'
import { type Shape, stringItems } from './shape.ts'
import { refuse, refuseForm } from './spot.ts'

/** `inherit`: what of `default` and of the top-level variables a job takes (reference A4). */
export interface InheritConfig {
  readonly default: boolean | readonly string[]
  readonly variables: boolean | readonly string[]
}

/** The keys `default` may have. */
export const DEFAULT_KEYS: readonly string[] = [
  'before_script',
  'after_script',
  'hooks',
  'cache',
  'image',
  'services',
  'interruptible',
  'timeout',
  'retry',
  'tags',
  'artifacts',
  'id_tokens',
]

function choice(allowed: readonly string[] | null): Shape<boolean | readonly string[]> {
  return (node, spot) => {
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
    if (node.kind !== 'list') return refuseForm(spot, node, 'should be a bool or array of strings')
    const items = stringItems(node)
    if (items === undefined) return refuse(spot, node, 'should be an array of strings')
    const unknown = items.filter((item) => allowed?.includes(item) === false)
    return unknown.length === 0 ? items : refuse(spot, node, `contains unknown values: ${unknown.join(', ')}`)
  }
}

const FIELDS = { default: entry(choice(DEFAULT_KEYS)), variables: entry(choice(null)) } satisfies Fields

export const inherit: Shape<InheritConfig> = hashOf(FIELDS, (read: Read<typeof FIELDS>) => ({
  default: read.default ?? true,
  variables: read.variables ?? true,
}))
