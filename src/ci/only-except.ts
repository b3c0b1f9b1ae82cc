import { isTrue } from './expression.ts'
import { DEFAULT_ONLY_REFS, type PolicyConfig } from './keyword-only-except.ts'
import { compilePattern } from './regexp.ts'
import { changesHold, type RuleScope, type Verdict } from './rules.ts'
import type { PipelineContext } from './types.ts'

/**
 * Whether `only` and `except` let a job into the pipeline (reference A9): every key of `only` must hold and no key of `except`.
 * An `only` without refs means branches and tags.
 */
export function policiesHold(
  only: PolicyConfig | null,
  except: PolicyConfig | null,
  context: PipelineContext,
  scope: RuleScope,
): Verdict {
  const wanted = only === null ? [] : keysOf({ ...only, refs: only.refs ?? DEFAULT_ONLY_REFS }, context, scope)
  for (const key of wanted) {
    const verdict = key()
    if (verdict !== true) return verdict
  }
  for (const key of except === null ? [] : keysOf(except, context, scope)) {
    const verdict = key()
    if (verdict === true) return false
    if (verdict !== false) return verdict
  }
  return true
}

/** The keys of a policy that were written, each as a question. */
function keysOf(policy: PolicyConfig, context: PipelineContext, scope: RuleScope): readonly (() => Verdict)[] {
  const { refs, variables, changes } = policy
  return [
    ...(refs === null ? [] : [() => refs.some((ref) => refMatches(ref, context))]),
    ...(policy.kubernetes ? [() => scope.variable('CI_KUBERNETES_ACTIVE') === 'true'] : []),
    ...(variables === null ? [] : [() => variables.some((expression) => isTrue(expression, scope))]),
    ...(changes === null ? [] : [() => changesHold({ paths: changes, compareTo: null }, scope)]),
  ]
}

function refMatches(written: string, context: PipelineContext): boolean {
  const at = written.indexOf('@')
  const ref = at === -1 ? written : written.slice(0, at)
  if (at !== -1 && written.slice(at + 1) !== context.projectPath) return false
  if (ref === 'tags') return context.refType === 'tag' && isRefPipeline(context)
  if (ref === 'branches') return context.refType === 'branch' && isRefPipeline(context)
  const source = context.source.replace(/_event$/, '')
  if (ref === source || ref === plural(source)) return true
  if (!isRefPipeline(context)) return false
  const regexp = compilePattern(ref)
  return regexp === null ? ref === context.ref : regexp.matcher(context.ref).find()
}

/** A merge-request pipeline belongs to neither a branch nor a tag. */
function isRefPipeline(context: PipelineContext): boolean {
  return context.source !== 'merge_request_event'
}

function plural(source: string): string {
  return source.endsWith('sh') ? `${source}es` : `${source}s`
}
