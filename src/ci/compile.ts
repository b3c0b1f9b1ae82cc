import { err, ok, type Result } from '../domain/result.ts'
import { readContent } from './content.ts'
import { variablesInScope } from './environment-scope.ts'
import { resolveExtends } from './extends.ts'
import { expandIncludes, type Including } from './include.ts'
import { ownScope } from './include-fetch.ts'
import { readRoot, withEdges } from './keyword-root.ts'
import { LIMITS } from './limits.ts'
import { writeYaml } from './merged-yaml.ts'
import { type CiNode, fromPlain, isNull, listNode, type MapNode, mapNode, scalarNode } from './node.ts'
import { planPipeline } from './plan.ts'
import { errorAt, errorIn } from './problems.ts'
import { makeQuestions } from './questions.ts'
import { resolveReferences } from './reference.ts'
import { makeMatcher } from './regexp.ts'
import { makePathMemo } from './rules.ts'
import type { Source } from './source.ts'
import { expandedSize } from './tree-size.ts'
import type { CiError, CompileResult, ConfigReader, PipelineContext } from './types.ts'

/**
 * Compiles the text of a `.gitlab-ci.yml` into the plan of one pipeline (reference A1): YAML, inputs, includes, `extends`,
 * `!reference`, validation, checks between jobs, and the decisions of rules under the circumstances of `context`. Wrong input of
 * any kind and size ends in located errors; nothing is thrown but what the reader throws. Only its answers are waited for.
 */
export async function compilePipeline(
  text: string,
  context: PipelineContext,
  reader: ConfigReader,
): Promise<CompileResult> {
  const state = startIncluding(context, reader)
  const loaded = await loadConfiguration(text, state)
  if (!loaded.ok) return { kind: 'errors', errors: [loaded.error], warnings: [], mergedYaml: null }
  const root = loaded.value
  const { config, errors, warnings } = readRoot(root)
  const outcome = errors.length > 0 ? { kind: 'errors' as const, errors } : await planPipeline(config, state)
  if (outcome.kind !== 'errors') return withMergedYaml({ ...outcome, warnings }, root)
  return withMergedYaml({ ...outcome, errors: outcome.errors.slice(0, LIMITS.errors), warnings }, root)
}

function startIncluding(context: PipelineContext, reader: ConfigReader): Including {
  return {
    context,
    reader,
    regexps: makeMatcher(),
    questions: makeQuestions(reader, () => reader.listLocal()),
    memo: makePathMemo(),
    variables: [...context.predefined, ...variablesInScope(context.stored, null), ...context.pipelineVariables],
    count: 0,
    length: 0,
    references: false,
    budget: { left: LIMITS.expandedNodes },
    parsing: { left: LIMITS.completeParse },
    local: new Set(),
  }
}

/** From text to one tree without includes, `extends` and references. */
async function loadConfiguration(text: string, state: Including): Promise<Result<MapNode, CiError>> {
  const { context } = state
  const source: Source = { name: context.configPath, text }
  const start = { source, start: 0 }
  if (text.trim() === '') return err(errorIn(source.name, 'Please provide content of .gitlab-ci.yml'))
  if (Object.keys(context.inputs).length > LIMITS.pipelineInputs) {
    return err(errorIn(source.name, `There cannot be more than ${LIMITS.pipelineInputs} inputs`))
  }
  const scope = ownScope(context, state.reader)
  const content = await readContent(state, source, fromPlain(context.inputs, start), scope, start)
  if (!content.ok) return content
  const root = content.value ?? mapNode(new Map(), start)
  const included = await expandIncludes(state, root, scope, readContent)
  if (!included.ok) return included
  const extended = resolveExtends(included.value)
  if (!extended.ok) return extended
  const referenced = state.references ? resolveReferences(extended.value) : ok(extended.value)
  if (!referenced.ok) return referenced
  if (expandedSize(referenced.value).tooBig) return err(errorAt(start, 'The parsed YAML is too big'))
  return ok(injectEdges(referenced.value))
}

/** Writes `.pre` and `.post` into a list of stages, which is how GitLab shows the merged configuration. */
function injectEdges(root: MapNode): MapNode {
  const entry = root.entries.get('stages')
  const stages = entry?.value
  if (entry === undefined || stages?.kind !== 'list' || stages.items.length === 0) return root
  const names = stages.items.map((item) => (item.kind === 'scalar' && !isNull(item) ? item.text : null))
  if (names.includes(null)) return root
  const written = new Map(stages.items.map((item) => [item.kind === 'scalar' ? item.text : '', item]))
  const items: readonly CiNode[] = withEdges(names.map(String)).map(
    (name) => written.get(name) ?? scalarNode(name, stages),
  )
  return mapNode(new Map([...root.entries, ['stages', { ...entry, value: listNode(items, stages) }]]), root)
}

type WithoutYaml<T> = T extends unknown ? Omit<T, 'mergedYaml'> : never

/** The merged text is only written when somebody asks for it: a pipeline never does. */
function withMergedYaml(
  result: WithoutYaml<CompileResult> & { warnings: readonly string[] },
  root: MapNode,
): CompileResult {
  let written: string | null = null
  const lazy = {
    get mergedYaml(): string {
      written ??= writeYaml(root)
      return written
    },
  }
  return Object.defineProperties({ ...result, mergedYaml: '' }, Object.getOwnPropertyDescriptors(lazy))
}
