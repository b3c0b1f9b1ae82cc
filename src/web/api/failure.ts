import { ApiError } from '../../contract/client.ts'

/** The server does not know it, or does not tell this person. */
export function isMissing(error: Error): boolean {
  return error instanceof ApiError && error.status === 404
}
