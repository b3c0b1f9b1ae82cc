import { attribute, entry, type Fields, readFields } from './fields.ts'
import { bridgeParallel, type MatrixConfig } from './keyword-parallel.ts'
import { type CiNode, flatItems, isNull, isString, type MapNode } from './node.ts'
import { boolean, presentText, type Shape } from './shape.ts'
import type { Position } from './source.ts'
import { attributeOf, refuse, refuseForm, type Spot, under } from './spot.ts'

/** One entry of `needs`, before names of parallel jobs are expanded (reference A11). */
export interface NeedConfig {
  readonly job: string
  readonly artifacts: boolean
  readonly optional: boolean
  /** Picks instances of a matrix job. */
  readonly matrix: MatrixConfig | null
  readonly at: Position
}

const parallel: Shape<MatrixConfig> = (node, spot) => {
  const read = bridgeParallel(node, spot)
  return read?.kind === 'matrix' ? read.rows : undefined
}

const JOB_NEED = {
  job: attribute(presentText),
  artifacts: attribute(boolean),
  optional: attribute(boolean),
  parallel: entry(parallel),
} satisfies Fields

/** `needs` of a job. `rules:needs` takes the same forms. */
export const needs: Shape<readonly NeedConfig[]> = (node, spot) => {
  if (node.kind === 'map' && node.entries.size === 0) return refuse(spot, node, 'can not be an empty hash')
  if (node.kind !== 'list' && node.kind !== 'map') return refuse(spot, node, 'can only be a hash or an array')
  const items: readonly CiNode[] = flatItems(node)
  if (items.some(isNumbered)) return refuse(spot, node, 'cannot use "parallel: <number>".')
  const inner = under(spot, 'need')
  return items.flatMap((item) => need(item, inner) ?? [])
}

function need(node: CiNode, spot: Spot): NeedConfig | undefined {
  if (isString(node)) {
    if (node.value.trim() === '') return refuse(spot, node, "can't be blank")
    return { job: node.value, artifacts: true, optional: false, matrix: null, at: node }
  }
  if (node.kind !== 'map') return refuseForm(spot, node, 'has an unsupported type')
  if (node.entries.has('pipeline') || node.entries.has('project')) return refuseElsewhere(node, spot)
  if (!node.entries.has('job')) return refuseForm(spot, node, 'has an unsupported type')
  const fields = readFields(node, spot, JOB_NEED)
  if (fields.job === undefined) {
    const unwritten = isNull(node.entries.get('job')?.value)
    return unwritten ? refuse(attributeOf(spot, 'job'), node, 'should be a string') : undefined
  }
  return {
    job: fields.job,
    artifacts: fields.artifacts ?? true,
    optional: fields.optional ?? false,
    matrix: fields.parallel ?? null,
    at: node,
  }
}

/** Artifacts of other pipelines and projects are not fetched here; saying so beats a job that silently lacks them. */
function refuseElsewhere(node: MapNode, spot: Spot): undefined {
  const key = node.entries.has('project') ? 'project' : 'pipeline'
  return refuse(spot, node, `is not supported: needs:${key} refers to another pipeline`)
}

function isNumbered(node: CiNode): boolean {
  const value = node.kind === 'map' ? node.entries.get('parallel')?.value : undefined
  return value?.kind === 'scalar' && typeof value.value === 'number'
}
