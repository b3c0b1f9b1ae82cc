import { environmentNameProblem, environmentNameRefusal, tiers } from '../domain/environment.ts'
import { attribute, entry, type Fields, hashOf, readFields } from './fields.ts'
import { LIMITS } from './limits.ts'
import { isNull, isString } from './node.ts'
import { anything, oneOf, type Shape, shortText, text } from './shape.ts'
import { attributeOf, refuse } from './spot.ts'

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

const ACTIONS = ['start', 'stop', 'prepare', 'verify', 'access'] as const

const name: Shape<string> = (node, spot) => {
  if (!isString(node)) return refuse(spot, node, environmentNameProblem)
  const problem = environmentNameRefusal(node.value)
  return problem === null ? node.value : refuse(spot, node, problem)
}

/** A tier, or text with a variable, whose value is judged when the environment is made. */
const tier: Shape<string> = (node, spot) =>
  isString(node) && node.value.includes('$')
    ? node.value
    : oneOf(tiers, `must be one of ${tiers.join(', ')}`)(node, spot)

const KUBERNETES = {
  namespace: attribute(text),
  agent: attribute(text),
  flux_resource_path: attribute(text),
  managed_resources: attribute(anything),
  dashboard: attribute(anything),
} satisfies Fields

const FIELDS = {
  name: attribute(name),
  url: attribute(shortText(LIMITS.name)),
  action: attribute(oneOf(ACTIONS, 'should be start, stop, prepare, verify, or access')),
  on_stop: attribute(text),
  auto_stop_in: attribute(text),
  deployment_tier: attribute(tier),
  kubernetes: entry(hashOf(KUBERNETES, (read) => read)),
} satisfies Fields

/** `environment`: a name or a hash. */
export const environment: Shape<EnvironmentConfig> = (node, spot) => {
  if (isString(node)) {
    const value = name(node, attributeOf(spot, 'name'))
    return value === undefined ? undefined : { ...BARE, name: value }
  }
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a string')
  if (isNull(node.entries.get('name')?.value)) refuse(attributeOf(spot, 'name'), node, "can't be blank")
  const fields = readFields(node, spot, FIELDS)
  if (fields.name === undefined) return undefined
  return {
    name: fields.name,
    url: fields.url ?? null,
    action: fields.action ?? 'start',
    onStop: fields.on_stop ?? null,
    autoStopIn: fields.auto_stop_in ?? null,
    deploymentTier: fields.deployment_tier ?? null,
    kubernetesNamespace: fields.kubernetes?.namespace ?? null,
  }
}

const BARE: Omit<EnvironmentConfig, 'name'> = {
  url: null,
  action: 'start',
  onStop: null,
  autoStopIn: null,
  deploymentTier: null,
  kubernetesNamespace: null,
}
