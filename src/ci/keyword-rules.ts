import { type Expression, parseExpression } from './expression.ts'
import { type NeedConfig, needs } from './keyword-needs.ts'
import { jobVariables } from './keyword-variables.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isNull, isString, type MapNode } from './node.ts'
import { attribute, boolean, child, duration, type Fields, readFields, type Shape, stringItems, text } from './shape.ts'
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
  readonly autoCancel: MapNode | null
  readonly at: Position
}

export interface ChangesConfig {
  readonly paths: readonly string[]
  readonly compareTo: string | null
}

export interface ExistsConfig {
  readonly paths: readonly string[]
  readonly project: string | null
  readonly ref: string | null
}

const JOB_WHEN = ['on_success', 'on_failure', 'always', 'never', 'manual', 'delayed'] as const
const WORKFLOW_WHEN = ['always', 'never'] as const

const condition: Shape<Expression> = (node, spot) => {
  const parsed = isString(node) ? parseExpression(node.value) : null
  return parsed?.ok === true ? parsed.value : refuse(spot, node, 'invalid expression syntax')
}

function allowedWhen<T extends string>(words: readonly T[]): Shape<T> {
  return (node, spot) => {
    const word = words.find((candidate) => isString(node) && node.value === candidate)
    return word ?? refuse(spot, node, `unknown value: ${node.kind === 'scalar' ? node.text : node.kind}`)
  }
}

const paths: Shape<readonly string[]> = (node, spot) => {
  const items = stringItems(node)
  if (items === undefined) return refuse(spot, node, 'should be an array of strings')
  return items.length > LIMITS.rulesPaths
    ? refuse(spot, node, `has too many entries (maximum ${LIMITS.rulesPaths})`)
    : items
}

const changes: Shape<ChangesConfig> = (node, spot) => {
  if (node.kind === 'list') {
    const items = paths(node, spot)
    return items === undefined ? undefined : { paths: items, compareTo: null }
  }
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or an array')
  if (isNull(node.entries.get('paths')?.value)) return refuse(attributeOf(spot, 'paths'), node, "can't be blank")
  const fields = readFields(node, spot, { paths: attribute(paths), compare_to: attribute(text) })
  return fields.paths === undefined ? undefined : { paths: fields.paths, compareTo: fields.compare_to ?? null }
}

const exists: Shape<ExistsConfig> = (node, spot) => {
  if (isString(node)) return { paths: [node.value], project: null, ref: null }
  if (node.kind === 'list') {
    const items = paths(node, spot)
    return items === undefined ? undefined : { paths: items, project: null, ref: null }
  }
  if (node.kind !== 'map') return refuse(spot, node, 'should be an array, a string or a hash')
  const fields = readFields(node, spot, { paths: attribute(paths), project: attribute(text), ref: attribute(text) })
  if (fields.ref !== undefined && fields.project === undefined)
    return refuse(spot, node, 'missing required keys: project')
  if (fields.paths === undefined) return refuse(attributeOf(spot, 'paths'), node, "can't be blank")
  return { paths: fields.paths, project: fields.project ?? null, ref: fields.ref ?? null }
}

const CLAUSES = {
  if: attribute(condition),
  changes: child(changes),
  exists: child(exists),
} satisfies Fields

const JOB_RULE = {
  ...CLAUSES,
  when: attribute(allowedWhen(JOB_WHEN)),
  start_in: attribute(duration(LIMITS.startIn)),
  allow_failure: attribute(boolean),
  variables: child(jobVariables),
  needs: child(needs),
  interruptible: attribute(boolean),
} satisfies Fields

const WORKFLOW_RULE = {
  ...CLAUSES,
  when: attribute(allowedWhen(WORKFLOW_WHEN)),
  variables: child(jobVariables),
  auto_cancel: child((node, spot) => (node.kind === 'map' ? node : refuse(spot, node, 'should be a hash'))),
} satisfies Fields

const INCLUDE_RULE = { ...CLAUSES, when: attribute(allowedWhen(WORKFLOW_WHEN)) } satisfies Fields

/** `rules` of a job: hashes, in lists nested up to ten levels. */
export const jobRules: Shape<readonly RuleConfig[]> = (node, spot) =>
  eachRule(node, spot, (rule, at) => {
    const fields = readFields(rule, at, JOB_RULE)
    if (fields.when === 'delayed' && isNull(rule.entries.get('start_in')?.value)) {
      refuse(attributeOf(at, 'start_in'), rule, 'should be a duration')
    }
    if (fields.when !== 'delayed' && fields.start_in !== undefined) {
      refuse(attributeOf(at, 'start_in'), rule, 'must be blank')
    }
    return makeRule(rule, {
      ...clauses(fields),
      when: fields.when ?? null,
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
    return makeRule(rule, {
      ...clauses(fields),
      when: fields.when ?? null,
      variables: fields.variables ?? [],
      autoCancel: fields.auto_cancel ?? null,
    })
  })

/** `rules` of an `include` entry. */
export const includeRules: Shape<readonly RuleConfig[]> = (node, spot) =>
  eachRule(node, spot, (rule, at) => {
    const fields = readFields(rule, at, INCLUDE_RULE)
    return makeRule(rule, { ...clauses(fields), when: fields.when ?? null })
  })

function clauses(fields: {
  readonly if?: Expression
  readonly changes?: ChangesConfig
  readonly exists?: ExistsConfig
}): Pick<RuleConfig, 'if' | 'changes' | 'exists'> {
  return { if: fields.if ?? null, changes: fields.changes ?? null, exists: fields.exists ?? null }
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
  if (flat === undefined) return refuse(spot, node, 'should be an array containing hashes and arrays of hashes')
  if (flat.length === 0) return refuse(spot, node, "can't be blank")
  const inner = under(spot, 'rule')
  return flat.map((rule) => read(rule, inner))
}

function flatMaps(node: CiNode, level = 0): readonly MapNode[] | undefined {
  if (node.kind !== 'list' || level > LIMITS.nestedArrays) return undefined
  const maps: MapNode[] = []
  for (const item of node.items) {
    const inner = item.kind === 'map' ? [item] : flatMaps(item, level + 1)
    if (inner === undefined) return undefined
    maps.push(...inner)
  }
  return maps
}
