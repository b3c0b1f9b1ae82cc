import { checkJobs } from './check-jobs.ts'
import { expandJob } from './expand-jobs.ts'
import { resolveExtends } from './extends.ts'
import { readRoot } from './keyword-root.ts'
import { isNull, type MapNode } from './node.ts'
import { parseYaml } from './parse.ts'
import { errorAt, errorIn } from './problems.ts'
import { resolveReferences } from './reference.ts'
import { makeMatcher } from './regexp.ts'
import { seedJob } from './seed-job.ts'
import type { Source } from './source.ts'
import { expandedSize } from './tree-size.ts'
import type { CiError, CompileResult, ConfigReader, JobPlan, PipelineContext } from './types.ts'

/**
 * Compiles the text of a `.gitlab-ci.yml` into the plan of one pipeline (reference A1): parse, include, `extends`, `!reference`,
 * validation, checks between jobs, and the decisions of rules under the circumstances of `context`. Wrong input of any kind and
 * size ends in located errors; nothing is thrown. Only the reader's answers are waited for.
 */
export async function compilePipeline(
  text: string,
  context: PipelineContext,
  _reader: ConfigReader,
): Promise<CompileResult> {
  const source: Source = { name: context.configPath, text }
  const parsed = parseYaml(source)
  if (!parsed.ok) return errors([parsed.error])
  const content = parsed.value.at(-1)
  if (content === undefined || isNull(content))
    return errors([errorIn(source.name, 'Please provide content of .gitlab-ci.yml')])
  if (content.kind !== 'map') return errors([errorAt(content, 'Invalid configuration format')])
  const extended = resolveExtends(content)
  if (!extended.ok) return errors([extended.error])
  const referenced = resolveReferences(extended.value)
  if (!referenced.ok) return errors([referenced.error])
  if (expandedSize(referenced.value).tooBig) return errors([errorIn(source.name, 'The parsed YAML is too big')])
  return plan(referenced.value, context)
}

function plan(root: MapNode, context: PipelineContext): CompileResult {
  const { config, errors: problems } = readRoot(root)
  if (problems.length > 0) return errors(problems)
  const problem = checkJobs(config)
  if (problem !== null) return errors([problem])
  const seeding = { context, root: config, regexps: makeMatcher() }
  const order = new Map(config.stages.map((stage, index) => [stage, index]))
  const jobs = config.jobs
    .flatMap(expandJob)
    .flatMap((instance): JobPlan[] => {
      const seeded = seedJob(seeding, instance, order.get(instance.config.stage) ?? 0)
      return seeded === null ? [] : [seeded]
    })
    .toSorted((a, b) => a.stageIndex - b.stageIndex)
  if (jobs.length === 0) {
    return {
      kind: 'filtered',
      reason: 'no_jobs',
      message: 'The resulting pipeline would have been empty. Review the rules configuration for the relevant jobs.',
      mergedYaml: '',
    }
  }
  const stages = config.stages.filter((stage) => jobs.some((job) => job.stage === stage))
  const renumbered = jobs.map((job) => ({ ...job, stageIndex: stages.indexOf(job.stage) }))
  return {
    kind: 'plan',
    plan: { name: null, stages, jobs: renumbered, autoCancel: { onNewCommit: 'conservative', onJobFailure: 'none' } },
    warnings: [],
    mergedYaml: '',
  }
}

function errors(list: readonly CiError[]): CompileResult {
  return { kind: 'errors', errors: list, warnings: [], mergedYaml: null }
}
