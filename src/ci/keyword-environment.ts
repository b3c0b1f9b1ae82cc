import { parseDuration } from './duration.ts'
import { LIMITS } from './limits.ts'
import { isString } from './node.ts'
import { attribute, type Fields, oneOf, readFields, requireKeys, type Shape, shortText, text } from './shape.ts'
import { refuse } from './spot.ts'

/** `environment` as written; names, urls and periods are expanded when the pipeline is made (reference A15). */
export interface EnvironmentConfig {
  readonly name: string
  readonly url: string | null
  readonly action: 'start' | 'stop' | 'prepare' | 'verify' | 'access'
  readonly onStop: string | null
  readonly autoStopIn: string | null
  readonly deploymentTier: string | null
  readonly kubernetesNamespace: string | null
}

const NAME = /^[a-zA-Z0-9_\-${}. ](?:[a-zA-Z0-9_\-/${}. ]*[a-zA-Z0-9_\-${}. ])?$/
const NAME_MESSAGE =
  "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/'"
const TIERS = ['production', 'staging', 'testing', 'development', 'other'] as const

const name: Shape<string> = (node, spot) => {
  const value = node.kind === 'scalar' && typeof node.value !== 'boolean' ? node.text : text(node, spot)
  if (value === undefined) return undefined
  if (value.length > LIMITS.name) return refuse(spot, node, `is too long (maximum is ${LIMITS.name} characters)`)
  return NAME.test(value) ? value : refuse(spot, node, NAME_MESSAGE)
}

const autoStopIn: Shape<string> = (node, spot) => {
  if (!isString(node)) return refuse(spot, node, 'should be a duration')
  const { value } = node
  return value.includes('$') || value === 'never' || parseDuration(value) !== null
    ? value
    : refuse(spot, node, 'should be a duration')
}

const tier: Shape<string> = (node, spot) =>
  isString(node) && node.value.includes('$')
    ? node.value
    : oneOf(TIERS, `must be one of ${TIERS.join(', ')}`)(node, spot)

const FIELDS = {
  name: attribute(name),
  url: attribute(shortText(LIMITS.name)),
  action: attribute(
    oneOf(['start', 'stop', 'prepare', 'verify', 'access'], 'should be start, stop, prepare, verify, or access'),
  ),
  on_stop: attribute(text),
  auto_stop_in: attribute(autoStopIn),
  deployment_tier: attribute(tier),
  kubernetes: attribute((node, spot) => (node.kind === 'map' ? node : refuse(spot, node, 'should be a hash'))),
} satisfies Fields

export const environment: Shape<EnvironmentConfig> = (node, spot) => {
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    const value = name(node, { ...spot, attribute: 'name' })
    return value === undefined ? undefined : { ...NONE, name: value }
  }
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a string')
  if (!requireKeys(node, spot, ['name'])) return undefined
  const fields = readFields(node, spot, FIELDS)
  if (fields.name === undefined) return undefined
  const namespace = fields.kubernetes?.entries.get('namespace')?.value
  return {
    name: fields.name,
    url: fields.url ?? null,
    action: fields.action ?? 'start',
    onStop: fields.on_stop ?? null,
    autoStopIn: fields.auto_stop_in ?? null,
    deploymentTier: fields.deployment_tier ?? null,
    kubernetesNamespace: namespace !== undefined && isString(namespace) ? namespace.value : null,
  }
}

const NONE: Omit<EnvironmentConfig, 'name'> = {
  url: null,
  action: 'start',
  onStop: null,
  autoStopIn: null,
  deploymentTier: null,
  kubernetesNamespace: null,
}
