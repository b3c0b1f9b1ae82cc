import { type Expression, parseExpression } from './expression.ts'
import { attribute, entry, type Fields, has, type Read, readFields } from './fields.ts'
import { type AutoCancelConfig, autoCancel } from './keyword-auto-cancel.ts'
import { type ChangesConfig, changes, type ExistsConfig, exists, includeExists } from './keyword-changes.ts'
import { type NeedConfig, needs } from './keyword-needs.ts'
import { plainVariables } from './keyword-variables.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isString, type MapNode } from './node.ts'
import { boolean, duration, type Shape } from './shape.ts'
import type { Position } from './source.ts'
import { attributeOf, refuse, type Spot, under } from './spot.ts'
import type { Variable, When } from './types.ts'

/** One rule; a clause that is null was not written (reference A8). */
export interface RuleConfig {
  readonly if: Expression | null
  readonly changes: ChangesConfig | null
  readonly exists: ExistsConfig | null
  readonly when: When | 'never' | null
  readonly startIn: number | null
  readonly allowFailure: boolean | null
  readonly variables: readonly Variable[]
  readonly needs: readonly NeedConfig[] | null
  readonly interruptible: boolean | null
  readonly autoCancel: AutoCancelConfig | null
  readonly at: Position
}

/** A `rules:if` expression, parsed. Also each entry of `only:variables`. */
export const condition: Shape<Expression> = (node, spot) => {
  const parsed = isString(node) ? parseExpression(node.value) : null
  return parsed?.ok === true ? parsed.value : refuse(spot, node, 'invalid expression syntax')
}

function whenOf<const T extends string>(words: readonly T[]): Shape<T> {
  return (node, spot) => {
    const word = words.find((candidate) => isString(node) && node.value === candidate)
    return word ?? refuse(spot, node, `unknown value: ${node.kind === 'scalar' ? node.text : node.kind}`)
  }
}

const JOB_RULE = {
  if: attribute(condition),
  changes: entry(changes),
  exists: entry(exists),
  when: attribute(whenOf(['on_success', 'on_failure', 'always', 'never', 'manual', 'delayed'])),
  start_in: attribute(duration(LIMITS.startIn)),
  allow_failure: attribute(boolean),
  variables: entry(plainVariables),
  needs: entry(needs),
  interruptible: attribute(boolean),
} satisfies Fields

const WORKFLOW_RULE = {
  if: attribute(condition),
  changes: entry(changes),
  exists: entry(exists),
  when: attribute(whenOf(['always', 'never'])),
  variables: entry(plainVariables),
  auto_cancel: entry(autoCancel),
} satisfies Fields

const INCLUDE_RULE = {
  if: attribute(condition),
  changes: entry(changes),
  exists: entry(includeExists),
  when: attribute(whenOf(['always', 'never'])),
} satisfies Fields

/** `rules` of a job: hashes, in lists nested up to ten levels. */
export const jobRules: Shape<readonly RuleConfig[]> = (node, spot) =>
  eachRule(node, spot, (rule, at) => {
    checkStartIn(rule, at)
    const fields = readFields(rule, at, JOB_RULE)
    return makeRule(rule, {
      ...clauses(fields),
      startIn: fields.start_in ?? null,
      allowFailure: fields.allow_failure ?? null,
      variables: fields.variables ?? [],
      needs: fields.needs ?? null,
      interruptible: fields.interruptible ?? null,
    })
  })

/** `rules` of `workflow`. */
export const workflowRules: Shape<readonly RuleConfig[]> = (node, spot) =>
  eachRule(node, spot, (rule, at) => {
    const fields = readFields(rule, at, WORKFLOW_RULE)
    const { variables = [], auto_cancel: cancel = null } = fields
    return makeRule(rule, { ...clauses(fields), variables, autoCancel: cancel })
  })

/** `rules` of an `include` entry. */
export const includeRules: Shape<readonly RuleConfig[]> = (node, spot) =>
  eachRule(node, spot, (rule, at) => makeRule(rule, clauses(readFields(rule, at, INCLUDE_RULE))))

function clauses(
  fields: Pick<Read<typeof JOB_RULE>, 'if' | 'changes' | 'exists' | 'when'>,
): Pick<RuleConfig, 'if' | 'changes' | 'exists' | 'when'> {
  return {
    if: fields.if ?? null,
    changes: fields.changes ?? null,
    exists: fields.exists ?? null,
    when: fields.when ?? null,
  }
}

/** `start_in` belongs to `when: delayed` and to nothing else. */
function checkStartIn(rule: MapNode, spot: Spot): void {
  const when = rule.entries.get('when')?.value
  const delayed = when?.kind === 'scalar' && when.value === 'delayed'
  const startIn = rule.entries.get('start_in')
  if (delayed && !has(rule, 'start_in')) refuse(attributeOf(spot, 'start_in'), rule, "can't be blank")
  if (!delayed && startIn !== undefined) refuse(spot, startIn, 'contains disallowed keys: start_in')
}

function makeRule(at: Position, written: Partial<RuleConfig>): RuleConfig {
  return {
    if: null,
    changes: null,
    exists: null,
    when: null,
    startIn: null,
    allowFailure: null,
    variables: [],
    needs: null,
    interruptible: null,
    autoCancel: null,
    ...written,
    at,
  }
}

function eachRule(
  node: CiNode,
  spot: Spot,
  read: (rule: MapNode, spot: Spot) => RuleConfig,
): readonly RuleConfig[] | undefined {
  const flat = flatMaps(node)
  if (flat === undefined) {
    const owner = attributeOf(spot.up ?? spot, 'rules')
    return refuse(owner, node, 'should be an array containing hashes and arrays of hashes')
  }
  if (flat.length === 0) return refuse(spot, node, "can't be blank")
  const inner = under(spot, 'rule')
  return flat.map((rule) => {
    if (rule.entries.size === 0) refuse(inner, rule, "can't be blank")
    return read(rule, inner)
  })
}

function flatMaps(node: CiNode, level = 0): readonly MapNode[] | undefined {
  if (node.kind !== 'list' || level >= LIMITS.nestedArrays) return undefined
  const maps: MapNode[] = []
  for (const item of node.items) {
    const inner = item.kind === 'map' ? [item] : flatMaps(item, level + 1)
    if (inner === undefined) return undefined
    maps.push(...inner)
  }
  return maps
}
