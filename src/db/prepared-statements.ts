/**
 * Statements that come again and again are prepared: PostgreSQL then parses and plans them once a connection instead of every
 * time, which halves the time from an approval to a runner holding the job (`npm run bench -- hand-over`). As pgjdbc does it
 * (`prepareThreshold`), a statement is prepared once it has been seen a few times.
 */
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { DatabaseError, type Pool, type PoolClient } from 'pg'

/** Seen this often, a statement is worth preparing. */
const threshold = 5

/** Each connection keeps a plan of every prepared statement it ran: 300 are about 10 MB in PostgreSQL. */
const mostPrepared = 300

/** Texts that are counted at once; statements built for one occasion must not pile up. */
const mostCounted = 3_000

interface NamedStatement {
  readonly name?: string
  readonly text: string
  readonly values: unknown[]
}

interface NamingClient {
  query<R>(statement: NamedStatement): Promise<PostgresQueryResult<R>>
}

/** The pool as the query builder wants it, with names on what is executed often. */
export function preparingPool(pool: Pool): PostgresPool {
  const names = new StatementNames()
  const wrapped = new WeakMap<PoolClient, PreparingClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      const known = wrapped.get(client)
      if (known) return known
      const made = new PreparingClient(client, names)
      wrapped.set(client, made)
      return made
    },
  }
}

class PreparingClient implements PostgresPoolClient {
  readonly #client: PoolClient
  readonly #names: StatementNames

  constructor(client: PoolClient, names: StatementNames) {
    this.#client = client
    this.#names = names
  }

  query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    text: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new Error('Cursors are not used')
    return this.#run<R>(text, [...parameters])
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy)
  }

  async #run<R>(text: string, values: unknown[]): Promise<PostgresQueryResult<R>> {
    const client: NamingClient = this.#client
    // Statements without parameters are `commit` and the like, or run once.
    const name = values.length === 0 ? undefined : this.#names.of(text)
    if (name === undefined) return client.query<R>({ text, values })
    try {
      return await client.query<R>({ name, text, values })
    } catch (error) {
      if (!isOutdatedPlan(error)) throw error
      // Another server migrated the schema. Inside a transaction the second attempt fails too, and `inTransaction` begins anew.
      this.#names.forget()
      return client.query<R>({ text, values }).catch(() => Promise.reject(error))
    }
  }
}

/** Which statements have a name, for all connections of a pool. */
export class StatementNames {
  #seen = new Map<string, number>()
  #names = new Map<string, string>()
  #given = 0

  /** The name to prepare `text` under; undefined while it is not worth it. */
  of(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    if (this.#names.size >= mostPrepared) return undefined
    const seen = (this.#seen.get(text) ?? 0) + 1
    if (seen < threshold) {
      if (this.#seen.size >= mostCounted) this.#seen.clear()
      this.#seen.set(text, seen)
      return undefined
    }
    this.#seen.delete(text)
    const name = `s${++this.#given}`
    this.#names.set(text, name)
    return name
  }

  /** From here on every statement is prepared anew, under a name that no connection has used. */
  forget(): void {
    this.#names.clear()
  }
}

/** What PostgreSQL answers when a table of a prepared statement got another shape: "cached plan must not change result type". */
export function isOutdatedPlan(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '0A000' && error.routine === 'RevalidateCachedQuery'
}
