import { err, ok, type Result } from '../domain/result.ts'
import { isTrue } from './expression.ts'
import type { InputSpec } from './keyword-spec.ts'
import { type CiNode, fromPlain, isNull, sameData, scalarNode } from './node.ts'
import { compileSource, type Matcher } from './regexp.ts'

/** Values of inputs by name. */
export type InputValues = ReadonlyMap<string, CiNode>

/**
 * Checks what was given against what is declared, and answers every input with its value (reference A7), or all messages.
 * An input whose default is invalid is an error even when a value was given for it.
 */
export function resolveInputs(
  specs: readonly InputSpec[],
  given: InputValues,
  regexps: Matcher,
): Result<InputValues, readonly string[]> {
  const declared = new Set(specs.map((spec) => spec.name))
  const unknown = [...given.keys()].filter((name) => !declared.has(name))
  const problems: string[] = unknown.length > 0 ? [`unknown input arguments: ${unknown.join(', ')}`] : []
  const values = new Map<string, CiNode>()
  for (const spec of specs) {
    const resolved = resolveOne(spec, given.get(spec.name), (name) => values.get(name) ?? given.get(name), regexps)
    if (resolved.ok) values.set(spec.name, resolved.value)
    else problems.push(...resolved.error.map((problem) => `\`${spec.name}\` input: ${problem}`))
  }
  return problems.length === 0 ? ok(values) : err(problems)
}

/** The value of another input, for the conditions of rules; inputs declared earlier are already resolved. */
type Seen = (name: string) => CiNode | undefined

function resolveOne(
  spec: InputSpec,
  written: CiNode | undefined,
  seen: Seen,
  regexps: Matcher,
): Result<CiNode, readonly string[]> {
  const rule = spec.rules?.find((item) => item.if === null || isTrue(item.if, scopeOf(seen, regexps)))
  const optional = spec.default !== null || (spec.rules?.some((item) => item.default !== null) ?? false)
  const blank = spec.rules !== null && written?.kind === 'scalar' && written.value === ''
  const given = written === undefined || isNull(written) || blank ? null : written
  if (given === null && !optional) return err(['required value has not been provided'])
  const options = rule?.options ?? spec.options
  const fallback = rule?.default ?? spec.default ?? scalarNode(null, spec.at)
  const value = given === null ? null : coerce(spec, given)
  const problems = [
    ...(isNull(fallback) ? [] : check(spec, coerce(spec, fallback), options, 'default')),
    ...(value === null ? [] : check(spec, value, options, 'provided')),
  ]
  if (problems.length > 0) return err([...new Set(problems)])
  return ok(value ?? coerce(spec, fallback))
}

function scopeOf(seen: Seen, regexps: Matcher): Parameters<typeof isTrue>[1] {
  return {
    variable: () => null,
    input: (name) => {
      const value = seen(name)
      if (value?.kind !== 'scalar' || isNull(value)) return null
      return typeof value.value === 'boolean' ? value.value : value.text
    },
    regexps,
  }
}

/** A string input takes anything as text; the others take text that is JSON. */
function coerce(spec: InputSpec, node: CiNode): CiNode {
  if (spec.type === 'string') return scalarNode(asText(node), node)
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return node
  try {
    return fromPlain(JSON.parse(node.value), node)
  } catch {
    return node
  }
}

function check(
  spec: InputSpec,
  value: CiNode,
  options: readonly CiNode[] | null,
  origin: 'default' | 'provided',
): readonly string[] {
  const problems: string[] = []
  if (!hasType(spec, value)) problems.push(`${origin} value is not ${spec.type === 'array' ? 'an' : 'a'} ${spec.type}`)
  if (options !== null) problems.push(...checkOptions(spec, value, options))
  if (spec.regex !== null) problems.push(...checkRegex(spec.type, asText(value), spec.regex, origin))
  return problems
}

function hasType(spec: InputSpec, value: CiNode): boolean {
  if (spec.type === 'string') return true
  if (spec.type === 'array') return value.kind === 'list'
  // oxlint-disable-next-line valid-typeof -- the type of an input is the word typeof answers
  return value.kind === 'scalar' && typeof value.value === spec.type
}

function checkOptions(spec: InputSpec, value: CiNode, options: readonly CiNode[]): readonly string[] {
  if (spec.type !== 'string' && spec.type !== 'number')
    return ['Options can only be used with string and number inputs']
  const text = asText(value)
  const listed = options.some((option) => (spec.type === 'number' ? sameData(option, value) : asText(option) === text))
  if (listed) return []
  const list = spec.type === 'number' ? 'the list of the allowed options' : 'the list of allowed options'
  return [`\`${text}\` cannot be used because it is not in ${list}`]
}

function checkRegex(type: string, text: string, regex: string, origin: string): readonly string[] {
  if (type !== 'string') return ['RegEx validation can only be used with string inputs']
  const compiled = compileSource(regex)
  if (compiled === null) return ['invalid regular expression']
  return compiled.matcher(text).find() ? [] : [`${origin} value does not match required RegEx pattern`]
}

/** A value inside a text: scalars as a variable has them, lists and maps as JSON with a space after each comma. */
export function asText(node: CiNode): string {
  switch (node.kind) {
    case 'scalar':
      return node.text
    case 'list':
      return `[${node.items.map(quoted).join(', ')}]`
    case 'map':
      return `{${[...node.entries.values()].map(({ key, value }) => `${JSON.stringify(key)}: ${quoted(value)}`).join(', ')}}`
    case 'reference':
      return ''
  }
}

function quoted(node: CiNode): string {
  if (node.kind !== 'scalar') return asText(node)
  if (node.value === null) return 'null'
  return typeof node.value === 'string' ? JSON.stringify(node.value) : node.text
}
