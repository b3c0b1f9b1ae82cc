/** Unique constraints as refusals: the last word when two transactions want the same name at once. */
import { DatabaseError } from 'pg'
import type { Refusal } from '../domain/refusal.ts'
import { err, type Result } from '../domain/result.ts'

/**
 * Waits for `work` (a whole transaction) and turns the violation of one of these unique constraints into its refusal. Everything
 * the transaction wrote has been rolled back by then.
 * @param constraints name of the constraint or unique index → refusal
 */
export async function refuseTaken<T>(
  work: Promise<Result<T, Refusal>>,
  constraints: Readonly<Record<string, Refusal>>,
): Promise<Result<T, Refusal>> {
  try {
    return await work
  } catch (error) {
    const name = error instanceof DatabaseError && error.code === '23505' ? error.constraint : undefined
    const refusal = name === undefined ? undefined : constraints[name]
    if (refusal === undefined) throw error
    return err(refusal)
  }
}
