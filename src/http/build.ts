/** Puts the parts of a server together: the one place that `serve` and the tests share. */
import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type App, defaultTiming, type Timing } from '../app/context.ts'
import { followJobNews } from '../app/job-news.ts'
import { makeTaskBoard } from '../app/task-board.ts'
import { openBlobStore } from '../blobs/open-store.ts'
import type { Db } from '../db/open.ts'
import type { Target } from '../db/target.ts'
import { openWake } from '../db/wake.ts'
import type { ObjectStoreTarget } from '../domain/object-store-url.ts'
import { openStore } from '../git/repository-store.ts'
import type { Log } from '../log.ts'
import { addCors } from './cors.ts'
import { addDiscovery } from './discovery.ts'
import { addEtags } from './etag.ts'
import { addEvents } from './events.ts'
import { addGitRoutes } from './git-routes.ts'
import { addHealth } from './health.ts'
import { addPages } from './pages.ts'
import { addReference } from './reference.ts'
import { routes } from './routes/index.ts'
import { addRoutes, createServer } from './server.ts'
import { makeThrottling } from './throttle.ts'

export interface AppParts {
  readonly db: Db
  /** The same database, for the connection that listens. */
  readonly target: Target
  /** Holds the repositories and whatever else is kept in files. */
  readonly dataDir: string
  readonly log: Log
  /** Without a slash at the end. */
  readonly externalUrl: string
  readonly now?: () => Date
  readonly timing?: Partial<Timing>
  /** Instead of files in `dataDir`, for logs and artifacts. */
  readonly objectStore?: ObjectStoreTarget | null
}

/** What the commands need, from what the process was given. End it with `closeApp`; the database stays the caller's. */
export async function createApp(parts: AppParts): Promise<RunningApp> {
  const closing = new AbortController()
  const repositories = join(parts.dataDir, 'repositories')
  await mkdir(repositories, { recursive: true, mode: 0o700 })
  const blobs = await openBlobStore(parts.dataDir, parts.objectStore ?? null)
  const wake = await openWake(parts.target)
  const app = {
    db: parts.db,
    wake,
    jobNews: followJobNews(wake),
    repositories: await openStore(repositories),
    blobs,
    log: parts.log,
    now: parts.now ?? (() => new Date()),
    externalUrl: parts.externalUrl,
    timing: { ...defaultTiming, ...parts.timing },
    closing: closing.signal,
    startedAt: new Date(),
    databaseKind: parts.target.kind === 'embedded' ? ('embedded' as const) : ('external' as const),
    taskBoard: makeTaskBoard(),
    diskSpace: async () => {
      const { bavail, blocks, bsize } = await statfs(parts.dataDir)
      return { free: bavail * bsize, total: blocks * bsize }
    },
    stopHolding: () => closing.abort(),
    setExternalUrl: (url: string) => {
      app.externalUrl = url
    },
  }
  return app
}

export interface RunningApp extends App {
  /** Lets go of held requests, so that the server can close. */
  stopHolding(): void
  /** Where the server turned out to listen. Called before anything is answered. */
  setExternalUrl(url: string): void
}

export async function closeApp(app: RunningApp): Promise<void> {
  app.stopHolding()
  await app.repositories.close()
  await app.wake.close()
}

/** The server with everything it serves, not listening yet. */
export function buildServer(app: App): FastifyInstance {
  const server = createServer(app)
  const throttling = makeThrottling(app)
  addCors(server, app)
  addEtags(server)
  addRoutes(server, { app, throttling }, routes)
  addReference(
    server,
    routes.map((route) => route.operation),
  )
  addGitRoutes(server, app, throttling)
  addHealth(server, app)
  addDiscovery(server, app)
  addEvents(server, app)
  addPages(server)
  return server
}

/** How long answers in progress may take once the server stops, in milliseconds. */
const drainLimit = 10_000

/** Stops listening and waits for answers in progress. Connections that turn idle meanwhile are closed at once. */
export async function closeServer(server: FastifyInstance): Promise<void> {
  const idle = setInterval(() => server.server.closeIdleConnections(), 50)
  const late = setTimeout(() => server.server.closeAllConnections(), drainLimit)
  try {
    await server.close()
  } finally {
    clearInterval(idle)
    clearTimeout(late)
  }
}
