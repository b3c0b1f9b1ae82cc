/** The first lines of handlers about one pipeline or job: find it and ask whether this caller may do this to it. */
import type { App } from '../app/context.ts'
import { jobProtection } from '../db/job-protection.ts'
import { findJobRow, type JobRow } from '../db/job-rows.ts'
import { findPipeline, type PipelineDetailRow } from '../db/pipeline-rows.ts'
import { type Actor, type ProjectAction, refuse } from '../domain/access.ts'
import { type JobAction, refuseJobAction } from '../domain/job-access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type FoundProject, projectFor } from './find.ts'

type Asked<Input> = { readonly app: App; readonly actor: Actor | null; readonly input: Input }

/** The pipeline of `:pipeline_id` in the project of `:id`. Whoever may not read pipelines is not told which exist. */
export async function pipelineFor(
  call: Asked<{ readonly id: string; readonly pipeline_id: number }>,
  action: ProjectAction,
): Promise<Result<FoundProject & { readonly pipeline: PipelineDetailRow }, Refusal>> {
  const found = await projectFor(call, 'read_pipeline')
  if (!found.ok) return found
  const { project, standing } = found.value
  const pipeline = await findPipeline(call.app.db, project.id, call.input.pipeline_id)
  if (!pipeline) return err({ code: 'not_found', what: null })
  const refusal = refuse(call.actor, action, standing, 'Project')
  return refusal ? err(refusal) : ok({ ...found.value, pipeline })
}

/** The job of `:job_id` in the project of `:id`, for whoever may read jobs there. */
export async function jobRowFor(
  call: Asked<{ readonly id: string; readonly job_id: number }>,
): Promise<Result<FoundProject & { readonly job: JobRow }, Refusal>> {
  const found = await projectFor(call, 'read_job')
  if (!found.ok) return found
  const job = await findJobRow(call.app.db, found.value.project.id, call.input.job_id)
  return job ? ok({ ...found.value, job }) : err({ code: 'not_found', what: null })
}

/** The same without trigger jobs, which GitLab keeps out of most calls about jobs. */
export async function buildFor(
  call: Asked<{ readonly id: string; readonly job_id: number }>,
): ReturnType<typeof jobRowFor> {
  const found = await jobRowFor(call)
  return found.ok && found.value.job.is_bridge ? err({ code: 'not_found', what: null }) : found
}

/** The job, if this person may do this to it. Trigger jobs can be played and retried. */
export async function jobForAction(
  call: Asked<{ readonly id: string; readonly job_id: number }> & { readonly actor: Actor },
  action: JobAction,
): Promise<Result<{ readonly job: JobRow }, Refusal>> {
  const found = await (action === 'play' || action === 'retry' ? jobRowFor(call) : buildFor(call))
  if (!found.ok) return found
  const { job, standing } = found.value
  const protection = await jobProtection(call.app.db, job.id, call.actor.userId)
  if (!protection) return err({ code: 'not_found', what: null })
  const refusal = refuseJobAction(call.actor, action, standing, protection)
  return refusal ? err(refusal) : ok({ job })
}
