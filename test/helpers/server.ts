import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrapRoot } from '../../src/app/bootstrap.ts'
import type { App, Timing } from '../../src/app/context.ts'
import type { Db } from '../../src/db/open.ts'
import type { ObjectStoreTarget } from '../../src/domain/object-store-url.ts'
import { buildServer, closeApp, closeServer, createApp } from '../../src/http/build.ts'
import { createLog } from '../../src/log.ts'
import { type Api, apiAt } from './api.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export interface TestServer {
  /** Base of every link, without a slash at the end. */
  readonly url: string
  readonly app: App
  readonly db: Db
  readonly database: TestDatabase
  readonly dataDir: string
  /** Of user 1, an administrator; scope `api`. */
  readonly rootToken: string
  readonly rootPassword: string
  /** Requests with this token, or with nobody's. */
  api(token?: string): Api
  stop(): Promise<void>
}

export interface TestServerOptions {
  readonly now?: () => Date
  /** Held requests end after 2 s unless this says otherwise. */
  readonly timing?: Partial<Timing>
  /** pino's level; default `silent`. */
  readonly logLevel?: string
  /** Use this database instead of one of its own; it is not dropped. */
  readonly database?: TestDatabase
  /** Use this directory instead of one of its own; it is not removed. */
  readonly dataDir?: string
  /** Instead of files in that directory. */
  readonly objectStore?: ObjectStoreTarget
}

const rootToken = 'glpat-root-token-of-the-tests'
const rootPassword = 'root password of the tests'

/** A whole server on loopback with a database and data directory of its own. One per test file; `stop` it in afterAll. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase())
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'countersign-test-data-')))
  const app = await createApp({
    db: database.db,
    target: { kind: 'url', url: database.url },
    dataDir,
    log: createLog(options.logLevel ?? 'silent'),
    externalUrl: 'http://127.0.0.1',
    ...(options.now ? { now: options.now } : {}),
    ...(options.objectStore ? { objectStore: options.objectStore } : {}),
    timing: { holdMs: 2_000, ...options.timing },
  })
  await bootstrapRoot(app, { password: rootPassword, token: rootToken })
  const server = buildServer(app)
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  // The port is known only now; everything holds the same object.
  Object.assign(app, { externalUrl: url })
  return {
    url,
    app,
    db: database.db,
    database,
    dataDir,
    rootToken,
    rootPassword,
    api: (token) => apiAt(url, token),
    stop: async () => {
      app.stopHolding()
      await closeServer(server)
      await closeApp(app)
      if (!options.database) await database.drop()
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
