import type { ScopedVariable, Variable } from './types.ts'

/**
 * Whether an environment scope (`*`, a name, or a name with `*` as the only wildcard) covers an environment. A job without an
 * environment is covered by `*` alone. (GitLab docs, "Limit the environment scope of a CI/CD variable".)
 */
export function scopeCovers(scope: string, environment: string | null): boolean {
  if (scope === '*') return true
  if (environment === null) return false
  if (!scope.includes('*')) return scope === environment
  return wildcardMatches(scope, environment)
}

/** Matches greedily part by part, so the time is linear however many wildcards a scope has. */
function wildcardMatches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** How specific a scope is: the exact name before a longer pattern before a shorter one before `*`. */
function specificity(scope: string): number {
  if (scope === '*') return 0
  return scope.includes('*') ? 1 + scope.replaceAll('*', '').length : Number.MAX_SAFE_INTEGER
}

/**
 * Puts stored variables into the order `PipelineContext.stored` wants, lowest precedence first. Sources come as instance, groups
 * from the outermost to the closest, project: a later source wins over an earlier one whatever the scopes; within one source the
 * more specific scope wins (reference B1, B3).
 */
export function orderStored(sources: readonly (readonly ScopedVariable[])[]): readonly ScopedVariable[] {
  return sources.flatMap((source) =>
    source.toSorted((a, b) => specificity(a.environmentScope) - specificity(b.environmentScope)),
  )
}

/** The stored variables a job with this environment sees (null: a job without one), in the order given. */
export function variablesInScope(stored: readonly ScopedVariable[], environment: string | null): readonly Variable[] {
  return stored
    .filter((variable) => scopeCovers(variable.environmentScope, environment))
    .map(({ key, value, public: visible, masked, file, raw }) => ({ key, value, public: visible, masked, file, raw }))
}
