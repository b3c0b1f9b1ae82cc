/** What belongs to one pipeline: jobs, trigger jobs, variables, test reports. */
import * as contract from '../../contract/pipelines.ts'
import { listPipelineJobs } from '../../db/job-lists.ts'
import { pipelineNeeds, pipelineVariables } from '../../db/pipeline-rows.ts'
import type { JobStatus } from '../../domain/job.ts'
import { ok } from '../../domain/result.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { pipelineFor } from '../find-ci.ts'
import { presentBridges, presentJobs } from '../present/job.ts'

export const pipelineDetailRoutes: Route[] = [
  implementOpen(contract.listPipelineJobs, async (call) => {
    const { app, input } = call
    const found = await pipelineFor(call, 'read_job')
    if (!found.ok) return found
    const filter = { statuses: statusesIn(input.scope), includeRetried: input.include_retried, bridges: false }
    const page = await listPipelineJobs(app.db, found.value.pipeline.id, filter, input)
    return ok({ ...page, items: await presentJobs(app, page.items) })
  }),

  implementOpen(contract.listPipelineBridges, async (call) => {
    const { app, input } = call
    const found = await pipelineFor(call, 'read_job')
    if (!found.ok) return found
    const filter = { statuses: statusesIn(input.scope), includeRetried: false, bridges: true }
    const page = await listPipelineJobs(app.db, found.value.pipeline.id, filter, input)
    return ok({ ...page, items: await presentBridges(app, page.items) })
  }),

  implementOpen(contract.listPipelineNeeds, async (call) => {
    const found = await pipelineFor(call, 'read_job')
    if (!found.ok) return found
    const needs = await pipelineNeeds(call.app.db, found.value.pipeline.id)
    return ok(needs.map((job) => ({ job_id: job.jobId, name: job.name, needs: job.needs && [...job.needs] })))
  }),

  implement(contract.listPipelineVariables, async (call) => {
    const found = await pipelineFor(call, 'read_variables_of_pipeline')
    return found.ok ? ok(await pipelineVariables(call.app.db, found.value.pipeline.id)) : found
  }),

  implementOpen(contract.getPipelineTestReport, async (call) => {
    const found = await pipelineFor(call, 'read_job')
    if (!found.ok) return found
    const counts = { total_count: 0, success_count: 0, failed_count: 0, skipped_count: 0, error_count: 0 }
    return ok({ total_time: 0, ...counts, test_suites: [] })
  }),

  implementOpen(contract.getPipelineTestReportSummary, async (call) => {
    const found = await pipelineFor(call, 'read_job')
    if (!found.ok) return found
    const counts = { count: 0, success: 0, failed: 0, skipped: 0, error: 0 }
    return ok({ total: { time: 0, ...counts, suite_error: null }, test_suites: [] })
  }),
]

/** The contract has checked that they are statuses. */
export function statusesIn(scope: readonly string[] | undefined): readonly JobStatus[] | null {
  return scope === undefined || scope.length === 0 ? null : (scope as readonly JobStatus[])
}
