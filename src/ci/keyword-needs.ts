import { type MatrixConfig, matrix } from './keyword-parallel.ts'
import { type CiNode, isString, type MapNode } from './node.ts'
import { attribute, boolean, child, type Fields, readFields, type Shape, text } from './shape.ts'
import type { Position } from './source.ts'
import { refuse, type Spot, under } from './spot.ts'

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
  if (node.kind !== 'map') return refuse(spot, node, 'cannot use "parallel: <number>".')
  return readFields(node, spot, { matrix: child(matrix) }).matrix
}

const JOB_NEED = {
  job: attribute(text),
  artifacts: attribute(boolean),
  optional: attribute(boolean),
  parallel: child(parallel),
} satisfies Fields

/** `needs` of a job. `rules:needs` takes the same forms. */
export const needs: Shape<readonly NeedConfig[]> = (node, spot) => {
  if (node.kind === 'map') {
    return node.entries.size === 0
      ? refuse(spot, node, 'can not be an empty hash')
      : refuse(spot, node, 'uses invalid types: bridge')
  }
  if (node.kind !== 'list') return refuse(spot, node, 'can only be a hash or an array')
  return node.items.flatMap((item) => need(item, under(spot, 'need')) ?? [])
}

function need(node: CiNode, spot: Spot): NeedConfig | undefined {
  if (isString(node)) return { job: node.value, artifacts: true, optional: false, matrix: null, at: node }
  if (node.kind !== 'map') return refuse(spot, node, 'has an unsupported type')
  if (node.entries.has('pipeline') || node.entries.has('project')) return refuseElsewhere(node, spot)
  const fields = readFields(node, spot, JOB_NEED)
  if (fields.job === undefined) return refuse(attributeJob(spot), node, "can't be blank")
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
  return refuse(spot, node, 'unsupported: needs of another pipeline or project')
}

function attributeJob(spot: Spot): Spot {
  return { ...spot, attribute: 'job' }
}
