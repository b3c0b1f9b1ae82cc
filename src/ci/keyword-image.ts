import { attribute, entry, type Fields, hashOf, type Read, readFields } from './fields.ts'
import { plainVariables } from './keyword-variables.ts'
import { flatItems, isNull, isString, type MapNode } from './node.ts'
import { presentText, type Shape, shortText, stringOrStrings, strings, text } from './shape.ts'
import { attributeOf, refuse, type Spot, under } from './spot.ts'
import type { ImagePlan } from './types.ts'

const PULL_POLICIES = ['always', 'never', 'if-not-present']

const pullPolicy: Shape<readonly string[]> = (node, spot) => {
  const policies = stringOrStrings(node, spot)
  if (policies === undefined) return undefined
  if (policies.length === 0) return refuse(spot, node, "can't be blank")
  const unknown = policies.filter((policy) => !PULL_POLICIES.includes(policy))
  if (unknown.length === 0) return policies
  return isString(node)
    ? refuse(spot, node, 'is not included in the list')
    : refuse(spot, node, `contains unknown values: ${unknown.join(', ')}`)
}

/** A user name or id, for which a plain number is good too. */
const user: Shape<string> = (node, spot) =>
  node.kind === 'scalar' && typeof node.value === 'number' ? node.text : shortText(255)(node, spot)

const IMAGE = {
  name: attribute(presentText),
  entrypoint: attribute(strings),
  pull_policy: entry(pullPolicy),
  docker: entry(hashOf({ platform: attribute(shortText(64)), user: attribute(shortText(255)) }, (read) => read)),
  kubernetes: entry(hashOf({ user: attribute(user) }, (read) => read)),
} satisfies Fields

const SERVICE = {
  ...IMAGE,
  alias: attribute(text),
  command: attribute(strings),
  variables: entry(plainVariables),
} satisfies Fields

/** `image`: a name or a hash (reference A4). */
export const image: Shape<ImagePlan> = (node, spot) => {
  if (isString(node)) return named(node.value, node, spot)
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a string')
  const fields = readFields(node, spot, IMAGE)
  return hasName(node, spot) && fields.name !== undefined
    ? { ...BARE, ...shared(fields), name: fields.name }
    : undefined
}

/** `services`: a list of names or hashes. */
export const services: Shape<readonly ImagePlan[]> = (node, spot) => {
  if (node.kind !== 'list') return refuse(spot, node, 'should be an array')
  const inner = under(spot, 'service')
  return flatItems(node).flatMap((item) => service(item, inner) ?? [])
}

const service: Shape<ImagePlan> = (node, spot) => {
  if (isString(node)) return named(node.value, node, spot)
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a string')
  const fields = readFields(node, spot, SERVICE)
  if (!hasName(node, spot) || fields.name === undefined) return undefined
  return {
    ...BARE,
    ...shared(fields),
    name: fields.name,
    alias: fields.alias ?? null,
    command: fields.command ?? null,
    variables: fields.variables ?? [],
  }
}

function named(name: string, node: Parameters<Shape<unknown>>[0], spot: Spot): ImagePlan | undefined {
  return name.trim() === '' ? refuse(attributeOf(spot, 'name'), node, "can't be blank") : { ...BARE, name }
}

function hasName(node: MapNode, spot: Spot): boolean {
  if (!isNull(node.entries.get('name')?.value)) return true
  refuse(attributeOf(spot, 'name'), node, 'should be a string')
  return false
}

function shared(fields: Read<typeof IMAGE>): Pick<ImagePlan, 'entrypoint' | 'pullPolicy' | 'executorOptions'> {
  return {
    entrypoint: fields.entrypoint ?? null,
    pullPolicy: fields.pull_policy ?? [],
    executorOptions: {
      ...(fields.docker === undefined ? {} : { docker: fields.docker }),
      ...(fields.kubernetes === undefined ? {} : { kubernetes: fields.kubernetes }),
    },
  }
}

const BARE: Omit<ImagePlan, 'name'> = {
  alias: null,
  entrypoint: null,
  command: null,
  pullPolicy: [],
  variables: [],
  executorOptions: {},
}
