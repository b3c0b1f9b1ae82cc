/** Which cached answers a change makes stale. */
import type { ApiKey } from '../api/query.ts'

/** What the server tells of a change (GET /-/events): ids, never content. */
export interface Change {
  readonly project_id: number | null
  /** With neither a project nor a group, an account or the server itself. */
  readonly group_id: number | null
  /** `Deployment:5`, `Job:7`, …; null when there are too many to name. */
  readonly things: readonly string[] | null
}

const record = 'Audit events'

/** The tags of the operations whose answers show a kind of thing. Kinds that are not listed may show anywhere in their project. */
const shownBy: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['Deployments', 'Environments', 'Jobs', 'Pipelines', record],
  Job: ['Jobs', 'Pipelines', 'Deployments', 'Environments', 'Runners', record],
  Pipeline: ['Pipelines', record],
  Environment: ['Environments', 'Deployments', 'Protected environments', record],
  // Logs grow by themselves on the page that shows one (useChanges).
  Log: [],
}

/** Counts everything, and asks again by itself. */
const byItself = 'Server'

/** Answers of places, which a change of an account or of the server does not touch. */
const places = new Set(['Deployments', 'Environments', 'Jobs', 'Pipelines', 'Repositories', 'Commits', 'CI Lint'])

/** Whether an answer may look different after a change. Answers that are of no single project always may. */
export function isStale(key: readonly unknown[], change: Change): boolean {
  const [tag, , input] = key as Partial<ApiKey>
  if (typeof tag !== 'string' || tag === byItself || !concerns(tag, input, change)) return false
  if (change.things === null) return true
  return change.things.some((thing) => shownBy[thing.split(':')[0] ?? '']?.includes(tag) ?? true)
}

function concerns(tag: string, input: unknown, { project_id: projectId, group_id: groupId }: Change): boolean {
  if (projectId === null && groupId === null) return !places.has(tag)
  // Roles and rules of a group hold in all its projects, and which those are is not known here.
  if (projectId === null) return true
  if (input === null || typeof input !== 'object' || !('id' in input)) return true
  return input.id === projectId || !/^\d+$/.test(String(input.id))
}
