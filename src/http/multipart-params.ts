/** Parameters in a multipart form: some clients send one although they upload nothing. */
import { Busboy } from '@fastify/busboy'
import { type Params, parseRackParams } from './rack-params.ts'

const maxFields = 4096

/**
 * Reads the fields of `multipart/form-data` as those of any other form. Files are passed over: no parameter is one.
 * @param body the whole form, whose size is limited before
 * @returns null when it is not well formed
 */
export async function parseMultipartParams(contentType: string, body: Buffer): Promise<Params | null> {
  return new Promise((resolve) => {
    const fields: string[] = []
    try {
      const form = new Busboy({
        headers: { 'content-type': contentType },
        limits: { fields: maxFields, fieldSize: body.length, fieldNameSize: 1000 },
      })
      form.on('field', (name, value) => fields.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`))
      form.on('file', (_name, stream) => stream.resume())
      form.on('finish', () => resolve(parseRackParams(fields.join('&'))))
      form.on('error', () => resolve(null))
      form.end(body)
    } catch {
      // A content type without a boundary.
      resolve(null)
    }
  })
}
