import { type Expression } from './expression.ts'
import { attribute, entry, excludeTogether, type Fields, hashOf, readFields } from './fields.ts'
import { condition } from './keyword-rules.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isNull, type MapNode } from './node.ts'
import { oneOf, type Shape, shortText, strings, text } from './shape.ts'
import type { Position } from './source.ts'
import { refuse, type Spot, under } from './spot.ts'

export type InputType = 'string' | 'number' | 'boolean' | 'array'

/** One declared input (reference A7). Values are nodes, so that they keep their type and their text. */
export interface InputSpec {
  readonly name: string
  readonly type: InputType
  readonly default: CiNode | null
  readonly options: readonly CiNode[] | null
  readonly regex: string | null
  readonly rules: readonly InputRule[] | null
  readonly at: Position
}

/** A conditional default; the first rule whose condition holds is used. */
export interface InputRule {
  readonly if: Expression | null
  readonly options: readonly CiNode[] | null
  readonly default: CiNode | null
}

/** `spec` of a header document. */
export interface SpecConfig {
  readonly inputs: readonly InputSpec[]
  /** As written: files that declare further inputs. */
  readonly include: CiNode | null
  /** What of `$[[ component.… ]]` may be used. */
  readonly component: readonly string[]
}

const TYPES = ['string', 'number', 'boolean', 'array'] as const

const node: Shape<CiNode> = (value) => value

const options: Shape<readonly CiNode[]> = (value, spot) => {
  if (value.kind !== 'list') return refuse(spot, value, 'should be an array')
  const at: Spot = { ...spot, attribute: 'config' }
  if (value.items.length > LIMITS.inputOptions) {
    return refuse(at, value, `cannot define more than ${LIMITS.inputOptions} options`)
  }
  return value.items.some(isNull) ? refuse(at, value, 'options array cannot contain null values') : value.items
}

const type: Shape<InputType> = (value, spot) =>
  oneOf(TYPES, `unknown value: ${value.kind === 'scalar' ? value.text : value.kind}`)(value, {
    ...spot,
    attribute: 'input type',
  })

const RULE = { if: attribute(condition), options: attribute(options), default: attribute(node) } satisfies Fields

const rules: Shape<readonly InputRule[]> = (value, spot) => {
  if (value.kind !== 'list') return refuse(spot, value, 'should be an array')
  const inner = under(spot, 'rule')
  return value.items.flatMap((item) => rule(item, inner) ?? [])
}

const rule: Shape<InputRule> = hashOf(RULE, (read, map, spot) => {
  if (!map.entries.has('default')) {
    refuse({ ...spot, attribute: 'rule' }, map, "must define 'options' with at least one value and a 'default'")
  }
  return { if: read.if ?? null, options: read.options ?? null, default: read.default ?? null }
})

/** The keys of one input; job inputs and the inputs of a file share them. */
export const INPUT = {
  default: attribute(node),
  description: attribute((value, spot) => (value.kind === 'scalar' ? value.text : text(value, spot))),
  options: attribute(options),
  regex: attribute((value, spot) => text(value, { ...spot, attribute: 'input regex' })),
  type: attribute(type),
} satisfies Fields

const FILE_INPUT = { ...INPUT, rules: entry(rules) } satisfies Fields

/** Inputs by name, of a file (`spec:inputs`). An input without a hash is a mandatory string. */
export const fileInputs: Shape<readonly InputSpec[]> = (value, spot) => {
  if (value.kind !== 'map') return refuse(spot, value, 'should be a hash')
  return [...value.entries.values()].flatMap((item) => {
    const at = under(spot, item.key)
    if (isNull(item.value)) return [bare(item.key, item)]
    if (item.value.kind !== 'map') return refuse(at, item.value, 'should be a hash') ?? []
    excludeTogether(item.value, at, ['rules', 'options'])
    excludeTogether(item.value, at, ['rules', 'default'])
    const read = readFields(item.value, at, FILE_INPUT)
    return [{ ...makeInput(item.key, item.value, read), rules: read.rules ?? null }]
  })
}

function bare(name: string, at: Position): InputSpec {
  return { name, type: 'string', default: null, options: null, regex: null, rules: null, at }
}

/** One input from the fields that were read. A default of null is a default, and its text is empty. */
export function makeInput(
  name: string,
  map: MapNode,
  read: {
    readonly type?: InputType
    readonly options?: readonly CiNode[]
    readonly regex?: string
  },
): InputSpec {
  return {
    ...bare(name, map),
    type: read.type ?? 'string',
    default: map.entries.get('default')?.value ?? null,
    options: read.options ?? null,
    regex: read.regex ?? null,
  }
}

const COMPONENT = ['name', 'sha', 'version', 'reference']

const component: Shape<readonly string[]> = (value, spot) => {
  const items = strings(value, spot)
  const unknown = items?.filter((item) => !COMPONENT.includes(item)) ?? []
  return unknown.length === 0 ? items : refuse(spot, value, `contains unknown values: ${unknown.join(', ')}`)
}

const SPEC = {
  inputs: entry(fileInputs),
  include: entry(node),
  component: entry(component),
  description: attribute(shortText(256)),
} satisfies Fields

const spec: Shape<SpecConfig> = hashOf(SPEC, (read) => ({
  inputs: read.inputs ?? [],
  include: read.include ?? null,
  component: read.component ?? [],
}))

/** A header document: `spec` and nothing else. */
export const header: Shape<SpecConfig> = hashOf({ spec: entry(spec) }, (read) => read.spec ?? EMPTY)

const EMPTY: SpecConfig = { inputs: [], include: null, component: [] }
