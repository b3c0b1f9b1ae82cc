/** The log of a job as text. */
import { readLogRange } from '../../app/read-log.ts'
import { getJobLog } from '../../contract/jobs.ts'
import { refuse } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { byteRange } from '../byte-range.ts'
import { implementOpen, Raw, type Route } from '../call.ts'
import { jobRowFor } from '../find-ci.ts'

/** Every value is in such a log, masked or not (GitLab: read_build_trace in debug mode needs update_build). */
const forDevelopers: Refusal = {
  code: 'forbidden',
  reason: 'A log with debug tracing is for developers of the project',
}

export const jobLogRoutes: Route[] = [
  implementOpen(getJobLog, async (call) => {
    const found = await jobRowFor(call)
    if (!found.ok) return found
    const { job, standing } = found.value
    const refusal = refuse(call.actor, 'read_job_log', standing, 'Project')
    if (refusal) return err(refusal)
    if (job.debug_log && refuse(call.actor, 'update_job', standing, 'Project')) return err(forDevelopers)
    const size = job.log_size
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `infile; filename="${job.id}.log"`,
      'cache-control': 'no-cache',
      'accept-ranges': 'bytes',
      'x-log-size': String(size),
      'job-status': job.status,
    }
    const answer = (status: number, start: number, end: number, more: Record<string, string> = {}) => {
      const length = end - start
      const body = length === 0 ? '' : readLogRange(call.app, job.id, start, end)
      return ok(new Raw(status, body, { ...headers, 'content-length': String(length), ...more }))
    }
    if (call.input.offset !== undefined) return answer(200, Math.min(call.input.offset, size), size)
    const range = byteRange(call.request.headers.range, size)
    if (range === 'unsatisfiable') return ok(new Raw(416, null, { ...headers, 'content-range': `bytes */${size}` }))
    if (range === 'whole') return answer(200, 0, size)
    return answer(206, range.start, range.end, { 'content-range': `bytes ${range.start}-${range.end - 1}/${size}` })
  }),
]
