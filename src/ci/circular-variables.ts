import type { Variable } from '../domain/plan.ts'
import { stronglyConnected } from './strongly-connected.ts'
import { mayRefer, referencedNames } from './variable-expansion.ts'

/** The variables of a list that refer to others: the only ones that can be part of a cycle. */
export function referringVariables(variables: readonly Variable[]): readonly Variable[] {
  return variables.filter((variable) => !variable.raw && mayRefer(variable.value))
}

/**
 * GitLab's message when variables refer to each other in a circle, or null (reference B5). A variable may refer to its own name.
 * Every variable of a name counts, also those that a later one overrides.
 */
export function circularReferences(referring: readonly Variable[]): string | null {
  if (referring.length < 2) return null
  const byName = new Map<string, Variable[]>()
  for (const variable of referring) {
    const known = byName.get(variable.key)
    if (known === undefined) byName.set(variable.key, [variable])
    else known.push(variable)
  }
  const components = stronglyConnected(referring, (variable) =>
    referencedNames(variable.value).flatMap((name) => byName.get(name) ?? []),
  )
  const cycles = components.filter((component) => component.length > 1)
  if (cycles.length === 0) return null
  const names = cycles.map((cycle) => `[${cycle.map((variable) => JSON.stringify(variable.key)).join(', ')}]`)
  return `circular variable reference detected: ${names.join(', ')}`
}
