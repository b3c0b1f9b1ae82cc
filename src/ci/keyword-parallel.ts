import { allowKeys, requireKeys } from './fields.ts'
import { isTextKey } from './keyword-variables.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isNull, isString } from './node.ts'
import { integerBetween, isInteger, type Shape } from './shape.ts'
import { refuse, refuseForm, type Spot, under } from './spot.ts'

/** `parallel:matrix`: each row maps a variable to its values; a row makes every combination (reference A11). */
export type MatrixConfig = readonly (readonly (readonly [name: string, values: readonly string[]])[])[]

export type ParallelConfig =
  | { readonly kind: 'number'; readonly total: number }
  | { readonly kind: 'matrix'; readonly rows: MatrixConfig }

const number = integerBetween(1, LIMITS.parallel)

/** `parallel` of a job: a number or `{matrix}`. */
export const parallel: Shape<ParallelConfig> = (node, spot) => {
  if (node.kind === 'scalar' && typeof node.value === 'number') {
    const total = number(node, spot)
    return total === undefined ? undefined : { kind: 'number', total }
  }
  return matrixOnly(node, spot)
}

/** `parallel` of a trigger job, which takes a matrix alone. */
export const bridgeParallel: Shape<ParallelConfig> = (node, spot) =>
  node.kind === 'scalar' && typeof node.value === 'number'
    ? refuse(spot, node, 'cannot use "parallel: <number>".')
    : matrixOnly(node, spot)

const matrixOnly: Shape<ParallelConfig> = (node, spot) => {
  if (node.kind !== 'map') return refuseForm(spot, node, 'should be an integer or a hash')
  allowKeys(node, spot, { matrix: MATRIX_KEY })
  if (!requireKeys(node, spot, ['matrix'])) return undefined
  const rows = node.entries.get('matrix')?.value
  const read = rows === undefined ? undefined : matrix(rows, under(spot, 'matrix'))
  return read === undefined ? undefined : { kind: 'matrix', rows: read }
}

export const matrix: Shape<MatrixConfig> = (node, spot) => {
  const flat = node.kind === 'list' ? node.items : undefined
  if (flat === undefined || flat.some((item) => item.kind !== 'map')) {
    return refuse(spot, node, 'should be an array of hashes')
  }
  const rows = flat.map((item) => row(item, under(spot, 'variables')))
  const read = rows.flatMap((item) => (item === undefined ? [] : [item]))
  if (read.length < rows.length) return undefined
  const total = read.reduce((sum, item) => sum + item.reduce((product, [, values]) => product * values.length, 1), 0)
  if (total <= LIMITS.parallel) return read
  return refuse(spot, node, `generates too many jobs (maximum is ${LIMITS.parallel})`)
}

const MATRIX_KEY = { shape: matrix, as: 'entry' } as const

function row(node: CiNode, spot: Spot): MatrixConfig[number] | undefined {
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash of key value pairs, value can be an array')
  const variables: (readonly [string, readonly string[]])[] = []
  for (const entry of node.entries.values()) {
    const values = isTextKey(entry) ? cells(entry.value) : undefined
    if (values === undefined) return refuse(spot, entry, 'should be a hash of key value pairs, value can be an array')
    variables.push([entry.key, values])
  }
  return variables.length > 0 ? variables : refuse(spot, node, 'requires at least 1 items')
}

/** GitLab takes text and whole numbers, at least one; `3.10` must be quoted, or it would mean 3.1. Undefined for the rest. */
function cells(node: CiNode): readonly string[] | undefined {
  if (isString(node) && node.value.trim() === '') return undefined
  const items = node.kind === 'list' ? node.items : [node]
  const values = items.flatMap((item) => (!isNull(item) && (isString(item) || isInteger(item)) ? [item.text] : []))
  return values.length > 0 && values.length === items.length ? values : undefined
}
