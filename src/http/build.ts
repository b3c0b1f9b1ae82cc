/** Puts the parts of a server together: the one place that `serve` and the tests share. */
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { App } from '../app/context.ts'
import type { Db } from '../db/open.ts'
import { openStore } from '../git/repository-store.ts'
import type { Log } from '../log.ts'
import { routes } from './routes/index.ts'
import { addRoutes, createServer } from './server.ts'

export interface AppParts {
  readonly db: Db
  /** Holds the repositories and whatever else is kept in files. */
  readonly dataDir: string
  readonly log: Log
  /** Without a slash at the end. */
  readonly externalUrl: string
  readonly now?: () => Date
}

/** What the commands need, from what the process was given. End it with `closeApp`; the database stays the caller's. */
export async function createApp(parts: AppParts): Promise<App> {
  return {
    db: parts.db,
    repositories: await openStore(join(parts.dataDir, 'repositories')),
    log: parts.log,
    now: parts.now ?? (() => new Date()),
    externalUrl: parts.externalUrl,
  }
}

export async function closeApp(app: App): Promise<void> {
  await app.repositories.close()
}

/** The server with everything it serves, not listening yet. */
export function buildServer(app: App): FastifyInstance {
  const server = createServer(app)
  addRoutes(server, app, routes)
  return server
}
