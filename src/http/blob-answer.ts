/** Contents of files as they are. */
import type { App } from '../app/context.ts'
import { readBlob, streamBlob } from '../git/blob.ts'
import type { Repository } from '../git/repository-store.ts'
import { Raw } from './call.ts'

/** Contents up to here are read whole; larger ones are streamed, in bytes. */
export const wholeBlob = 1024 * 1024

/** Contents that are put into JSON, in bytes. */
export const maxBlobInJson = 32 * 1024 * 1024

/** A blob as plain text, whatever it is: a browser must not run what people commit. */
export async function rawBlob(
  app: App,
  repository: Repository,
  blob: { readonly sha: string; readonly size: number; readonly name: string | null },
  method: string,
): Promise<Raw> {
  const headers = {
    'content-type': 'text/plain',
    'content-length': String(blob.size),
    'cache-control': 'no-store',
    'content-disposition': disposition('inline', blob.name),
  }
  if (method === 'HEAD') return new Raw(200, null, headers)
  if (blob.size <= wholeBlob) return new Raw(200, (await readBlob(repository, blob.sha)) ?? Buffer.alloc(0), headers)
  const onProblem = (error: Error) => app.log.warn({ err: error }, 'git')
  return new Raw(200, streamBlob(repository, blob.sha, onProblem), headers)
}

/** A Content-Disposition header (RFC 6266): a plain name for old clients, the exact one for the others. */
export function disposition(kind: 'inline' | 'attachment', name: string | null): string {
  if (name === null) return kind
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const exact = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  )
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`
}

/** Text in a header: its UTF-8 bytes, without the characters that would end it. */
export function headerText(text: string): string {
  return Buffer.from(text.replace(/\p{Cc}/gu, '?'), 'utf8').toString('latin1')
}
