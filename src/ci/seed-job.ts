import { variablesInScope } from './environment-scope.ts'
import type { JobInstance } from './expand-jobs.ts'
import { isTrue } from './expression.ts'
import type { RootConfig } from './keyword-root.ts'
import type { RuleConfig } from './keyword-rules.ts'
import { winners, yamlVariable } from './keyword-variables.ts'
import type { Matcher } from './regexp.ts'
import type { EnvironmentPlan, JobPlan, PipelineContext, Variable } from './types.ts'
import { DEFAULT_EXPANSION, expandExisting, expandPlain, makeCollection, mayRefer } from './variable-expansion.ts'

/** What all jobs of one pipeline share while they are seeded. */
export interface Seeding {
  readonly context: PipelineContext
  readonly root: RootConfig
  readonly regexps: Matcher
}

/** Decides whether a job is part of the pipeline and works out its plan; null when its rules leave it out. */
export function seedJob(seeding: Seeding, instance: JobInstance, stageIndex: number): JobPlan | null {
  const { config } = instance
  const yaml = [...inheritedVariables(seeding.root, config.inheritVariables), ...config.variables, ...instance.matrix]
  const predefined = [...seeding.context.predefined, ...jobVariables(instance)]
  const simple = (extra: readonly Variable[], environment: string | null): readonly Variable[] => [
    ...predefined,
    ...yaml,
    ...extra,
    ...variablesInScope(seeding.context.stored, environment),
    ...seeding.context.pipelineVariables,
  ]
  const expandName = (extra: readonly Variable[]): string | null => {
    if (config.environment === null) return null
    const { name } = config.environment
    return mayRefer(name) ? expandPlain(name, makeCollection(simple(extra, null), DEFAULT_EXPANSION).value) : name
  }
  const rule = matchingRule(seeding, config.rules, simple([], expandName([])))
  if (rule === undefined) return null
  const variables = winners([...yaml, ...(rule?.variables ?? [])])
  const when = rule?.when ?? config.when
  if (when === 'never') return null
  const all = makeCollection(simple(rule?.variables ?? [], expandName(rule?.variables ?? [])), DEFAULT_EXPANSION)
  return {
    name: instance.name,
    groupName: config.name,
    stage: config.stage,
    stageIndex,
    when,
    startIn: when === 'delayed' ? (rule?.startIn ?? config.startIn) : null,
    manualConfirmation: config.manualConfirmation,
    allowFailure: rule?.allowFailure ?? config.allowFailure,
    allowFailureExitCodes:
      rule?.allowFailure === undefined || rule.allowFailure === null ? config.allowFailureExitCodes : [],
    script: [...config.beforeScript, ...config.script],
    afterScript: config.afterScript,
    variables,
    environment: environmentPlan(config.environment, expandName(rule?.variables ?? []), all.value),
    needs: (rule?.needs ?? config.needs)?.map(({ job, artifacts, optional }) => ({ job, artifacts, optional })) ?? null,
    dependencies: config.dependencies,
    tags: config.tags.map((tag) => expandExisting(tag, all.value)),
    image: config.image,
    services: config.services,
    artifacts: config.artifacts?.entries ?? [],
    artifactsAccess: config.artifacts?.access ?? 'all',
    artifactsExposeAs: config.artifacts?.exposeAs ?? null,
    cache: [],
    retry: config.retry,
    timeout: config.timeout,
    interruptible: rule?.interruptible ?? config.interruptible,
    resourceGroup: config.resourceGroup === null ? null : expandPlain(config.resourceGroup, all.value),
    coverage: null,
    node: instance.node,
    preGetSourcesScript: [],
    idTokens: {},
    secrets: {},
    trigger: null,
    release: null,
  }
}

function inheritedVariables(root: RootConfig, inherit: boolean | readonly string[]): readonly Variable[] {
  if (inherit === true) return root.variables
  return inherit === false ? [] : root.variables.filter((variable) => inherit.includes(variable.key))
}

function jobVariables(instance: JobInstance): readonly Variable[] {
  return [yamlVariable('CI_JOB_NAME', instance.name, false), yamlVariable('CI_JOB_STAGE', instance.config.stage, false)]
}

/** The first rule that holds; null when the job has no rules, undefined when none of them holds. */
function matchingRule(
  seeding: Seeding,
  rules: readonly RuleConfig[] | null,
  variables: readonly Variable[],
): RuleConfig | null | undefined {
  if (rules === null) return null
  const values = new Map(variables.map((variable) => [variable.key, variable.value]))
  const scope = { variable: (name: string) => values.get(name) ?? null, regexps: seeding.regexps }
  return rules.find((rule) => rule.if === null || isTrue(rule.if, scope))
}

function environmentPlan(
  config: JobInstance['config']['environment'],
  name: string | null,
  lookup: (name: string) => string | null,
): EnvironmentPlan | null {
  if (config === null || name === null) return null
  const tier = config.deploymentTier === null ? null : expandPlain(config.deploymentTier, lookup)
  return {
    name,
    nameTemplate: config.name,
    url: config.url,
    action: config.action,
    onStop: config.onStop,
    autoStopIn: config.autoStopIn === null ? null : expandPlain(config.autoStopIn, lookup),
    tier: TIERS.find((candidate) => candidate === tier) ?? null,
    kubernetesNamespace: config.kubernetesNamespace,
  }
}

const TIERS = ['production', 'staging', 'testing', 'development', 'other'] as const
