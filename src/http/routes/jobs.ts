/** Jobs API. */
import { cancelJob } from '../../app/cancel-job.ts'
import type { App } from '../../app/context.ts'
import { eraseJob } from '../../app/erase-job.ts'
import { playJob } from '../../app/play-job.ts'
import { retryJob } from '../../app/retry-job.ts'
import * as contract from '../../contract/jobs.ts'
import { listProjectJobs } from '../../db/job-lists.ts'
import { findJobRow, jobRowsByIds } from '../../db/job-rows.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { variableNameProblem } from '../../domain/variable-names.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { cursorAfter, cursorOf } from '../cursor.ts'
import { projectFor } from '../find.ts'
import { buildFor, jobForAction } from '../find-ci.ts'
import { keysetAnswer } from '../keyset.ts'
import { presentJob, presentJobs } from '../present/job.ts'
import { statusesIn } from './pipeline-details.ts'

const notFound: Refusal = { code: 'not_found', what: null }

export const jobRoutes: Route[] = [
  implement(contract.listProjectJobs, async (call) => {
    const { app, input, request } = call
    const found = await projectFor(call, 'read_job')
    if (!found.ok) return found
    const keyset = input.pagination === 'keyset'
    const after = keyset && input.cursor ? cursorAfter(input.cursor) : null
    if (after === 'invalid') return err({ code: 'invalid_parameter', sentence: 'cursor is invalid' })
    const filter = { statuses: statusesIn(input.scope), sort: input.sort, after }
    const paging = keyset ? { page: 1, per_page: input.per_page } : input
    const page = await listProjectJobs(app.db, found.value.project.id, filter, paging)
    const items = await presentJobs(app, page.items)
    if (!keyset) return ok({ ...page, items })
    const last = items.at(-1)
    return ok(keysetAnswer(app, request, items, page.hasNext && last ? { cursor: cursorOf(last.id) } : null))
  }),

  implementOpen(contract.getJob, async (call) => {
    const found = await buildFor(call)
    return found.ok ? ok(await presentJob(call.app, found.value.job)) : found
  }),

  implement(contract.getCurrentJob, async ({ app, actor }) => {
    const id = actor.credential.kind === 'job' ? actor.credential.jobId : null
    const row = id === null ? undefined : (await jobRowsByIds(app.db, [id])).get(id)
    return row ? ok(await presentJob(app, row)) : err({ code: 'not_found', what: 'Job' })
  }),

  implement(contract.playJob, async (call) => {
    const { app, actor, input } = call
    const found = await jobForAction(call, 'play')
    if (!found.ok) return found
    const { job } = found.value
    const variables = input.job_variables_attributes
    const problem = variableNameProblem(variables.map((variable) => variable.key))
    if (problem) return err(problem)
    const inputs = input.job_inputs
    const played = await playJob(app, actor, { jobId: job.id, pipelineId: job.pipeline_id, variables, inputs })
    return played.ok ? answer(app, job.project_id, played.value) : played
  }),

  implement(contract.retryJob, async (call) => {
    const { app, actor, input } = call
    const found = await jobForAction(call, 'retry')
    if (!found.ok) return found
    const { job } = found.value
    const again = { jobId: job.id, pipelineId: job.pipeline_id, inputs: input.job_inputs }
    const retried = await retryJob(app, actor, again)
    return retried.ok ? answer(app, job.project_id, retried.value) : retried
  }),

  implement(contract.cancelJob, async (call) => {
    const { app, actor, input } = call
    const found = await jobForAction(call, input.force ? 'force_cancel' : 'cancel')
    if (!found.ok) return found
    const { job } = found.value
    await cancelJob(app, actor, { jobId: job.id, pipelineId: job.pipeline_id, force: input.force })
    return answer(app, job.project_id, job.id)
  }),

  implement(contract.eraseJob, async (call) => {
    const { app, actor } = call
    const found = await jobForAction(call, 'erase')
    if (!found.ok) return found
    const { job } = found.value
    const erased = await eraseJob(app, actor, job.id)
    return erased.ok ? answer(app, job.project_id, job.id) : erased
  }),
]

async function answer(app: App, projectId: number, id: number) {
  const row = await findJobRow(app.db, projectId, id)
  return row ? ok(await presentJob(app, row)) : err(notFound)
}
