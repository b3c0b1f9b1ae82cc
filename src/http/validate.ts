/** Turns what a schema found wrong into the sentences of GitLab's API ("name is missing, path is missing"). */
import type { z } from 'zod'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** Checks the merged parameters of a call. Unknown parameters are ignored, as GitLab ignores them. */
export function validate<S extends z.ZodObject>(schema: S, params: unknown): Result<z.output<S>, Refusal> {
  const parsed = schema.safeParse(params)
  if (parsed.success) return ok(parsed.data)
  const sentences = parsed.error.issues.map((issue) => `${parameterName(issue.path)} ${problem(issue, params)}`)
  return err({ code: 'invalid_parameter', sentence: [...new Set(sentences)].join(', ') })
}

/** `['rules', 0, 'user_id']` → `rules[0][user_id]`, Grape's way of naming a nested parameter. */
function parameterName(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path.map(String)
  return `${first ?? 'body'}${rest.map((part) => `[${part}]`).join('')}`
}

function problem(issue: z.core.$ZodIssue, params: unknown): string {
  if (valueAt(params, issue.path) === undefined) return 'is missing'
  if (issue.code === 'invalid_value') return 'does not have a valid value'
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    return issue.origin === 'string' ? 'is invalid' : 'does not have a valid value'
  }
  return issue.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : 'is invalid'
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === 'object' ? Reflect.get(inner, key) : undefined),
    value,
  )
}
