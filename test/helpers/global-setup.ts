import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/db/embedded.ts'
import { migrate } from '../../src/db/migrate.ts'
import { closeDatabase, openDatabase } from '../../src/db/open.ts'
import { embeddedUrl } from '../../src/db/target.ts'

/** What every test file is told: the server to make databases on, and the migrated database to copy. */
export type TestServer = { readonly url: string; readonly template: string }

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

/**
 * One PostgreSQL for the whole run, with a migrated template to copy databases from: an embedded one in a scratch directory, or
 * the one at COUNTERSIGN_TEST_DATABASE_URL (its role must be allowed to create databases).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['COUNTERSIGN_TEST_DATABASE_URL']
  const server = given ? { url: given, stop: () => Promise.resolve() } : await startScratch()
  const template = `countersign_template_${process.pid}`
  try {
    await execute(server.url, `create database ${template}`)
    const db = await openDatabase({ kind: 'url', url: withDatabase(server.url, template) })
    await migrate(db).finally(() => closeDatabase(db))
    project.provide('testServer', { url: server.url, template })
  } catch (error) {
    await server.stop()
    throw error
  }
  return async () => {
    if (given) await execute(server.url, `drop database ${template} with (force)`)
    await server.stop()
  }
}

async function startScratch(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  // Nothing here has to outlive the machine, so the tests do not wait for its disk.
  const embedded = await startEmbedded(dataDir, { settings: { fsync: 'off', full_page_writes: 'off' } })
  const stop = async () => {
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url: embeddedUrl(embedded.connection), stop }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${database}`)
}

/** One statement outside every transaction, as creating and dropping databases wants. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
