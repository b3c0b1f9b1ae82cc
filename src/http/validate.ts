/** Turns what a schema found wrong into the sentences of GitLab's API ("name is missing, path is missing"). */
import type { z } from 'zod'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'

/**
 * Checks the merged parameters of a call. Unknown parameters are ignored, as GitLab ignores them; so is null where a parameter may
 * be left out but not be null: several clients send one for what they were not given.
 */
export function validate<S extends z.ZodObject>(
  schema: S,
  merged: Readonly<Record<string, unknown>>,
): Result<z.output<S>, Refusal> {
  const params = Object.fromEntries(
    Object.entries(merged).filter(([key, value]) => value !== null || keepsNull(schema, key)),
  )
  const parsed = schema.safeParse(params)
  if (parsed.success) return ok(parsed.data)
  const sentences = parsed.error.issues.map((issue) => `${parameterName(issue.path)} ${problem(issue, params)}`)
  return err({ code: 'invalid_parameter', sentence: [...new Set(sentences)].join(', ') })
}

/** Null means something here, or is wrong. */
function keepsNull(schema: z.ZodObject, key: string): boolean {
  const field = Object.hasOwn(schema.shape, key) ? (schema.shape[key] as z.ZodType) : undefined
  return field !== undefined && (field.safeParse(null).success || !field.safeParse(undefined).success)
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
