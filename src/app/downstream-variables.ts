/** The variables that a trigger job passes on (GitLab docs, `trigger:forward`; reference gitlab-ci-and-runner.md A17). */
import {
  DEFAULT_EXPANSION,
  expandPlain,
  type Lookup,
  makeCollection,
  referencedNames,
} from '../ci/variable-expansion.ts'
import { inheritedDotenv, type JobContext } from '../db/job-context.ts'
import type { Db } from '../db/open.ts'
import type { TriggerPlan, Variable } from '../domain/plan.ts'
import type { App } from './context.ts'
import { allVariables } from './job-variables.ts'

export interface BridgeVariables {
  /** For `trigger:project` and `trigger:branch`. */
  readonly expand: (text: string) => string
  /** What becomes the downstream pipeline's own variables, each name once. */
  readonly forwarded: readonly Variable[]
}

/**
 * @param otherProject variables that are stored for protected branches stay out of what another project gets to see, as in GitLab:
 *   who may read that project's pipelines may have no access to this one's
 */
export async function bridgeVariables(
  app: App,
  db: Db,
  job: JobContext,
  trigger: TriggerPlan,
  otherProject: boolean,
): Promise<BridgeVariables> {
  const known = await allVariables(app, db, job, job.pipeline.protected && !otherProject)
  const { value } = makeCollection(known, DEFAULT_EXPANSION)
  const dotenv = trigger.forwardPipelineVariables ? await inheritedDotenv(db, job.id) : []
  const passed: Variable[] = [
    ...(trigger.forwardYamlVariables ? job.plan.variables : []),
    ...dotenv.map((v) => ({ ...v, public: false, masked: false, file: false, raw: false })),
    ...(trigger.forwardPipelineVariables
      ? job.pipelineVariables.map((v) => ({ ...v, public: false, masked: false, file: v.variable_type === 'file' }))
      : []),
  ]
  return {
    expand: (text) => expandPlain(text, value),
    forwarded: lastOfEach(passed.flatMap((variable) => forward(variable, known, value))),
  }
}

/**
 * A reference to a file variable stays one, and the file goes along: its content inside another value would be shown in logs. What
 * is expanded here is expanded for good: a commit message that came in this way must find no second meaning downstream.
 */
function forward(variable: Variable, known: readonly Variable[], value: Lookup): Variable[] {
  if (variable.raw || referencedNames(variable.value).length === 0) return [variable]
  const files = referencedNames(variable.value).flatMap((name) => {
    const named = known.findLast(({ key }) => key === name)
    return named?.file ? [named] : []
  })
  const kept = (name: string) => (files.some(({ key }) => key === name) ? `\${${name}}` : value(name))
  return [{ ...variable, value: expandPlain(variable.value, kept), raw: files.length === 0 }, ...files]
}

function lastOfEach(variables: readonly Variable[]): Variable[] {
  return [...new Map(variables.map((variable) => [variable.key, variable])).values()]
}
