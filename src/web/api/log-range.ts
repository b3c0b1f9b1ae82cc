/** The log of a job in parts: a log of 50 MB must not come as one answer. */

import { ApiError, Unreachable } from '../../contract/client.ts'
import { clientRequest } from '../../contract/client-request.ts'
import { getJobLog } from '../../contract/jobs.ts'

export interface LogRange {
  readonly bytes: Uint8Array
  /** Of the whole log as far as it is written, in bytes. */
  readonly size: number
}

/** The address that answers a whole log. */
export function logAddress(projectId: number, jobId: number): string {
  return `/api/v4${clientRequest(getJobLog, { id: projectId, job_id: jobId }).path}`
}

/**
 * Bytes `from` to at most `from + length`; none when the log is not that long.
 * @throws ApiError, Unreachable
 */
export async function readLogRange(
  job: { readonly projectId: number; readonly jobId: number },
  from: number,
  length: number,
  signal: AbortSignal,
): Promise<LogRange> {
  const range = `bytes=${from}-${from + length - 1}`
  try {
    const response = await fetch(logAddress(job.projectId, job.jobId), { headers: { range }, signal })
    const size = Number(response.headers.get('x-log-size') ?? 0)
    if (response.status === 416) return { bytes: new Uint8Array(), size }
    if (!response.ok) throw new ApiError(response.status, await bodyOf(response))
    return { bytes: new Uint8Array(await response.arrayBuffer()), size }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof ApiError) throw cause
    throw new Unreachable('The log cannot be read: the server does not answer.', { cause })
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text
}
