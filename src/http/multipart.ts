/** One file out of a multipart form, streamed: an upload is never in memory as a whole. */
import type { Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import type { FastifyRequest } from 'fastify'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'

export interface FilePart {
  readonly filename: string | undefined
  readonly content: Readable
}

/** The form broke off or is not one. */
class BadForm extends Error {}

const limits = { files: 1, parts: 20, fields: 20, fieldSize: 64 * 1024, headerPairs: 100 }

/**
 * Hands the file of `field` to `consume` while it arrives. When `consume` fails, the rest of the body is read and thrown away, so
 * that the client hears the answer. A body that breaks off makes `content` fail; nothing of it must be kept then.
 */
export async function receiveFile<T>(
  request: FastifyRequest,
  field: string,
  consume: (part: FilePart) => Promise<T>,
): Promise<Result<T, Refusal>> {
  const type = request.headers['content-type']
  if (!type?.toLowerCase().startsWith('multipart/form-data')) return err(missing(field))
  try {
    const received = await receive(
      request.body as Readable,
      { ...request.headers, 'content-type': type },
      field,
      consume,
    )
    return received === null ? err(missing(field)) : ok(received.value)
  } catch (error) {
    if (error instanceof BadForm) return err({ code: 'bad_request', reason: error.message })
    throw error
  }
}

function receive<T>(
  body: Readable,
  headers: ConstructorParameters<typeof Busboy>[0]['headers'],
  field: string,
  consume: (part: FilePart) => Promise<T>,
): Promise<{ readonly value: T } | null> {
  return new Promise((resolve, reject) => {
    let content: Readable | null = null
    let outcome: Promise<T> | null = null
    const fail = (error: Error): void => {
      body.unpipe()
      body.resume()
      // Whoever reads the file must not take what has arrived for all of it.
      content?.destroy(error)
      reject(error)
    }
    const broken = (): void => fail(new BadForm('The upload broke off'))
    const parser = parserFor(headers, fail)
    if (parser === null) return
    parser.on('file', (name: string, stream: Readable, filename: string | undefined) => {
      stream.on('error', broken)
      if (name !== field || outcome !== null) {
        stream.resume()
        return
      }
      content = stream
      outcome = consume({ filename, content: stream })
      outcome.catch(fail)
    })
    parser.on('finish', () => {
      if (outcome === null) resolve(null)
      else outcome.then((value) => resolve({ value }), reject)
    })
    parser.on('error', broken)
    body.on('error', broken)
    body.on('aborted', broken)
    body.pipe(parser)
  })
}

function parserFor(
  headers: ConstructorParameters<typeof Busboy>[0]['headers'],
  fail: (error: Error) => void,
): InstanceType<typeof Busboy> | null {
  try {
    return new Busboy({ headers, limits })
  } catch {
    fail(new BadForm('The form has no boundary'))
    return null
  }
}

function missing(field: string): Refusal {
  return { code: 'invalid_parameter', sentence: `${field} is missing` }
}
