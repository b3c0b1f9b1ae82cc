/** Runner protocol: taking jobs, telling their state, sending their logs (reference gitlab-ci-and-runner.md D3 to D6). */
import type { Readable } from 'node:stream'
import { awaitJob } from '../../app/await-job.ts'
import { acknowledgeJob } from '../../app/claim-job.ts'
import type { App } from '../../app/context.ts'
import { finishJob } from '../../app/finish-job.ts'
import { returnJob } from '../../app/return-job.ts'
import { formatTraceRange, parseContentRange } from '../../contract/runner-headers.ts'
import { LAST_UPDATE_HEADER } from '../../contract/runner-protocol.ts'
import { appendJobLog, requestJob, updateJob } from '../../contract/runners.ts'
import { appendLog, resetLog, restrictLog } from '../../db/job-logs.ts'
import { type RunnersJob, touchJob } from '../../db/jobs.ts'
import { inTransaction } from '../../db/transaction.ts'
import { failureReasonOf } from '../../domain/job.ts'
import { err, ok } from '../../domain/result.ts'
import { implementOpen, Raw, type Route } from '../call.ts'
import { presentJobPayload } from '../present/job-payload.ts'
import { jobFor, noteContact, runnerFor } from '../runner-auth.ts'

/** Seconds between log updates: short, because somebody may be watching a deployment. */
const updateInterval = '1'
/** GitLab Runner sends at most 1 MiB at once. */
const logPartLimit = 2 * 1024 * 1024
/** Of one job's log, in bytes; GitLab's default plan limit is 100 MB. */
const logLimit = 100 * 1024 * 1024

export const runnerJobRoutes: Route[] = [
  implementOpen(requestJob, async ({ app, input, request, reply }) => {
    const runner = await runnerFor(app, request, input)
    if (!runner.ok) return runner
    const managerId = await noteContact(app, request, runner.value, input)
    if (runner.value.paused) return ok(new Raw(204, null))
    const gone = new AbortController()
    reply.raw.on('close', () => gone.abort())
    const { features } = input.info
    const caller = { ...runner.value, managerId, twoPhase: features.two_phase_job_commit, features }
    const { order, version } = await awaitJob(app, caller, input.last_update, gone.signal)
    if (order === null) return ok(new Raw(204, null, { [LAST_UPDATE_HEADER]: version }))
    if (gone.signal.aborted) {
      // Nobody is there to run it any more: the next runner should not wait for the acknowledgement to time out.
      await returnJob(app, { jobId: order.job.id, pipelineId: order.job.pipeline.id })
      return ok(new Raw(204, null))
    }
    return ok(new Raw(201, presentJobPayload(order), { 'content-type': 'application/json' }))
  }),

  implementOpen(updateJob, async ({ app, input, request }) => {
    const found = await jobFor(app, request, input.id, input)
    if (!found.ok) return found
    const job = found.value
    if (job instanceof Raw) return ok(job)
    switch (input.state) {
      case 'pending':
        if (job.status !== 'pending') return err({ code: 'bad_request', reason: 'Job is not pending' })
        await inTransaction(app.db, (tx) => touchJob(tx, job.id))
        return ok(statusReply(200, job.status))
      case 'running': {
        if (job.status !== 'pending') {
          await inTransaction(app.db, (tx) => touchJob(tx, job.id))
          return ok(statusReply(200, job.status))
        }
        const begun = await acknowledgeJob(app, job)
        return ok(begun.ok ? statusReply(200, 'running') : statusReply(409, 'canceled'))
      }
      case 'success':
      case 'failed': {
        const short = await incompleteLog(app, job, input.output?.bytesize)
        if (short) return ok(statusReply(412, job.status))
        const reason = failureReasonOf(input.failure_reason)
        const ended = await finishJob(app, job, { state: input.state, reason, exitCode: input.exit_code ?? null })
        // Nothing ended: the job was never begun, or somebody else was faster. The runner must not believe otherwise.
        return ok(ended ? statusReply(200, input.state) : statusReply(409, job.status))
      }
    }
  }),

  implementOpen(appendJobLog, async ({ app, input, request }) => {
    const found = await jobFor(app, request, input.id, {})
    if (!found.ok) return found
    const job = found.value
    if (job instanceof Raw) return ok(job)
    const range = parseContentRange(request.headers['content-range'])
    if (!range) return err({ code: 'bad_request', reason: 'Content-Range header is missing or malformed' })
    const data = await readBody(request.body as Readable, logPartLimit)
    if (data === null) return err({ code: 'too_large' })
    if (range.start + data.length > logLimit) {
      await finishJob(app, job, { state: 'failed', reason: 'trace_size_exceeded', exitCode: null })
      return ok(statusReply(403, 'failed'))
    }
    const { appended, size } = await inTransaction(app.db, async (tx) => {
      if (input.debug_trace) await restrictLog(tx, job.id)
      return appendLog(tx, job.id, range.start, data)
    })
    return ok(new Raw(appended ? 202 : 416, null, { ...statusHeaders(job.status), range: formatTraceRange(size) }))
  }),
]

function statusHeaders(status: string): Record<string, string> {
  return { 'job-status': status, 'x-gitlab-trace-update-interval': updateInterval }
}

function statusReply(code: number, status: string): Raw {
  return new Raw(code, null, statusHeaders(status))
}

/** The runner sent more log than arrived: it is asked to send it again, and the log starts over. */
async function incompleteLog(app: App, job: RunnersJob, bytes: number | undefined): Promise<boolean> {
  if (bytes === undefined || bytes === job.logSize) return false
  await inTransaction(app.db, (tx) => resetLog(tx, job.id))
  return true
}

/** The whole body, or null when it is larger than `limit`. */
async function readBody(body: Readable, limit: number): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length
    if (size > limit) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}
