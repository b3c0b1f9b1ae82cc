/** Scopes of access tokens, and what a token may be made from another one (GitLab docs, Personal access tokens; threat T19). */
import { displayNameProblems } from './names.ts'

export const tokenScopes = [
  'api',
  'read_api',
  'read_user',
  'read_repository',
  'write_repository',
  'create_runner',
  'self_rotate',
] as const
export type TokenScope = (typeof tokenScopes)[number]

/** What a scope allows beside itself. */
const includes: Partial<Record<TokenScope, readonly TokenScope[]>> = {
  api: tokenScopes,
  read_api: ['read_user'],
  write_repository: ['read_repository'],
}

export interface TokenRequest {
  readonly name: string
  readonly scopes: readonly TokenScope[]
  /** The first day on which it no longer works, YYYY-MM-DD; null: never. */
  readonly expiresAt: string | null
}

/** The token with which the new one is asked for; null when a person asks in their browser. */
export interface ParentToken {
  readonly scopes: readonly string[]
  readonly expiresAt: string | null
}

/** Field → problems. A token made from a token never has more scope or time. */
export function tokenProblems(
  request: TokenRequest,
  parent: ParentToken | null,
  today: string,
): Readonly<Record<string, readonly string[]>> {
  const found: [string, string[]][] = [
    ['name', displayNameProblems(request.name)],
    ['scopes', scopeProblems(request.scopes, parent)],
    ['expires_at', expiryProblems(request.expiresAt, parent, today)],
  ]
  return Object.fromEntries(found.filter(([, problems]) => problems.length > 0))
}

function scopeProblems(scopes: readonly TokenScope[], parent: ParentToken | null): string[] {
  if (scopes.length === 0) return ["can't be blank"]
  if (parent === null || scopes.every((scope) => covers(parent.scopes, scope))) return []
  return ['can only contain what the token that creates it allows']
}

function covers(scopes: readonly string[], wanted: TokenScope): boolean {
  return scopes.some((scope) => scope === wanted || includes[scope as TokenScope]?.includes(wanted))
}

function expiryProblems(expiresAt: string | null, parent: ParentToken | null, today: string): string[] {
  if (expiresAt !== null && expiresAt <= today) return ['must be a date in the future']
  const limit = parent?.expiresAt ?? null
  if (limit === null || (expiresAt !== null && expiresAt <= limit)) return []
  return [`must not be after ${limit}, when the token that creates it expires`]
}

/** Days for which a rotated token works when the request does not say (GitLab: one week). */
const rotationDays = 7

/**
 * The expiry of a token that replaces another one: as asked, or a week, and never for longer than the replaced one was made for.
 * @returns null when more was asked for than that
 */
export function rotatedExpiry(
  replaced: { readonly createdOn: string; readonly expiresAt: string | null },
  asked: string | null,
  today: string,
): string | null {
  const lifetime = replaced.expiresAt === null ? null : daysBetween(replaced.createdOn, replaced.expiresAt)
  const latest = lifetime === null ? null : addDays(today, Math.max(lifetime, 1))
  if (asked !== null) return latest !== null && asked > latest ? null : asked
  const usual = addDays(today, rotationDays)
  return latest !== null && latest < usual ? latest : usual
}

const dayMs = 86_400_000

/** Days from one date to another, both YYYY-MM-DD. */
function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs)
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10)
}
