import { LIMITS } from './limits.ts'
import type { CiNode } from './node.ts'
import { isInteger, type Shape } from './shape.ts'
import { refuse, type Spot, under } from './spot.ts'

/** `parallel:matrix`: each row maps a variable to its values; a row makes every combination (reference A11). */
export type MatrixConfig = readonly (readonly (readonly [name: string, values: readonly string[]])[])[]

export type ParallelConfig =
  | { readonly kind: 'number'; readonly total: number }
  | { readonly kind: 'matrix'; readonly rows: MatrixConfig }

export const parallel: Shape<ParallelConfig> = (node, spot) => {
  if (isInteger(node)) {
    if (node.value < 1) return refuse(spot, node, 'must be greater than or equal to 1')
    if (node.value > LIMITS.parallel) return refuse(spot, node, `must be less than or equal to ${LIMITS.parallel}`)
    return { kind: 'number', total: node.value }
  }
  if (node.kind !== 'map') return refuse(spot, node, 'should be an integer or a hash')
  const unknown = [...node.entries.keys()].filter((key) => key !== 'matrix')
  if (unknown.length > 0) return refuse(spot, node, `contains unknown keys: ${unknown.join(', ')}`)
  const rows = node.entries.get('matrix')?.value
  if (rows === undefined) return refuse(spot, node, 'missing required keys: matrix')
  const read = matrix(rows, under(spot, 'matrix'))
  return read === undefined ? undefined : { kind: 'matrix', rows: read }
}

export const matrix: Shape<MatrixConfig> = (node, spot) => {
  if (node.kind !== 'list') return refuse(spot, node, 'should be an array of hashes')
  const rows = node.items.map((item) => row(item, spot))
  const read = rows.flatMap((item) => (item === undefined ? [] : [item]))
  if (read.length < rows.length) return undefined
  const total = read.reduce((sum, item) => sum + item.reduce((product, [, values]) => product * values.length, 1), 0)
  return total > LIMITS.parallel ? refuse(spot, node, `generates too many jobs (maximum is ${LIMITS.parallel})`) : read
}

function row(node: CiNode, spot: Spot): MatrixConfig[number] | undefined {
  if (node.kind !== 'map') return refuse(spot, node, 'should be an array of hashes')
  const variables: (readonly [string, readonly string[]])[] = []
  const inner = under(spot, 'variables')
  for (const entry of node.entries.values()) {
    const values = cells(entry.value)
    if (values === undefined) return refuse(inner, entry, 'should be a hash of key value pairs, value can be an array')
    variables.push([entry.key, values])
  }
  return variables.length > 0 ? variables : refuse(inner, node, 'requires at least 1 items')
}

function cells(node: CiNode): readonly string[] | undefined {
  const items = node.kind === 'list' ? node.items : [node]
  const values = items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []))
  return values.length === items.length && values.length > 0 ? values : undefined
}
