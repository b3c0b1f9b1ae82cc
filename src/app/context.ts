/** What every command of app/ is handed: the world outside, and who is asking. */
import type { BlobStore } from '../blobs/blob-store.ts'
import type { AuditAuthor } from '../db/audit.ts'
import type { Db } from '../db/open.ts'
import type { Wake } from '../db/wake.ts'
import type { Actor } from '../domain/access.ts'
import type { RepositoryStore } from '../git/repository-store.ts'
import type { Log } from '../log.ts'
import type { JobNews } from './job-news.ts'
import type { TaskBoard } from './task-board.ts'

export interface App {
  readonly db: Db
  readonly wake: Wake
  readonly jobNews: JobNews
  readonly repositories: RepositoryStore
  readonly blobs: BlobStore
  readonly log: Log
  readonly now: () => Date
  /** Base of every link, without a slash at the end. */
  readonly externalUrl: string
  readonly timing: Timing
  /** Aborted when the server stops: held requests end. */
  readonly closing: AbortSignal
  readonly startedAt: Date
  readonly databaseKind: 'embedded' | 'external'
  /** What the background tasks of this process did. */
  readonly taskBoard: TaskBoard
  /** Bytes of the disk that holds the data directory. */
  diskSpace(): Promise<{ readonly free: number; readonly total: number }>
}

/** How long things may take, in milliseconds. */
export interface Timing {
  /** A runner's request for a job is held this long (GitLab recommends 50 s). */
  readonly holdMs: number
  /** A job that was handed over but not begun goes back to the queue (GitLab: 2 minutes). */
  readonly acknowledgeMs: number
  /** A running job whose runner is silent fails (GitLab: 1 hour). */
  readonly lostJobMs: number
}

export const defaultTiming: Timing = { holdMs: 50_000, acknowledgeMs: 120_000, lostJobMs: 3_600_000 }

/** The audit author for what `actor` does. */
export function authorOf(actor: Actor): AuditAuthor {
  return { id: actor.userId, name: actor.name, ip: actor.ip }
}
