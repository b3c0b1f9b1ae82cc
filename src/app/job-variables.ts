/** The complete, ordered variables of a job, as its runner receives them (reference B1). */

import { variablesInScope } from '../ci/environment-scope.ts'
import {
  environmentVariables,
  jobNameVariables,
  type SavedJobFacts,
  savedJobVariables,
  takenJobVariables,
  userVariables,
} from '../ci/predefined.ts'
import { DEFAULT_EXPANSION, expandPlain, makeCollection, RUNNER_EXPANSION } from '../ci/variable-expansion.ts'
import { inheritedDotenv, type JobContext, jobContext, type StoredVariable } from '../db/job-context.ts'
import type { Db, Tx } from '../db/open.ts'
import type { Variable } from '../domain/plan.ts'
import type { App } from './context.ts'
import { idTokenVariables } from './id-tokens.ts'
import { storedVariables } from './stored-variables.ts'
import { serverFacts } from './version.ts'

/**
 * Variables for the runner: expanded as far as the server knows, the rest left to the runner and the shell.
 * @param timeout of the job on its runner, in seconds
 */
export async function runnerVariables(
  app: App,
  tx: Tx,
  job: JobContext,
  { token, timeout }: { readonly token: string; readonly timeout: number },
): Promise<readonly Variable[]> {
  const saved = await allVariables(app, tx, job)
  const idTokens = await idTokenVariables(app, tx, job, timeout, makeCollection(saved, DEFAULT_EXPANSION).value)
  return makeCollection([...takenVariables(app, job, token), ...idTokens, ...saved], RUNNER_EXPANSION).all()
}

/** Expands a text such as `environment:url` with everything the job knows, dotenv of its own included. */
export async function expandForJob(app: App, db: Db, jobId: number, text: string): Promise<string> {
  const job = await jobContext(db, jobId)
  if (!job) return text
  const own = await db
    .selectFrom('job_variables')
    .select(['key', 'value'])
    .where('job_id', '=', jobId)
    .where('source', '=', 'dotenv')
    .execute()
  const variables = [...(await allVariables(app, db, job)), ...own.map((v) => secret(v.key, v.value))]
  return expandPlain(text, makeCollection(variables, DEFAULT_EXPANSION).value)
}

/**
 * Every variable that a job has before a runner takes it, lowest precedence first, unexpanded.
 * @param withProtected whether stored variables that are for protected branches and tags only are among them
 */
export async function allVariables(
  app: App,
  db: Db,
  job: JobContext,
  withProtected: boolean = job.pipeline.protected,
): Promise<Variable[]> {
  const environment = job.environment
  const dotenv = await inheritedDotenv(db, job.id)
  const stored = await storedVariables(db, job.project.id, withProtected)
  const list = [
    ...savedJobVariables(savedFacts(app, job)),
    ...jobNameVariables({
      name: job.name,
      groupName: job.plan.groupName,
      stage: job.stage,
      manual: job.when === 'manual' || job.when === 'delayed',
      node: job.plan.node,
    }),
    ...job.pipeline.predefined,
    ...job.plan.variables,
    ...(job.user === null ? [] : userVariables(job.user)),
    ...dotenv.map((v) => secret(v.key, v.value)),
    ...variablesInScope(stored, environment?.name ?? null),
    ...job.pipelineVariables.map(fromStored),
    ...job.playVariables.map((v) => secret(v.key, v.value)),
  ]
  if (environment === null || job.plan.environment === null) return list
  const { url, action } = job.plan.environment
  const named = [...list, ...environmentVariables({ ...environment, action, url: null })]
  const expandedUrl = url === null ? null : expandPlain(url, makeCollection(named, DEFAULT_EXPANSION).value)
  return [...list, ...environmentVariables({ ...environment, action, url: expandedUrl })]
}

function savedFacts(app: App, job: JobContext): SavedJobFacts {
  return { server: serverFacts(app), jobId: job.id, pipelineId: job.pipeline.id, projectPath: job.project.fullPath }
}

function takenVariables(app: App, job: JobContext, token: string): Variable[] {
  return takenJobVariables({
    ...savedFacts(app, job),
    token,
    startedAt: job.startedAt ?? app.now(),
    runner: { id: job.runner?.id ?? 0, description: job.runner?.description ?? '', tags: job.runner?.tags ?? [] },
  })
}

/** A value somebody typed: never shown in service containers or debug output. */
function secret(key: string, value: string): Variable {
  return { key, value, public: false, masked: false, file: false, raw: false }
}

function fromStored({ key, value, variable_type, raw }: StoredVariable): Variable {
  return { key, value, public: false, masked: false, file: variable_type === 'file', raw }
}
