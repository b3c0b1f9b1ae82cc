import { ApiError } from '../../contract/client.ts'

/** GitLab's answer to values that break a rule, `{ message: { field: [problem] } }`, as sentences for the form's fields. */
export function fieldErrors(error: Error, fields: readonly string[]): Readonly<Record<string, string>> {
  const body = error instanceof ApiError ? error.body : null
  const message: unknown = body !== null && typeof body === 'object' && 'message' in body ? body.message : null
  if (message === null || typeof message !== 'object') return {}
  return Object.fromEntries(
    Object.entries(message)
      .filter(([field]) => fields.includes(field))
      .map(([field, problems]) => [field, `${labelOf(field)} ${[problems].flat().join(', ')}`]),
  )
}

function labelOf(field: string): string {
  const words = field.replaceAll('_', ' ')
  return `${words[0]?.toUpperCase()}${words.slice(1)}`
}
