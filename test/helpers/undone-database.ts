/** A database of which every change can be undone: for tests that ask many questions of the same world. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import { Client } from 'pg'
import type { Db } from '../../src/db/open.ts'
import type { Database } from '../../src/db/tables.ts'
import { clientConfig } from '../../src/db/target.ts'

export interface UndoneDatabase {
  readonly db: Db
  /** Takes back everything since the last time; what a request left running is waited for, or happens afterwards. */
  undo(): Promise<void>
  close(): Promise<void>
}

/**
 * One connection that is always inside one transaction: what the server takes for transactions are savepoints in it, so a request
 * sees what it committed itself, and nothing lasts. Its transactions therefore take turns.
 */
export async function openUndone(url: string): Promise<UndoneDatabase> {
  const client = new Client(clientConfig({ kind: 'url', url }))
  await client.connect()
  await client.query('set timezone = UTC; begin')
  const driver = new SavepointDriver(client)
  const db = new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (inner) => new PostgresIntrospector(inner),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
  return {
    db,
    undo: () => driver.undo(),
    close: () => db.destroy(),
  }
}

class OneConnection implements DatabaseConnection {
  readonly #client: Client
  #last: Promise<unknown> = Promise.resolve()

  constructor(client: Client) {
    this.#client = client
  }

  /** Parts of one request ask at the same time, and a connection answers one after the other. */
  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const answer = this.#last
      .catch(() => undefined)
      .then(() => this.#client.query(sql, parameters.length > 0 ? [...parameters] : undefined))
    this.#last = answer
    const { command, rowCount, rows } = await answer
    const counts = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command)
    return { rows: rows as R[], ...(counts ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) }
  }

  // oxlint-disable-next-line require-yield -- nothing streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Nothing is streamed here')
  }
}

class SavepointDriver implements Driver {
  readonly #client: Client
  readonly #connection: OneConnection
  #turn: Promise<void> = Promise.resolve()
  #end: () => void = () => undefined

  constructor(client: Client) {
    this.#client = client
    this.#connection = new OneConnection(client)
  }

  init = () => Promise.resolve()
  acquireConnection = () => Promise.resolve(this.#connection)
  releaseConnection = () => Promise.resolve()
  destroy = () => this.#client.end()

  async beginTransaction(): Promise<void> {
    await this.#takeTurn()
    await this.#run('savepoint work')
  }

  async commitTransaction(): Promise<void> {
    await this.#run('release savepoint work').finally(this.#end)
  }

  async rollbackTransaction(): Promise<void> {
    await this.#run('rollback to savepoint work; release savepoint work').finally(this.#end)
  }

  async undo(): Promise<void> {
    await this.#takeTurn()
    await this.#run('rollback; begin').finally(this.#end)
  }

  async #takeTurn(): Promise<void> {
    const before = this.#turn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turn = promise
    await before
    this.#end = resolve
  }

  async #run(statement: string): Promise<void> {
    await this.#connection.executeQuery(CompiledQuery.raw(statement))
  }
}
