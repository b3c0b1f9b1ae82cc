/**
 * A pipeline that a trigger token or a job token asks for (GitLab Pipeline trigger tokens API, "Trigger a pipeline with a token").
 * Whose rights count follows from the token alone, never from what was sent with it (threat T10).
 */
import { triggerVariables, upstreamVariables } from '../ci/predefined.ts'
import { findActor } from '../db/actors.ts'
import { digestOf } from '../db/digest.ts'
import { type AskingJob, askingJob, jobByToken } from '../db/job-tokens.ts'
import type { Tx } from '../db/open.ts'
import { findProject, type Project } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import { holdTrigger, type Trigger, triggerByToken } from '../db/triggers.ts'
import { type Actor, refuse } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { shortTriggerToken } from '../domain/trigger-token.ts'
import { variableNameProblem } from '../domain/variable-names.ts'
import { zeroSha } from '../git/ref-name.ts'
import type { App } from './context.ts'
import { type PipelineRequest, preparePipeline } from './create-pipeline.ts'
import { branchOrTag, pipelineVariable } from './run-pipeline.ts'
import { savePipelineIn } from './save-pipeline.ts'

export interface TriggerRequest {
  readonly token: string
  readonly ref: string
  readonly variables: Readonly<Record<string, string>>
  readonly inputs: Readonly<Record<string, unknown>>
  /** All that was sent but the token, as JSON: the jobs' file `TRIGGER_PAYLOAD`. */
  readonly payload: string
  readonly ip: string
}

/** Why somebody may not start pipelines, in GitLab's words. */
export const mayNotRun: Refusal = {
  code: 'invalid',
  errors: { base: ['Insufficient permissions to create a new pipeline'] },
}

const notFound: Refusal = { code: 'not_found', what: '' }

/** What a token stands for. */
interface Asked {
  readonly userId: number
  readonly request: Pick<PipelineRequest, 'source' | 'triggerId' | 'upstream' | 'morePredefined'>
  /** Asked again when the pipeline is made. */
  readonly stillGood: (tx: Tx) => Promise<boolean>
}

/** @param idOrPath of the project; one that the token is not good for looks like none at all */
export async function triggerPipeline(
  app: App,
  idOrPath: string,
  request: TriggerRequest,
): Promise<Result<{ id: number; projectId: number }, Refusal>> {
  const digest = digestOf(request.token)
  const trigger = await triggerByToken(app.db, digest, app.now())
  const job = trigger ? null : await jobByToken(app.db, digest)
  const found = await findProject(app.db, idOrPath, null)
  if (!found || !(trigger ?? job)) return err(notFound)
  const { project } = found
  if (trigger)
    return trigger.project_id === project.id ? make(app, project, request, asTrigger(app, trigger)) : err(notFound)
  const asking = job && (await askingJob(app.db, job.jobId))
  if (!job || !asking) return err(notFound)
  const asked = asJob(asking, digest)
  const actor = await actorOf(app.db, asked, request.ip)
  const standing = actor && (await findProject(app.db, project.id, actor))?.standing
  if (!standing || refuse(actor, 'read_project', standing, 'Project')) return err(notFound)
  return make(app, project, request, asked)
}

function asTrigger(app: App, trigger: Trigger): Asked {
  return {
    userId: trigger.owner_id,
    request: {
      source: 'trigger',
      triggerId: trigger.id,
      morePredefined: triggerVariables(shortTriggerToken(trigger.token)),
    },
    stillGood: (tx) => holdTrigger(tx, trigger.id, app.now()),
  }
}

/** A downstream pipeline: behind its deployments stands whoever asked for the job's own pipeline (threat T12). */
function asJob(job: AskingJob, digest: Buffer): Asked {
  return {
    userId: job.userId,
    request: {
      source: 'pipeline',
      upstream: { bridgeId: null, parentPipelineId: null, requesterId: job.requesterId },
      morePredefined: upstreamVariables(job),
    },
    stillGood: async (tx) => (await jobByToken(tx, digest)) !== null,
  }
}

async function make(
  app: App,
  project: Project,
  request: TriggerRequest,
  asked: Asked,
): Promise<Result<{ id: number; projectId: number }, Refusal>> {
  const actor = await actorOf(app.db, asked, request.ip)
  if (!actor || !(await mayRunPipelines(app.db, actor, project.id))) return err(mayNotRun)
  const variables = [
    ...Object.entries(request.variables).map(([key, value]) => ({ key, value, file: false })),
    { key: 'TRIGGER_PAYLOAD', value: request.payload, file: true },
  ]
  const problem = variableNameProblem(variables.map((variable) => variable.key))
  if (problem) return err(problem)
  const at = await branchOrTag(app.repositories.open(project.id), request.ref)
  if (!at) return err({ code: 'invalid', errors: { base: ['Reference not found'] } })
  const prepared = await preparePipeline(app, {
    project,
    actor,
    ref: at.name,
    refType: at.type,
    sha: at.commit,
    beforeSha: zeroSha,
    variables: variables.map(pipelineVariable),
    inputs: request.inputs,
    ...asked.request,
  })
  if (!prepared.ok) return prepared
  return inTransaction(app.db, async (tx) => {
    // The token may have been revoked, and its owner blocked or removed, while the configuration was compiled.
    if (!(await asked.stillGood(tx))) return err(notFound)
    const now = await actorOf(tx, asked, request.ip)
    if (!now || !(await mayRunPipelines(tx, now, project.id))) return err(mayNotRun)
    const saved = await savePipelineIn(app, tx, prepared.value)
    if (!saved) throw new Error('a triggered pipeline has no push that another server could have settled')
    return ok({ id: saved.id, projectId: project.id })
  })
}

/** Null when the person may not act any more. A job of an administrator is not an administrator (threat T19). */
async function actorOf(db: App['db'], { userId, request }: Asked, ip: string): Promise<Actor | null> {
  const actor = await findActor(db, userId)
  return actor && { ...actor, isAdmin: actor.isAdmin && request.triggerId !== undefined, ip }
}

/** Whether somebody may start pipelines in a project now. */
export async function mayRunPipelines(db: App['db'], actor: Actor, projectId: number): Promise<boolean> {
  const found = await findProject(db, projectId, actor)
  return found !== null && refuse(actor, 'create_pipeline', found.standing, 'Project') === null
}
