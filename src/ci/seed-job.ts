import { tiers } from '../domain/environment.ts'
import type { EnvironmentPlan, JobPlan, NeedPlan, Variable } from '../domain/plan.ts'
import { circularReferences, referringVariables } from './circular-variables.ts'
import { groupName } from './expand-jobs.ts'
import { makeScope, type SharedVariables, type VariableScope } from './job-scope.ts'
import type { EnvironmentConfig } from './keyword-environment.ts'
import { winners, yamlVariable } from './keyword-variables.ts'
import { LIMITS } from './limits.ts'
import { policiesHold } from './only-except.ts'
import { jobNameVariables } from './predefined.ts'
import type { Questions } from './questions.ts'
import type { Matcher } from './regexp.ts'
import type { ResolvedJob, ResolvedNeeds } from './resolve-needs.ts'
import { firstMatchingRule, type PathMemo, type RuleOutcome, type RuleScope } from './rules.ts'
import type { PipelineContext } from './types.ts'
import {
  expandExisting,
  expandPlain,
  type Lookup,
  makeLayer,
  mayRefer,
  type VariableLayer,
} from './variable-expansion.ts'

/** What all jobs of one pipeline share while they are seeded. */
export interface Seeding {
  readonly context: PipelineContext
  readonly shared: SharedVariables
  /** Top-level variables and those of the winning workflow rule. */
  readonly root: VariableLayer
  readonly hasWorkflowRules: boolean
  readonly regexps: Matcher
  readonly questions: Questions
  readonly memo: PathMemo
}

export type Seeded =
  | { readonly kind: 'job'; readonly plan: JobPlan }
  | { readonly kind: 'left_out' }
  /** A rule asked what is not known yet: try again after the questions are answered. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'problem'; readonly message: string }

/** Decides whether a job is part of the pipeline, and works out its plan (reference A8, A9, A21). */
export function seedJob(seeding: Seeding, job: ResolvedJob): Seeded {
  const before = scopeOf(seeding, job, [], environmentName(seeding, job, []))
  const decided = decide(seeding, job, before)
  if (decided.kind !== 'rule' && decided.kind !== 'default') return decided
  const rule = decided.kind === 'rule' ? decided.rule : null
  const when = rule?.when ?? job.config.when
  if (when === 'never') return { kind: 'left_out' }
  const extra = rule?.variables ?? []
  const name = extra.length === 0 ? before.environment : environmentName(seeding, job, extra)
  const scope = extra.length === 0 ? before : scopeOf(seeding, job, extra, name)
  const fromRule = rule === null ? undefined : job.rulesNeeds.get(job.config.rules?.indexOf(rule) ?? -1)
  const needs = fromRule !== undefined && fromRule.total > 0 ? fromRule : job.needs
  const problem = tooManyNeeds(job, needs) ?? circular(job, scope)
  if (problem !== null) return { kind: 'problem', message: problem }
  const { config } = job
  return {
    kind: 'job',
    plan: {
      name: job.name,
      groupName: groupName(job.name),
      stage: config.stage,
      stageIndex: 0,
      when,
      startIn: when === 'delayed' ? (rule?.startIn ?? config.startIn) : null,
      manualConfirmation: config.manualConfirmation,
      allowFailure: rule?.allowFailure ?? config.allowFailure,
      allowFailureExitCodes: (rule?.allowFailure ?? null) === null ? config.allowFailureExitCodes : [],
      script: config.beforeScript.length === 0 ? config.script : [...config.beforeScript, ...config.script],
      afterScript: config.afterScript,
      variables: winners(scope.yaml),
      environment: config.environment === null ? null : environmentPlan(config.environment, name ?? '', scope.expanded),
      needs: needs?.list ?? null,
      dependencies: job.dependencies,
      tags: config.tags.map((tag) => expandExisting(tag, scope.raw)),
      image: config.image,
      services: config.services,
      artifacts: config.artifacts?.entries ?? [],
      artifactsAccess: config.artifacts?.access ?? 'all',
      artifactsExposeAs: config.artifacts?.exposeAs ?? null,
      cache: config.cache,
      retry: config.retry,
      timeout: config.timeout,
      interruptible: rule?.interruptible ?? config.interruptible,
      resourceGroup: config.resourceGroup === null ? null : expandPlain(config.resourceGroup, scope.expanded),
      coverage: config.coverage,
      node: job.node,
      preGetSourcesScript: config.preGetSourcesScript,
      idTokens: config.idTokens,
      secrets: config.secrets,
      trigger: config.trigger,
      release: config.release,
      ...(config.inputs.length === 0 ? {} : { inputs: config.inputs }),
    },
  }
}

interface JobScope extends VariableScope {
  /** Top-level, job, matrix and rules variables, lowest precedence first. */
  readonly yaml: readonly Variable[]
  readonly environment: string | null
}

function scopeOf(seeding: Seeding, job: ResolvedJob, extra: readonly Variable[], environment: string | null): JobScope {
  const { config } = job
  const root = inheritedLayer(seeding.root, config.inheritVariables)
  const own = makeLayer([...config.variables, ...job.matrix, ...extra])
  const scope = makeScope([
    makeLayer(predefined(job, environment)),
    seeding.shared.predefined,
    root,
    own,
    seeding.shared.above(environment),
  ])
  return { ...scope, yaml: [...root.list, ...own.list], environment }
}

function inheritedLayer(root: VariableLayer, inherit: boolean | readonly string[]): VariableLayer {
  if (inherit === true) return root
  if (inherit === false) return makeLayer([])
  const places = new Set(inherit.flatMap((name) => root.last.get(name) ?? []))
  return makeLayer([...places].toSorted((a, b) => a - b).flatMap((place) => root.list[place] ?? []))
}

/** What a job's rules know of the job itself and of its environment (reference B4, phase R). */
function predefined(job: ResolvedJob, environment: string | null): readonly Variable[] {
  const { config, name, node } = job
  const manual = config.when === 'manual' || config.when === 'delayed'
  const variables = jobNameVariables({ name, groupName: groupName(name), stage: config.stage, manual, node })
  if (environment === null || config.environment === null) return variables
  const { action, deploymentTier, url } = config.environment
  return [
    ...variables,
    yamlVariable('CI_ENVIRONMENT_NAME', environment, true),
    yamlVariable('CI_ENVIRONMENT_ACTION', action, true),
    ...(deploymentTier === null ? [] : [yamlVariable('CI_ENVIRONMENT_TIER', deploymentTier, false)]),
    ...(url === null ? [] : [yamlVariable('CI_ENVIRONMENT_URL', url, false)]),
  ]
}

/**
 * The expanded name of a job's environment. The job's own variables are known to it, those of the environment are not, and of
 * the stored ones only those of every environment (reference B5).
 */
function environmentName(seeding: Seeding, job: ResolvedJob, extra: readonly Variable[]): string | null {
  const template = job.config.environment?.name ?? null
  if (template === null || !mayRefer(template)) return template
  return expandPlain(template, scopeOf(seeding, job, extra, null).expanded)
}

type Decision = Extract<RuleOutcome, { kind: 'rule' }> | { readonly kind: 'default' } | Exclude<Seeded, { kind: 'job' }>

function decide(seeding: Seeding, job: ResolvedJob, scope: JobScope): Decision {
  const { config } = job
  const { regexps, questions, memo, context } = seeding
  const against: RuleScope = { variable: scope.raw, expanded: scope.expanded, regexps, questions, memo }
  const failed = (message: string): Decision => ({
    kind: 'problem',
    message: `Failed to parse rule for ${job.name}: ${message}`,
  })
  if (config.rules !== null) {
    const outcome = firstMatchingRule(config.rules, against)
    if (outcome.kind === 'problem') return failed(outcome.message)
    return outcome.kind === 'none' ? { kind: 'left_out' } : outcome
  }
  const only = config.only ?? (seeding.hasWorkflowRules ? null : DEFAULT_ONLY)
  const verdict = policiesHold(only, config.except, context, against)
  if (verdict === true) return { kind: 'default' }
  if (verdict === false) return { kind: 'left_out' }
  return verdict === 'unknown' ? { kind: 'unknown' } : failed(verdict.message)
}

/** Branches and tags, unless there are workflow rules, which then decide. */
const DEFAULT_ONLY = { refs: null, kubernetes: false, variables: null, changes: null }

function tooManyNeeds(job: ResolvedJob, needs: ResolvedNeeds | null): string | null {
  if (needs === null || needs.total <= LIMITS.needs) return null
  return (
    `${job.name}: one job can only need ${LIMITS.needs} others, but you have listed ${needs.total}. ` +
    'See needs keyword documentation for more details'
  )
}

function circular(job: ResolvedJob, scope: JobScope): string | null {
  const problem = circularReferences(scope.layers.flatMap((layer) => referringOf(layer)))
  return problem === null ? null : `${job.name}: ${problem}`
}

const referring = new WeakMap<VariableLayer, readonly Variable[]>()

function referringOf(layer: VariableLayer): readonly Variable[] {
  let variables = referring.get(layer)
  if (variables === undefined) {
    variables = referringVariables(layer.list)
    referring.set(layer, variables)
  }
  return variables
}

function environmentPlan(config: EnvironmentConfig, name: string, lookup: Lookup): EnvironmentPlan {
  const tier = config.deploymentTier === null ? null : expandPlain(config.deploymentTier, lookup)
  return {
    name,
    nameTemplate: config.name,
    url: config.url,
    action: config.action,
    onStop: config.onStop,
    autoStopIn: config.autoStopIn === null ? null : expandPlain(config.autoStopIn, lookup),
    tier: tiers.find((candidate) => candidate === tier) ?? null,
    kubernetesNamespace: config.kubernetesNamespace === null ? null : expandPlain(config.kubernetesNamespace, lookup),
  }
}

/** Needs of jobs that are not part of the pipeline: an error, or nothing when they are optional (reference A11). */
export function presentNeeds(
  plan: JobPlan,
  present: ReadonlySet<string>,
): { readonly needs: readonly NeedPlan[] | null; readonly problems: readonly string[] } {
  if (plan.needs === null || plan.needs.every((need) => present.has(need.job)))
    return { needs: plan.needs, problems: [] }
  const missing = plan.needs.filter((need) => !need.optional && !present.has(need.job))
  return {
    needs: plan.needs.filter((need) => present.has(need.job)),
    problems: missing.map(
      ({ job }) =>
        `'${plan.name}' job needs '${job}' job, but '${job}' does not exist in the pipeline. This might be because of the ` +
        'only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.',
    ),
  }
}
