/** Tells every server, once a transaction is committed, what changed: open pages look again (http/events.ts). */
import type { AuditEntry } from './audit.ts'
import type { Tx } from './open.ts'
import { notify } from './wake.ts'

/**
 * One notification: what changed in one place. Of the server and of accounts both ids are null. `things` is null when there are
 * too many to name.
 */
export interface Changed {
  readonly project_id: number | null
  readonly group_id: number | null
  /** `Job:5`, `Deployment:7`, `Pipeline:3`, `Environment:2`, `User:4` */
  readonly things: readonly string[] | null
}

/** PostgreSQL takes payloads below 8,000 bytes; far fewer things matter to a page. */
const mostNamed = 200

/** Called for everything that goes on record, so whatever is audited shows by itself on open pages. */
export async function announce(tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
  const places = Map.groupBy(entries, ({ entity }) => `${entity.type} ${entity.id}`)
  for (const changes of places.values()) {
    const entity = changes[0]?.entity
    if (!entity) continue
    const things = [...new Set(changes.flatMap(thingsOf))]
    const changed: Changed = {
      project_id: entity.type === 'Project' ? entity.id : null,
      group_id: entity.type === 'Group' ? entity.id : null,
      things: things.length > mostNamed ? null : things,
    }
    await notify(tx, 'changes', JSON.stringify(changed))
  }
}

/** A vote is filed under its environment, as GitLab files it, but it is the deployment whose page shows it. */
function thingsOf({ target, details }: AuditEntry): string[] {
  const deployment = details['deployment_id']
  const own = `${target.type}:${target.id}`
  return typeof deployment === 'number' ? [own, `Deployment:${deployment}`] : [own]
}
