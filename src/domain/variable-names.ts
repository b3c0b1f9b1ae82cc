/** Names of variables that a person gives a pipeline or a job. */
import type { Refusal } from './refusal.ts'

/** What is wrong with them; null when nothing is. A name given twice has no meaning that everybody would guess. */
export function variableNameProblem(keys: readonly string[]): Refusal | null {
  if (keys.some((key) => !/^[A-Za-z0-9_]{1,255}$/.test(key))) {
    return { code: 'invalid', errors: { 'variables.key': ["can contain only letters, digits and '_'."] } }
  }
  const repeated = [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))]
  if (repeated.length === 0) return null
  const noun = repeated.length === 1 ? 'name' : 'names'
  return { code: 'invalid', errors: { base: [`Duplicate variable ${noun}: ${repeated.join(', ')}`] } }
}
