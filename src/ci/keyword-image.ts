import { jobVariables } from './keyword-variables.ts'
import { type CiNode, isString, toPlain } from './node.ts'
import {
  attribute,
  child,
  type Fields,
  hash,
  readFields,
  requireKeys,
  type Shape,
  stringOrStrings,
  strings,
  text,
} from './shape.ts'
import { refuse, type Spot, under } from './spot.ts'
import type { ImagePlan } from './types.ts'

const PULL_POLICIES = ['always', 'never', 'if-not-present']

const pullPolicy: Shape<readonly string[]> = (node, spot) => {
  const policies = stringOrStrings(node, spot)
  if (policies === undefined) return undefined
  const unknown = policies.filter((policy) => !PULL_POLICIES.includes(policy))
  if (unknown.length === 0) return policies
  return refuse(spot, node, `contains unknown values: ${unknown.join(', ')}`)
}

const docker: Shape<unknown> = (node, spot) => {
  const map = hash(node, spot)
  if (map === undefined) return undefined
  readFields(map, spot, { platform: attribute(text), user: attribute(text) })
  return toPlain(map)
}

const kubernetes: Shape<unknown> = (node, spot) => {
  const map = hash(node, spot)
  if (map === undefined) return undefined
  const user: Shape<string> = (value, at) =>
    value.kind === 'scalar' && typeof value.value !== 'boolean'
      ? value.text
      : refuse(at, value, 'should be a string or an integer')
  readFields(map, spot, { user: attribute(user) })
  return toPlain(map)
}

const IMAGE = {
  name: attribute(text),
  entrypoint: attribute(strings),
  pull_policy: child(pullPolicy),
  docker: child(docker),
  kubernetes: child(kubernetes),
  ports: child((node: CiNode) => toPlain(node)),
} satisfies Fields

const SERVICE = {
  ...IMAGE,
  alias: attribute(text),
  command: attribute(strings),
  variables: child(jobVariables),
} satisfies Fields

/** `image`: a name or a hash (reference A4). */
export const image: Shape<ImagePlan> = (node, spot) => {
  if (isString(node)) return blank(node, spot) ? undefined : { ...PLAIN, name: node.value }
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a string')
  if (!requireKeys(node, spot, ['name'])) return undefined
  const fields = readFields(node, spot, IMAGE)
  return fields.name === undefined ? undefined : { ...PLAIN, ...shared(fields), name: fields.name }
}

/** `services`: a list of names or hashes. */
export const services: Shape<readonly ImagePlan[]> = (node, spot) => {
  if (node.kind !== 'list') return refuse(spot, node, 'should be an array')
  return node.items.flatMap((item) => service(item, under(spot, 'service')) ?? [])
}

const service: Shape<ImagePlan> = (node, spot) => {
  if (isString(node)) return { ...PLAIN, name: node.value }
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a string')
  if (!requireKeys(node, spot, ['name'])) return undefined
  const fields = readFields(node, spot, SERVICE)
  if (fields.name === undefined) return undefined
  return {
    ...PLAIN,
    ...shared(fields),
    name: fields.name,
    alias: fields.alias ?? null,
    command: fields.command ?? null,
    variables: fields.variables ?? [],
  }
}

function shared(fields: {
  readonly entrypoint?: readonly string[]
  readonly pull_policy?: readonly string[]
  readonly docker?: unknown
  readonly kubernetes?: unknown
}): Pick<ImagePlan, 'entrypoint' | 'pullPolicy' | 'executorOptions'> {
  return {
    entrypoint: fields.entrypoint ?? null,
    pullPolicy: fields.pull_policy ?? [],
    executorOptions: {
      ...(fields.docker === undefined ? {} : { docker: fields.docker }),
      ...(fields.kubernetes === undefined ? {} : { kubernetes: fields.kubernetes }),
    },
  }
}

function blank(node: CiNode, spot: Spot): boolean {
  if (!isString(node) || node.value.trim() !== '') return false
  refuse(spot, node, "can't be blank")
  return true
}

const PLAIN: Omit<ImagePlan, 'name'> = {
  alias: null,
  entrypoint: null,
  command: null,
  pullPolicy: [],
  variables: [],
  executorOptions: {},
}
