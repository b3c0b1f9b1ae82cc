import { err, ok, type Result } from '../domain/result.ts'
import type { InputValues } from './inputs.ts'
import { applyFunction } from './interpolation-functions.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, scalarNode } from './node.ts'
import type { Position } from './source.ts'
import type { Variable } from './types.ts'

/** What blocks may refer to. */
export interface InterpolationContext {
  readonly inputs: InputValues
  /** `name`, `version`, `sha`, `reference` of the component a file is, as far as its `spec:component` asks for them. */
  readonly component: ReadonlyMap<string, string>
  /** For `expand_vars`. */
  readonly variables: readonly Variable[]
}

/** Evaluates what is between the brackets: an access and up to three functions. `$[[ matrix.… ]]` is left for later. */
export function readBlock(
  data: string,
  written: string,
  context: InterpolationContext,
  at: Position,
): Result<CiNode, string> {
  const [access = '', ...functions] = data.split('|').map((part) => part.trim())
  if (access.split('.')[0] === 'matrix') return ok(scalarNode(written, at))
  const found = readAccess(access, context, at)
  if (!found.ok) return found
  if (functions.length > LIMITS.interpolationFunctions) return err('too many functions in interpolation block')
  let value = found.value
  for (const expression of functions) {
    const applied = applyFunction(expression, value, context.variables)
    if (!applied.ok) return applied
    value = applied.value
  }
  return ok(value)
}

function readAccess(access: string, context: InterpolationContext, at: Position): Result<CiNode, string> {
  const segments = splitAtMost(access, LIMITS.inputPathObjects)
  const [root = '', ...rest] = segments
  if (rest.length === 0) return err('invalid pattern used for interpolation. valid pattern is $[[ inputs.input ]]')
  if (access.length > LIMITS.interpolationExpression) return err('maximum interpolation expression size exceeded')
  if (root !== 'inputs' && root !== 'component')
    return err(`unknown interpolation provided: \`${root}\` in \`${access}\``)
  const [first = '', ...path] = rest
  const start = step(access, first, (key) =>
    root === 'inputs' ? context.inputs.get(key) : textNode(context.component.get(key), at),
  )
  return path.reduce<Result<CiNode, string>>(
    (found, segment) =>
      found.ok
        ? step(access, segment, (key) => (found.value.kind === 'map' ? found.value.entries.get(key)?.value : undefined))
        : found,
    start,
  )
}

function textNode(text: string | undefined, at: Position): CiNode | undefined {
  return text === undefined ? undefined : scalarNode(text, at)
}

/** One segment of a path: a key, and indexes in brackets behind it. */
function step(access: string, segment: string, lookUp: (key: string) => CiNode | undefined): Result<CiNode, string> {
  const bracket = segment.indexOf('[')
  const key = bracket === -1 ? segment : segment.slice(0, bracket)
  const indexes = bracket === -1 ? ok<readonly number[]>([]) : readIndexes(access, segment)
  if (!indexes.ok) return indexes
  let value = lookUp(key)
  if (value === undefined) return err(`unknown interpolation provided: \`${key}\` in \`${access}\``)
  for (const index of indexes.value) {
    if (value.kind !== 'list') return err(`cannot index into non-array value at [${index}] in \`${access}\``)
    const item: CiNode | undefined = value.items[index]
    if (item === undefined) {
      return err(`array index ${index} out of bounds (size: ${value.items.length}) in \`${access}\``)
    }
    value = item
  }
  return ok(value)
}

function readIndexes(access: string, segment: string): Result<readonly number[], string> {
  const match = /^(\w*)((?:\[\d+\])+)$/.exec(segment)
  if (match !== null) {
    const [, key = '', brackets = ''] = match
    if (key === '') return err(`invalid indexed access without a key in \`${access}\``)
    const indexes = [...brackets.matchAll(/\d+/g)].map(([digits]) => Number(digits))
    if (indexes.length <= LIMITS.inputPathArrays) return ok(indexes)
    return err(`too many array indices in \`${access}\` (maximum depth: ${LIMITS.inputPathArrays})`)
  }
  if (segment.split('[').length !== segment.split(']').length) {
    return err(`invalid array index in \`${access}\`: missing closing bracket`)
  }
  const wrong = [...segment.matchAll(/\[([^\]]*)\]/g)]
    .map((found) => found[1] ?? '')
    .find((text) => !/^\d+$/.test(text))
  if (wrong !== undefined) return err(`invalid array index in \`${access}\`: \`${wrong}\` is not a valid index`)
  return err(`invalid array index syntax in \`${access}\``)
}

/** Splits at dots into at most `count` parts; the last part keeps its dots. */
function splitAtMost(text: string, count: number): readonly string[] {
  const parts = text.split('.')
  return parts.length <= count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join('.')]
}
