import type { JobPlan } from '../domain/plan.ts'
import { checkJobs, findCycle } from './check-jobs.ts'
import { shareVariables } from './job-scope.ts'
import type { RootConfig } from './keyword-root.ts'
import { winners } from './keyword-variables.ts'
import { LIMITS } from './limits.ts'
import { errorAt, errorIn } from './problems.ts'
import type { Questions } from './questions.ts'
import type { Matcher } from './regexp.ts'
import { type ResolvedJob, resolveJobs } from './resolve-needs.ts'
import type { PathMemo } from './rules.ts'
import { presentNeeds, type Seeding, seedJob } from './seed-job.ts'
import type { CiError, CompileResult, PipelineContext } from './types.ts'
import { makeLayer } from './variable-expansion.ts'
import { decideWorkflow } from './workflow.ts'

/** What a plan can come to, before warnings and the merged text are added. */
export type Planned =
  | Pick<Extract<CompileResult, { kind: 'plan' }>, 'kind' | 'plan'>
  | Pick<Extract<CompileResult, { kind: 'errors' }>, 'kind' | 'errors'>
  | Pick<Extract<CompileResult, { kind: 'filtered' }>, 'kind' | 'reason' | 'message'>

export interface Planning {
  readonly context: PipelineContext
  readonly regexps: Matcher
  readonly questions: Questions
  readonly memo: PathMemo
}

/** Makes the plan of a valid configuration: checks between jobs, workflow rules, then each job's own (reference A1, A21). */
export async function planPipeline(config: RootConfig, planning: Planning): Promise<Planned> {
  if (instanceCount(config) > LIMITS.jobs) {
    return failed([errorIn(planning.context.configPath, `The pipeline has too many jobs (maximum is ${LIMITS.jobs})`)])
  }
  const resolved = resolveJobs(config.jobs)
  const problem = checkJobs(config, resolved)
  if (problem !== null) return failed([problem])
  const shared = shareVariables(planning.context)
  const workflow = await decideWorkflow(config, { ...planning, shared })
  if (!workflow.ok) return failed([errorIn(planning.context.configPath, `workflow:${workflow.error}`)])
  if (!workflow.value.run) return { kind: 'filtered', reason: 'workflow_rules', message: NO_WORKFLOW }
  const seeding: Seeding = {
    ...planning,
    shared,
    root: makeLayer(winners([...config.variables, ...workflow.value.variables])),
    hasWorkflowRules: config.workflow.rules !== null,
  }
  const seeded = await seedAll(seeding, inStageOrder(config, resolved))
  if (seeded.errors.length > 0) return failed(seeded.errors)
  if (!seeded.jobs.some(({ plan }) => plan.stage !== '.pre' && plan.stage !== '.post')) {
    return { kind: 'filtered', reason: 'no_jobs', message: NO_JOBS }
  }
  const used = new Set(seeded.jobs.map(({ plan }) => plan.stage))
  const stages = config.stages.filter((stage) => used.has(stage))
  const position = new Map(stages.map((stage, index) => [stage, index]))
  const jobs = seeded.jobs.map(({ plan }) => ({ ...plan, stageIndex: position.get(plan.stage) ?? 0 }))
  const { name, autoCancel } = workflow.value
  return { kind: 'plan', plan: { name, stages, jobs, autoCancel } }
}

const NO_WORKFLOW = 'The pipeline did not run. Review the workflow:rules configuration for the pipeline.'
const NO_JOBS = 'The resulting pipeline would have been empty. Review the rules configuration for the relevant jobs.'

function failed(errors: readonly CiError[]): Planned {
  return { kind: 'errors', errors }
}

function instanceCount(config: RootConfig): number {
  return config.jobs.reduce((sum, { parallel }) => {
    if (parallel === null) return sum + 1
    if (parallel.kind === 'number') return sum + parallel.total
    return sum + parallel.rows.reduce((rows, row) => rows + row.reduce((n, [, values]) => n * values.length, 1), 0)
  }, 0)
}

function inStageOrder(config: RootConfig, jobs: readonly ResolvedJob[]): readonly ResolvedJob[] {
  const index = new Map(config.stages.map((stage, at) => [stage, at]))
  return jobs.toSorted((a, b) => (index.get(a.config.stage) ?? 0) - (index.get(b.config.stage) ?? 0))
}

interface SeededJob {
  readonly job: ResolvedJob
  readonly plan: JobPlan
}

/** Seeds every job, as often as rules find out that they must ask the reader first. */
async function seedAll(
  seeding: Seeding,
  jobs: readonly ResolvedJob[],
): Promise<{ readonly jobs: readonly SeededJob[]; readonly errors: readonly CiError[] }> {
  const outcomes = new Map(jobs.map((job) => [job, seedJob(seeding, job)]))
  while (seeding.questions.pending()) {
    await seeding.questions.answer()
    for (const [job, outcome] of outcomes) if (outcome.kind === 'unknown') outcomes.set(job, seedJob(seeding, job))
  }
  if (seeding.regexps.exhausted()) {
    return { jobs: [], errors: [errorIn(seeding.context.configPath, 'The rules search too much text')] }
  }
  if (seeding.memo.left < 0) {
    return { jobs: [], errors: [errorIn(seeding.context.configPath, 'The rules compare too many paths')] }
  }
  const errors: CiError[] = []
  const planned: SeededJob[] = []
  for (const [job, outcome] of outcomes) {
    if (outcome.kind === 'problem') errors.push(errorAt(job.config.at, outcome.message))
    else if (outcome.kind === 'job') planned.push({ job, plan: outcome.plan })
  }
  const present = new Set(planned.map(({ plan }) => plan.name))
  const complete = planned.map(({ job, plan }) => {
    const { needs, problems } = presentNeeds(plan, present)
    errors.push(...problems.map((message) => errorAt(job.config.at, message)))
    return { job, plan: needs === plan.needs ? plan : { ...plan, needs } }
  })
  const cycle = errors.length === 0 ? cycleOfPlan(complete) : null
  return { jobs: complete, errors: cycle === null ? errors : [cycle] }
}

/** `rules:needs` can close a circle that no job's own `needs` has. */
function cycleOfPlan(seeded: readonly SeededJob[]): CiError | null {
  if (!seeded.some(({ job }) => job.rulesNeeds.size > 0)) return null
  const nodes = seeded.map(({ job, plan }) => ({ name: plan.name, config: job.config, plan }))
  const jobs = new Map(nodes.map((node) => [node.name, node]))
  return findCycle({ jobs }, nodes, (node) => node.plan.needs?.map((need) => need.job) ?? [])
}
