import { err, ok, type Result } from '../domain/result.ts'
import { deepMerge, type MergeBudget } from './deep-merge.ts'
import { type FetchedFile, type FileScope, fetchFile, locationProblem } from './include-fetch.ts'
import { expandEntry, type IncludeLocation, nameOf, normalizeIncludes, readLocations } from './include-location.ts'
import { includeAllowed } from './include-rules.ts'
import { wildcardTest } from './include-wildcard.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, emptyMap, type MapNode, without } from './node.ts'
import type { ParseBudget } from './parse.ts'
import { errorAt } from './problems.ts'
import type { Questions } from './questions.ts'
import type { Matcher } from './regexp.ts'
import type { PathMemo } from './rules.ts'
import type { Position, Source } from './source.ts'
import type { CiError, ConfigReader, PipelineContext, Variable } from './types.ts'
import { DEFAULT_EXPANSION, type Lookup, makeCollection, makeLayer, rawLookup } from './variable-expansion.ts'

/** What all files of one configuration share while they are read. */
export interface Including {
  readonly context: PipelineContext
  readonly reader: ConfigReader
  readonly regexps: Matcher
  readonly questions: Questions
  readonly memo: PathMemo
  /** Variables that includes may use: no job and no variables of the configuration (reference A6). */
  readonly variables: readonly Variable[]
  /** Files so far, each as often as it was included. */
  count: number
  /** Characters so far. */
  length: number
  readonly budget: MergeBudget
  readonly parsing: ParseBudget
  /** Whether a file has a `!reference`. */
  references: boolean
  /** Local files so far, which a wildcard does not include again. */
  readonly local: Set<string>
}

/** Turns the text of a file into its content: parsed, with inputs applied. */
export type ContentReader = (
  state: Including,
  source: Source,
  inputs: CiNode | null,
  scope: FileScope,
  at: Position,
) => Promise<Result<MapNode | null, CiError>>

/**
 * Replaces `include` by the contents it names (reference A6): in the order listed, each laid over the ones before, and the
 * including file over all. Included files are expanded the same way. Cycles end at the limit of 150 files.
 */
export async function expandIncludes(
  state: Including,
  content: MapNode,
  scope: FileScope,
  readContent: ContentReader,
): Promise<Result<MapNode, CiError>> {
  const value = content.entries.get('include')?.value
  if (value === undefined) return ok(content)
  const found = await findLocations(state, value, scope)
  if (!found.ok) return found
  let merged = emptyMap(content.source)
  for (let at = 0; at < found.value.length; at += LIMITS.parallelFetches) {
    const batch = found.value.slice(at, at + LIMITS.parallelFetches)
    const fetched = await Promise.all(batch.map((location) => fetchFile(location, scope, state.context, state.reader)))
    for (const [index, location] of batch.entries()) {
      const file = fetched[index]
      if (file === undefined) continue
      const expanded = file.ok
        ? await expandFile(state, location, file.value, readContent)
        : fail(state, location, file.error)
      if (!expanded.ok) return expanded
      merged = deepMerge(merged, expanded.value, state.budget)
    }
  }
  const whole = deepMerge(merged, content, state.budget)
  if (state.budget.left < 0) return err(errorAt(content, 'The parsed YAML is too big'))
  return ok(without(whole, ['include']))
}

async function findLocations(
  state: Including,
  value: CiNode,
  scope: FileScope,
): Promise<Result<readonly IncludeLocation[], CiError>> {
  const lookup = scope.expandsVariables ? rawLookup([makeLayer(state.variables)]) : () => null
  const entries = normalizeIncludes(value, lookup)
  if (!entries.ok) return err(errorAt(entries.error.node, entries.error.message))
  const locations: IncludeLocation[] = []
  for (const entry of entries.value) {
    const allowed = await includeAllowed(state, entry, lookup, expandedLookup(state))
    if (!allowed.ok) return allowed
    if (!allowed.value) continue
    const read = readLocations(expandEntry(entry, lookup))
    if (!read.ok) return err(errorAt(entry, mask(state, read.error)))
    for (const location of read.value) locations.push(...(await matchWildcard(state, location, scope)))
  }
  for (const location of locations) {
    state.count += 1
    if (state.count > LIMITS.includes)
      return fail(state, location, `Maximum of ${LIMITS.includes} nested includes are allowed!`)
    if (location.kind === 'local') state.local.add(localKey(scope, location.path))
    const problem = locationProblem(location)
    if (problem !== null) return fail(state, location, problem)
  }
  return ok(locations)
}

async function matchWildcard(
  state: Including,
  location: IncludeLocation,
  scope: FileScope,
): Promise<readonly IncludeLocation[]> {
  if (location.kind !== 'local' || !location.path.includes('*') || scope.project === null) return [location]
  const test = wildcardTest(location.path)
  const paths = await scope.project.list()
  return paths
    .filter((path) => test(path) && !state.local.has(localKey(scope, path)))
    .map((path) => ({ ...location, path }))
}

async function expandFile(
  state: Including,
  location: IncludeLocation,
  file: FetchedFile,
  readContent: ContentReader,
): Promise<Result<MapNode, CiError>> {
  state.length += file.text.length
  if (state.length > LIMITS.totalLength) {
    return fail(state, location, 'Total size of combined CI/CD configuration is too big')
  }
  const source: Source = { name: mask(state, file.file), text: file.text }
  const content = await readContent(state, source, location.inputs, file.scope, location.at)
  const name = mask(state, nameOf(location))
  if (!content.ok) return err({ ...content.error, message: `\`${name}\`: ${mask(state, content.error.message)}` })
  if (content.value === null || content.value.entries.size === 0) {
    return fail(state, location, `Included file \`${name}\` does not have valid YAML syntax!`)
  }
  return expandIncludes(state, content.value, file.scope, readContent)
}

function fail(
  state: Including,
  location: IncludeLocation,
  message: string,
): { readonly ok: false; readonly error: CiError } {
  return err(errorAt(location.at, mask(state, message)))
}

/** Values of masked variables must not come back in a message. */
function mask(state: Including, text: string): string {
  return state.variables.reduce(
    (masked, variable) =>
      variable.masked && variable.value.length > 0 ? masked.replaceAll(variable.value, '[MASKED]') : masked,
    text,
  )
}

function localKey(scope: FileScope, path: string): string {
  return `${scope.project?.id ?? ''}:${path}`
}

function expandedLookup(state: Including): Lookup {
  return makeCollection(state.variables, DEFAULT_EXPANSION).value
}
