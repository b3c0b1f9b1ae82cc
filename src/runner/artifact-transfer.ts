import { createWriteStream, openAsBlob } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { JOB_TOKEN_HEADER } from '../contract/runner-protocol.ts'
import type { RunnerTiming } from './options.ts'
import { backoff, pause } from './pause.ts'
import type { JobRef, ProtocolClient } from './protocol-client.ts'

export type TransferResult = { readonly ok: true } | { readonly ok: false; readonly problem: string }

/** GitLab Runner's numbers: 6 tries when the server is busy (503), 3 otherwise. */
const BUSY_TRIES = 6
const OTHER_TRIES = 3

interface Transfer {
  readonly client: ProtocolClient
  readonly timing: RunnerTiming
  /** Aborted: give up. */
  readonly halt: AbortSignal
}

/** Uploads one file as a multipart form to `POST /jobs/:id/artifacts`. 403 and 413 are final; 307 repeats it at another host. */
export async function uploadArtifact(
  { client, timing, halt }: Transfer,
  ref: JobRef,
  file: string,
  options: { readonly fileName: string; readonly type: string; readonly format: string; readonly expireIn: string },
): Promise<TransferResult> {
  const query = new URLSearchParams({ artifact_format: options.format, artifact_type: options.type })
  if (options.expireIn !== '') query.set('expire_in', options.expireIn)
  let path = `/jobs/${ref.id}/artifacts?${query.toString()}`
  for (let tries = 1; ; tries += 1) {
    const form = new FormData()
    form.append('file', await openAsBlob(file), options.fileName)
    const answer = await attempt(() =>
      client.fetch(path, { method: 'POST', headers: { [JOB_TOKEN_HEADER]: ref.token }, body: form, signal: halt }),
    )
    if (answer.status === 201) return { ok: true }
    if (answer.status === 307 && answer.location !== null && tries < OTHER_TRIES) {
      path = atHostOf(answer.location, answer.url)
      continue
    }
    const final = answer.status === 403 || answer.status === 413
    const limit = answer.status === 503 ? BUSY_TRIES : OTHER_TRIES
    if (final || tries >= limit || halt.aborted) return { ok: false, problem: answer.problem }
    await pause(backoff(tries, timing.retry, timing.retryMax), halt)
  }
}

/**
 * Downloads the archive of the job that `ref` names into `file`, following one redirection to an object store. 401, 403 and 404
 * are final. The token goes to the server alone.
 */
export async function downloadArtifact(
  { client, timing, halt }: Transfer,
  ref: JobRef,
  file: string,
): Promise<TransferResult> {
  for (let tries = 1; ; tries += 1) {
    const direct = tries === 1 ? '?direct_download=true' : ''
    const answer = await attempt(async () => {
      const response = await client.fetch(`/jobs/${ref.id}/artifacts${direct}`, {
        headers: { [JOB_TOKEN_HEADER]: ref.token },
        signal: halt,
      })
      const location = response.headers.get('location')
      if ((response.status !== 302 && response.status !== 307) || location === null) return save(response, file)
      await response.body?.cancel()
      return save(await client.fetch(new URL(location, response.url).href, { signal: halt }), file)
    })
    if (answer.status === 200) return { ok: true }
    if ([401, 403, 404].includes(answer.status) || tries >= OTHER_TRIES || halt.aborted) {
      return { ok: false, problem: answer.problem }
    }
    await pause(backoff(tries, timing.retry, timing.retryMax), halt)
  }
}

async function save(response: Response, file: string): Promise<Response> {
  if (response.status === 200 && response.body !== null) {
    const body = Readable.fromWeb(response.body)
    await pipeline(body, createWriteStream(file, { mode: 0o600 }))
  }
  return response
}

async function attempt(send: () => Promise<Response>) {
  try {
    const response = await send()
    const text = response.bodyUsed ? '' : (await response.text()).slice(0, 300)
    const location = response.headers.get('location')
    return { status: response.status, location, url: response.url, problem: `${response.status} ${text}`.trim() }
  } catch (error) {
    return { status: 0, location: null, url: '', problem: error instanceof Error ? error.message : String(error) }
  }
}

/** The same call at the host that a redirection names: only its scheme and host count. */
function atHostOf(location: string, url: string): string {
  const { pathname, search } = new URL(url)
  return new URL(pathname + search, new URL(location, url).origin).href
}
