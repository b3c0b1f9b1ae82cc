import { attribute, entry, type Field, type Fields, has, hashOf, readFields } from './fields.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isString, toPlain } from './node.ts'
import { anything, boolean, oneOf, presentText, type Shape, text } from './shape.ts'
import { attributeOf, refuse, refuseForm, under } from './spot.ts'
import type { TriggerPlan } from './types.ts'

const strategy = oneOf(['depend', 'mirror'], 'should be depend or mirror')

const FORWARD = { yaml_variables: attribute(boolean), pipeline_variables: attribute(boolean) } satisfies Fields

const inputs: Shape<Readonly<Record<string, unknown>>> = (node, spot) =>
  node.kind === 'map'
    ? Object.fromEntries([...node.entries.values()].map(({ key, value }) => [key, toPlain(value)]))
    : refuse(spot, node, 'should be a hash')

const OTHER_PROJECT = {
  project: attribute(presentText),
  branch: attribute(text),
  strategy: attribute(strategy),
  forward: entry(hashOf(FORWARD, (read) => read)),
  inputs: attribute(inputs),
} satisfies Fields

/** The keys of one entry of `include` (reference A6), as `trigger:include` checks them. */
const INCLUDE: Readonly<Record<string, Field<unknown>>> = Object.fromEntries(
  'local file remote project ref integrity cache template artifact inputs job rules component'
    .split(' ')
    .map((key) => [key, attribute(anything)]),
)

type IncludeEntry = Readonly<Record<string, unknown>>

const includeEntry: Shape<IncludeEntry> = (node, spot) => {
  if (isString(node)) return { [/^https?:\/\//i.test(node.value) ? 'remote' : 'local']: node.value }
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash or a string')
  const read = readFields(node, spot, INCLUDE)
  if (read.project !== undefined && read.file === undefined) {
    return refuse(spot, node, 'must specify the file where to fetch the config from')
  }
  if (read.artifact !== undefined && read.job === undefined) {
    return refuse(spot, node, 'must specify the job where to fetch the artifact from')
  }
  return read
}

const include: Shape<readonly IncludeEntry[]> = (node, spot) => {
  if (node.kind !== 'list' && node.kind !== 'map' && !isString(node)) {
    return refuse(spot, node, 'should be an array or a string')
  }
  const items: readonly CiNode[] = node.kind === 'list' ? node.items : [node]
  if (items.length > LIMITS.triggerIncludes) {
    return refuse(spot, node, `is too long (maximum is ${LIMITS.triggerIncludes})`)
  }
  const inner = under(spot, 'include')
  return items.flatMap((item): readonly IncludeEntry[] => {
    const read = includeEntry(item, inner)
    return read === undefined ? [] : [read]
  })
}

const CHILD = {
  include: entry(include),
  strategy: attribute(strategy),
  forward: entry(hashOf(FORWARD, (read) => read)),
} satisfies Fields

/** `trigger`: another project, or a child pipeline with `include` (reference A17). */
export const trigger: Shape<TriggerPlan> = (node, spot) => {
  if (isString(node)) {
    return node.value.trim() === '' ? refuse(spot, node, "can't be blank") : { ...BARE, project: node.value }
  }
  if (node.kind !== 'map') return refuseForm(spot, node, 'has to be either a string or a hash')
  if (node.entries.size === 0) return refuse(spot, node, "can't be blank")
  if (node.entries.has('include')) {
    const read = readFields(node, spot, CHILD)
    return { ...BARE, include: read.include ?? [], strategy: read.strategy ?? null, ...forwarding(read.forward) }
  }
  const read = readFields(node, spot, OTHER_PROJECT)
  if (!has(node, 'project')) refuse(attributeOf(spot, 'project'), node, 'should be a string')
  return {
    ...BARE,
    project: read.project ?? null,
    branch: read.branch ?? null,
    strategy: read.strategy ?? null,
    inputs: read.inputs ?? {},
    ...forwarding(read.forward),
  }
}

function forwarding(
  forward: { readonly yaml_variables?: boolean; readonly pipeline_variables?: boolean } | undefined,
): Pick<TriggerPlan, 'forwardYamlVariables' | 'forwardPipelineVariables'> {
  return {
    forwardYamlVariables: forward?.yaml_variables ?? true,
    forwardPipelineVariables: forward?.pipeline_variables ?? false,
  }
}

const BARE: TriggerPlan = {
  project: null,
  branch: null,
  include: [],
  strategy: null,
  forwardYamlVariables: true,
  forwardPipelineVariables: false,
  inputs: {},
}
