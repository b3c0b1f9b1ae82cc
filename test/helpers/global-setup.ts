import { access, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/db/embedded.ts'
import { migrate } from '../../src/db/migrate.ts'
import { closeDatabase, openDatabase } from '../../src/db/open.ts'
import { embeddedUrl } from '../../src/db/target.ts'

/** What every test file is told: the server to make databases on, and how to copy the migrated one. */
export type TestServer = { readonly url: string; readonly copyTemplate: string }

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
  const server = given ? { url: given, strategy: '', stop: () => Promise.resolve() } : await startScratch()
  const template = `countersign_template_${process.pid}`
  try {
    await execute(server.url, `create database ${template}`)
    const db = await openDatabase({ kind: 'url', url: withDatabase(server.url, template) })
    try {
      await migrate(db)
    } finally {
      await closeDatabase(db)
    }
    project.provide('testServer', { url: server.url, copyTemplate: `template ${template} ${server.strategy}` })
  } catch (error) {
    await server.stop()
    throw error
  }
  return async () => {
    if (given) await execute(server.url, `drop database ${template} with (force)`)
    await server.stop()
  }
}

const scratchName = /^countersign-test-run-(\d+)-/

async function startScratch(): Promise<{ url: string; strategy: string; stop: () => Promise<void> }> {
  const base = await fastDisk()
  await removeAbandoned(base)
  const dataDir = await mkdtemp(join(base, `countersign-test-run-${process.pid}-`))
  // Nothing here has to outlive the machine, so the tests do not wait for its disk.
  const embedded = await startEmbedded(dataDir, { settings: { fsync: 'off', full_page_writes: 'off' } })
  const stop = async () => {
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url: embeddedUrl(embedded.connection), strategy: base === memoryDisk ? 'strategy file_copy' : '', stop }
}

const memoryDisk = '/dev/shm'

/**
 * Where to put databases that need not last: in memory, when there is a gigabyte of it (containers often have 64 MB there). A
 * copy of the template is 300 files: 10 ms in memory, up to a second on a busy disk.
 */
export async function fastDisk(): Promise<string> {
  const found = await statfs(memoryDisk).catch(() => undefined)
  return found !== undefined && found.bavail * found.bsize > 2 ** 30 ? memoryDisk : tmpdir()
}

/** Removes what a killed run left, which would hold memory; its PostgreSQL ends by itself when its files are gone. */
async function removeAbandoned(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const pid = scratchName.exec(name)?.[1]
    if (
      pid === undefined ||
      (await access(`/proc/${pid}`).then(
        () => true,
        () => process.platform !== 'linux',
      ))
    )
      continue
    await rm(join(base, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${database}`)
}

/** One statement outside every transaction, as creating and dropping databases wants. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
