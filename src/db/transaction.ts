import { setTimeout as delay } from 'node:timers/promises'
import type { IsolationLevel } from 'kysely'
import { DatabaseError } from 'pg'
import { type Db, root, type Tx } from './open.ts'
import { isOutdatedPlan } from './prepared-statements.ts'
import { callSafely } from './safely.ts'

export type TransactionOptions = {
  /** Default: PostgreSQL's own, read committed. */
  readonly isolation?: IsolationLevel
}

const attempts = 8

/** serialization_failure and deadlock_detected: nothing was committed, and the same work may succeed now. */
const retryable = new Set(['40001', '40P01'])

const callbacks = new WeakMap<Db, (() => void)[]>()

/**
 * Runs `fn` in one transaction and commits, or rolls back and throws what `fn` threw. After a serialization failure or a
 * deadlock the whole of `fn` runs again on a new transaction, up to 8 times: it must have no effect beyond `tx` but through
 * `afterCommit`. An error while committing means that the outcome is unknown. Transactions do not nest.
 */
export async function inTransaction<T>(
  db: Db & { readonly isTransaction?: false },
  fn: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(db, fn, options)
    } catch (error) {
      if (attempt === attempts || !isRetryable(error)) throw error
      await delay(Math.random() * Math.min(5 * 2 ** attempt, 200)) // apart, or the same two meet again
    }
  }
}

/** Runs `callback` once `tx` has been committed, in the order given; never when it is rolled back. It must not throw. */
export function afterCommit(tx: Tx, callback: () => void): void {
  const list = callbacks.get(tx)
  if (!list) throw new Error('The transaction is over')
  list.push(callback)
}

async function runOnce<T>(db: Db, fn: (tx: Tx) => Promise<T>, { isolation }: TransactionOptions): Promise<T> {
  const list: (() => void)[] = []
  const writing = root(db).transaction().setAccessMode('read write')
  const result = await (isolation ? writing.setIsolationLevel(isolation) : writing).execute(async (transaction) => {
    const tx = transaction as Tx
    callbacks.set(tx, list)
    try {
      return await fn(tx)
    } finally {
      callbacks.delete(tx)
    }
  })
  for (const callback of list) callSafely(callback)
  return result
}

function isRetryable(error: unknown): boolean {
  if (isOutdatedPlan(error)) return true
  return error instanceof DatabaseError && error.code !== undefined && retryable.has(error.code)
}
