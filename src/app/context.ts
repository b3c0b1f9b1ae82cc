/** What every command of app/ is handed: the world outside, and who is asking. */
import type { AuditAuthor } from '../db/audit.ts'
import type { Db } from '../db/open.ts'
import type { Actor } from '../domain/access.ts'
import type { RepositoryStore } from '../git/repository-store.ts'
import type { Log } from '../log.ts'

export interface App {
  readonly db: Db
  readonly repositories: RepositoryStore
  readonly log: Log
  readonly now: () => Date
  /** Base of every link, without a slash at the end. */
  readonly externalUrl: string
}

/** The audit author for what `actor` does. */
export function authorOf(actor: Actor): AuditAuthor {
  return { id: actor.userId, name: actor.name, ip: actor.ip }
}
