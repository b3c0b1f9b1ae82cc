import { err, ok, type Result } from '../domain/result.ts'
import { readFields } from './fields.ts'
import type { ContentReader, Including } from './include.ts'
import { type FileScope, fetchFile, locationProblem } from './include-fetch.ts'
import { expandEntry, normalizeIncludes, readLocations } from './include-location.ts'
import { type InputValues, resolveInputs } from './inputs.ts'
import { interpolate } from './interpolation.ts'
import { fileInputs, header, type InputSpec, type SpecConfig } from './keyword-spec.ts'
import { type CiNode, isNull, type MapNode } from './node.ts'
import { parseYaml } from './parse.ts'
import { errorAt } from './problems.ts'
import type { Position, Source } from './source.ts'
import { namedSpot } from './spot.ts'
import type { CiError } from './types.ts'

/**
 * Reads one file (reference A1, A7): YAML, then, when the first document is a header with `spec`, the second with the inputs
 * filled in. Null for a file in which nothing is written.
 */
export const readContent: ContentReader = async (state, source, inputs, scope, at) => {
  state.references ||= source.text.includes('!reference')
  const parsed = parseYaml(source, state.parsing)
  if (!parsed.ok) return parsed
  const documents = parsed.value.filter((document) => !isNull(document))
  const [first, second] = documents
  if (first === undefined) return ok(null)
  if (first.kind !== 'map') return err(errorAt(first, 'Invalid configuration format'))
  if (inputs !== null && !isNull(inputs) && inputs.kind !== 'map')
    return err(errorAt(inputs, 'Given inputs must be a hash'))
  const given: InputValues = new Map(
    inputs?.kind === 'map' ? [...inputs.entries.values()].map(({ key, value }) => [key, value]) : [],
  )
  if (second === undefined || !first.entries.has('spec')) {
    const problem = 'Given inputs not defined in the `spec` section of the included configuration file'
    return given.size === 0 ? ok(first) : err(errorAt(inputs ?? at, problem))
  }
  const filled = await fillIn(state, first, second, given, scope, inputs ?? at)
  if (!filled.ok) return filled
  return filled.value.kind === 'map' ? ok(filled.value) : err(errorAt(filled.value, 'Invalid configuration format'))
}

async function fillIn(
  state: Including,
  head: MapNode,
  content: CiNode,
  given: InputValues,
  scope: FileScope,
  at: Position,
): Promise<Result<CiNode, CiError>> {
  const errors: CiError[] = []
  const spec = header(head, namedSpot('header', errors))
  const [first] = errors
  if (first !== undefined) return err(first)
  if (spec === undefined) return err(errorAt(head, 'Invalid configuration format'))
  const specs = await allInputs(state, spec, scope)
  if (!specs.ok) return specs
  const inputs = resolveInputs(specs.value, given, state.regexps)
  if (!inputs.ok) return err(errorAt(at, inputs.error.slice(0, 3).join(', ')))
  const component = new Map([...scope.component].filter(([key]) => spec.component.includes(key)))
  return interpolate(content, { inputs: inputs.value, component, variables: state.variables })
}

/** The inputs of the header and of the files it includes; a name may come once. */
async function allInputs(
  state: Including,
  spec: SpecConfig,
  scope: FileScope,
): Promise<Result<readonly InputSpec[], CiError>> {
  if (spec.include === null) return ok(spec.inputs)
  const external = await includedInputs(state, spec.include, scope)
  if (!external.ok) return external
  const all = [...external.value, ...spec.inputs]
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { name } of all) (seen.has(name) ? twice : seen).add(name)
  if (twice.size === 0) return ok(all)
  const advice = 'Input keys must be unique across all included files and inline specifications.'
  return err(errorAt(spec.include, `Duplicate input keys found: ${[...twice].join(', ')}. ${advice}`))
}

async function includedInputs(
  state: Including,
  value: CiNode,
  scope: FileScope,
): Promise<Result<readonly InputSpec[], CiError>> {
  const lookup = (name: string): string | null =>
    state.variables.findLast((variable) => variable.key === name)?.value ?? null
  const entries = normalizeIncludes(value, lookup)
  if (!entries.ok) return err(errorAt(entries.error.node, entries.error.message))
  const inputs: InputSpec[] = []
  for (const entry of entries.value) {
    const locations = readLocations(expandEntry(entry, lookup))
    if (!locations.ok) return err(errorAt(entry, locations.error))
    for (const location of locations.value) {
      const problem = locationProblem(location)
      const file = problem === null ? await fetchFile(location, scope, state.context, state.reader) : err(problem)
      if (!file.ok) return err(errorAt(entry, file.error))
      const read = readInputsFile(state, { name: file.value.file, text: file.value.text })
      if (!read.ok) return read
      inputs.push(...read.value)
    }
  }
  return ok(inputs)
}

/** A file of a header's `include`: `inputs` and nothing else. */
function readInputsFile(state: Including, source: Source): Result<readonly InputSpec[], CiError> {
  const parsed = parseYaml(source, state.parsing)
  if (!parsed.ok) return parsed
  const [document] = parsed.value
  if (document?.kind !== 'map') return err(errorAt(document ?? { source, start: 0 }, 'Invalid configuration format'))
  const unknown = [...document.entries.keys()].filter((key) => key !== 'inputs')
  if (unknown.length > 0) {
    const keys = unknown.map((key) => `:${key}`).join(', ')
    return err(errorAt(document, `Header include file \`${source.name}\` contains unknown keys: [${keys}]`))
  }
  const errors: CiError[] = []
  const read = readFields(document, namedSpot('header:spec', errors), { inputs: { shape: fileInputs, as: 'entry' } })
  const [first] = errors
  return first === undefined ? ok(read.inputs ?? []) : err(first)
}
