import { randomBytes } from 'node:crypto'
import { DatabaseError } from 'pg'
import { inject } from 'vitest'
import { closeDatabase, type Db, type OpenOptions, openDatabase } from '../../src/db/open.ts'
import type { Target } from '../../src/db/target.ts'
import { execute, withDatabase } from './global-setup.ts'

export type TestDatabase = {
  readonly db: Db
  /** Good as DATABASE_URL of a child process. */
  readonly url: string
  readonly target: Target
  /** Closes `db`, disconnects everybody else and removes the database. */
  drop(): Promise<void>
}

/** A database of its own with the current schema and no rows, copied from the run's template. */
export async function createTestDatabase(options: OpenOptions = {}): Promise<TestDatabase> {
  const server = inject('testServer')
  const copy = await create(server.copyTemplate)
  const target: Target = { kind: 'url', url: copy.url }
  const db = await openDatabase(target, { poolSize: 8, ...options })
  return {
    db,
    url: copy.url,
    target,
    drop: async () => {
      await closeDatabase(db)
      await copy.drop()
    },
  }
}

/** A database without any table. */
export async function createEmptyDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  return create('')
}

async function create(clause: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const server = inject('testServer')
  const name = `test_${randomBytes(6).toString('hex')}`
  await execute(server.url, `create database ${name} ${clause}`)
  return {
    url: withDatabase(server.url, name),
    drop: () => dropDatabase(server.url, name),
  }
}

/**
 * `force` may not end an autovacuum worker, which is not ours (42501); without it PostgreSQL ends that worker by itself, and it is
 * the one thing left here by then.
 */
async function dropDatabase(url: string, name: string): Promise<void> {
  try {
    await execute(url, `drop database ${name} with (force)`)
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === '42501')) throw error
    await execute(url, `drop database ${name}`)
  }
}
