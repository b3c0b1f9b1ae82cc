import type { PipelinePlan, Variable } from '../domain/plan.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { makeScope, type SharedVariables } from './job-scope.ts'
import type { AutoCancelConfig } from './keyword-auto-cancel.ts'
import type { RootConfig } from './keyword-root.ts'
import type { RuleConfig } from './keyword-rules.ts'
import type { Questions } from './questions.ts'
import type { Matcher } from './regexp.ts'
import { firstMatchingRule, type PathMemo } from './rules.ts'
import { expandPlain, makeLayer } from './variable-expansion.ts'

/** What `workflow` decides for the whole pipeline (reference A10). */
export interface WorkflowDecision {
  /** False: no pipeline is made. */
  readonly run: boolean
  /** Of the winning rule; they lie between top-level and job variables. */
  readonly variables: readonly Variable[]
  readonly name: string | null
  readonly autoCancel: PipelinePlan['autoCancel']
}

interface Deciding {
  readonly shared: SharedVariables
  readonly regexps: Matcher
  readonly questions: Questions
  readonly memo: PathMemo
}

/** Evaluates `workflow`, with the variables that do not belong to a job; or GitLab's wording of what is wrong with a rule. */
export async function decideWorkflow(root: RootConfig, deciding: Deciding): Promise<Result<WorkflowDecision, string>> {
  const rule = await winningRule(root, deciding)
  if (!rule.ok) return rule
  if (rule.value === 'none' || rule.value?.when === 'never') {
    return ok({ run: false, variables: [], name: null, autoCancel: makeAutoCancel(null, null) })
  }
  const variables = rule.value?.variables ?? []
  const { name, autoCancel } = root.workflow
  const scope = globalScope([...root.variables, ...variables], deciding)
  const expanded = name === null ? '' : expandPlain(name.trim(), scope.expanded).trim()
  return ok({
    run: true,
    variables,
    name: expanded === '' ? null : expanded,
    autoCancel: makeAutoCancel(autoCancel, rule.value?.autoCancel ?? null),
  })
}

async function winningRule(root: RootConfig, deciding: Deciding): Promise<Result<RuleConfig | 'none' | null, string>> {
  const { rules } = root.workflow
  if (rules === null) return ok(null)
  const { regexps, questions, memo } = deciding
  const { raw, expanded } = globalScope(root.variables, deciding)
  const scope = { variable: raw, expanded, regexps, questions, memo }
  let outcome = firstMatchingRule(rules, scope)
  while (outcome.kind === 'unknown') {
    await questions.answer()
    outcome = firstMatchingRule(rules, scope)
  }
  if (outcome.kind === 'problem') return err(outcome.message)
  return ok(outcome.kind === 'rule' ? outcome.rule : 'none')
}

function globalScope(yaml: readonly Variable[], { shared }: Deciding): ReturnType<typeof makeScope> {
  return makeScope([shared.predefined, makeLayer(yaml), shared.above(null)])
}

function makeAutoCancel(general: AutoCancelConfig | null, ofRule: AutoCancelConfig | null): PipelinePlan['autoCancel'] {
  return {
    onNewCommit: ofRule?.onNewCommit ?? general?.onNewCommit ?? 'conservative',
    onJobFailure: ofRule?.onJobFailure ?? general?.onJobFailure ?? 'none',
  }
}
