import { type ArtifactsConfig, artifacts } from './keyword-artifacts.ts'
import { type EnvironmentConfig, environment } from './keyword-environment.ts'
import { image, services } from './keyword-image.ts'
import { type NeedConfig, needs } from './keyword-needs.ts'
import { type ParallelConfig, parallel } from './keyword-parallel.ts'
import { type RetryConfig, retry } from './keyword-retry.ts'
import { jobRules, type RuleConfig } from './keyword-rules.ts'
import { jobVariables } from './keyword-variables.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isNull, type MapEntry, type MapNode } from './node.ts'
import {
  attribute,
  boolean,
  child,
  duration,
  type Fields,
  integerOrIntegers,
  nestedStringsOrString,
  oneOf,
  type Read,
  readFields,
  type Shape,
  stringOrStrings,
  strings,
  text,
} from './shape.ts'
import type { Position } from './source.ts'
import { attributeOf, refuse, type Spot, under } from './spot.ts'
import type { ImagePlan, Variable, When } from './types.ts'

/** A job as written, with `default` applied: everything that does not depend on the pipeline. */
export interface JobConfig {
  readonly name: string
  readonly at: Position
  readonly stage: string
  readonly script: readonly string[]
  readonly beforeScript: readonly string[]
  readonly afterScript: readonly string[]
  readonly variables: readonly Variable[]
  readonly inheritVariables: boolean | readonly string[]
  readonly environment: EnvironmentConfig | null
  readonly rules: readonly RuleConfig[] | null
  readonly when: When
  readonly startIn: number | null
  readonly manualConfirmation: string | null
  readonly allowFailure: boolean
  readonly allowFailureExitCodes: readonly number[]
  readonly needs: readonly NeedConfig[] | null
  readonly dependencies: readonly string[] | null
  readonly tags: readonly string[]
  readonly image: ImagePlan | null
  readonly services: readonly ImagePlan[]
  readonly artifacts: ArtifactsConfig | null
  readonly retry: RetryConfig
  readonly timeout: number | null
  readonly interruptible: boolean
  readonly resourceGroup: string | null
  readonly parallel: ParallelConfig | null
}

export const JOB_WHEN = ['on_success', 'on_failure', 'always', 'manual', 'delayed'] as const

interface AllowFailure {
  readonly value: boolean
  readonly exitCodes: readonly number[]
}

const allowFailure: Shape<AllowFailure> = (node, spot) => {
  if (node.kind === 'map') {
    const fields = readFields(node, under(spot, 'allow_failure'), { exit_codes: attribute(integerOrIntegers) })
    return { value: false, exitCodes: fields.exit_codes ?? [] }
  }
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return { value: node.value, exitCodes: [] }
  return refuse(attributeOf(spot, 'allow_failure'), node, 'should be a hash or a boolean value')
}

const tags: Shape<readonly string[]> = (node, spot) => {
  const items = strings(node, spot)
  if (items === undefined || items.length < LIMITS.tags) return items
  return refuse(spot, node, `must be less than the limit of ${LIMITS.tags} tags`)
}

/** Keys that `default` may set for every job (reference A3). */
const DEFAULTABLE = {
  before_script: child(nestedStringsOrString),
  after_script: child(nestedStringsOrString),
  image: child(image),
  services: child(services),
  interruptible: child(boolean),
  timeout: child(duration(LIMITS.timeout)),
  retry: child(retry),
  tags: child(tags),
  artifacts: child(artifacts),
} satisfies Fields

const INHERIT = {
  default: child((node: CiNode, spot: Spot) => booleanOrStrings(node, spot)),
  variables: child((node: CiNode, spot: Spot) => booleanOrStrings(node, spot)),
} satisfies Fields

const inherit: Shape<Read<typeof INHERIT>> = (node, spot) =>
  node.kind === 'map' ? readFields(node, spot, INHERIT) : refuse(spot, node, 'should be a hash')

const JOB = {
  ...DEFAULTABLE,
  script: child(nestedStringsOrString),
  stage: child(text),
  extends: attribute(stringOrStrings),
  variables: child(jobVariables),
  inherit: child(inherit),
  rules: child(jobRules),
  when: attribute(oneOf(JOB_WHEN)),
  start_in: attribute(duration(LIMITS.startIn)),
  allow_failure: { shape: (node, spot) => allowFailure(node, { ...spot, attribute: 'config' }), as: 'attribute' },
  manual_confirmation: attribute(text),
  needs: child(needs),
  dependencies: attribute(strings),
  parallel: child(parallel),
  resource_group: attribute(text),
  environment: child(environment),
} satisfies Fields

export type Defaults = Read<typeof DEFAULTABLE>

/** Reads `default`. */
export const defaults: Shape<Defaults> = (node, spot) =>
  node.kind === 'map' ? readFields(node, spot, DEFAULTABLE) : refuse(spot, node, 'should be a hash')

/** Reads one visible job. The caller has made sure that it is a hash with a `script`. */
export function readJob(entry: MapEntry, map: MapNode, spot: Spot, defaults: Defaults): JobConfig | undefined {
  if (entry.key.length > LIMITS.name) {
    return refuse(attributeOf(spot, 'name'), entry, `is too long (maximum is ${LIMITS.name} characters)`)
  }
  const fields = readFields(map, spot, JOB)
  checkWhen(map, spot, fields)
  checkDependencies(map, spot, fields)
  const inherited = inheritable(defaults, fields.inherit?.default ?? true)
  const own = { ...inherited, ...fields }
  const when = fields.when ?? 'on_success'
  return {
    name: entry.key,
    at: entry,
    stage: fields.stage ?? 'test',
    script: own.script ?? [],
    beforeScript: own.before_script ?? [],
    afterScript: own.after_script ?? [],
    variables: fields.variables ?? [],
    inheritVariables: fields.inherit?.variables ?? true,
    environment: fields.environment ?? null,
    rules: fields.rules ?? null,
    when,
    startIn: fields.start_in ?? null,
    manualConfirmation: fields.manual_confirmation ?? null,
    allowFailure: fields.allow_failure?.value ?? when === 'manual',
    allowFailureExitCodes: fields.allow_failure?.exitCodes ?? [],
    needs: fields.needs ?? null,
    dependencies: fields.dependencies ?? null,
    tags: own.tags ?? [],
    image: own.image ?? null,
    services: own.services ?? [],
    artifacts: own.artifacts ?? null,
    retry: own.retry ?? { max: 0, when: [], exitCodes: [] },
    timeout: own.timeout ?? null,
    interruptible: own.interruptible ?? false,
    resourceGroup: fields.resource_group ?? null,
    parallel: fields.parallel ?? null,
  }
}

function inheritable(defaults: Defaults, inherit: boolean | readonly string[]): Defaults {
  if (inherit === true) return defaults
  if (inherit === false) return {}
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => inherit.includes(key)))
}

function checkWhen(map: MapNode, spot: Spot, fields: Read<typeof JOB>): void {
  const startIn = map.entries.get('start_in')
  const written = startIn !== undefined && !isNull(startIn.value)
  if (fields.rules !== undefined) {
    const forbidden = ['only', 'except', 'start_in'].filter((key) => !isNull(map.entries.get(key)?.value))
    if (forbidden.length > 0) refuse(spot, map, `key may not be used with \`rules\`: ${forbidden.join(', ')}`)
    return
  }
  if (fields.when === 'delayed' && !written) refuse(attributeOf(spot, 'start_in'), map, 'should be a duration')
  if (fields.when !== 'delayed' && written) refuse(attributeOf(spot, 'start_in'), startIn, 'must be blank')
}

function checkDependencies(map: MapNode, spot: Spot, fields: Read<typeof JOB>): void {
  const { dependencies, needs: needed } = fields
  if (dependencies === undefined || needed === undefined || needed.length === 0) return
  const missing = dependencies.filter((name) => !needed.some((need) => need.job === name))
  if (missing.length > 0)
    refuse(attributeOf(spot, 'dependencies'), map, `the ${missing.join(', ')} should be part of needs`)
}

function booleanOrStrings(node: CiNode, spot: Spot): boolean | readonly string[] | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
  return node.kind === 'list' ? strings(node, spot) : refuse(spot, node, 'should be a boolean or an array of strings')
}
