/** Which cached answers a change makes stale. */
import type { ApiKey } from '../api/query.ts'

/** What the server tells of a change (GET /-/events): ids, never content. */
export interface Change {
  readonly project_id: number
  /** `Deployment:5`, `Job:7`, …; null when there are too many to name. */
  readonly things: readonly string[] | null
}

/** The tags of the operations whose answers show a kind of thing. Kinds that are not listed may show anywhere in their project. */
const shownBy: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['Deployments', 'Environments', 'Jobs', 'Pipelines'],
  Job: ['Jobs', 'Pipelines', 'Deployments', 'Environments'],
  Pipeline: ['Pipelines'],
  Environment: ['Environments', 'Deployments'],
  // Logs grow by themselves on the page that shows one (useChanges).
  Log: [],
}

/** Whether an answer may look different after a change. Answers that are of no single project always may. */
export function isStale(key: readonly unknown[], change: Change): boolean {
  const [tag, , input] = key as Partial<ApiKey>
  if (typeof tag !== 'string' || !concerns(input, change.project_id)) return false
  if (change.things === null) return true
  return change.things.some((thing) => shownBy[thing.split(':')[0] ?? '']?.includes(tag) ?? true)
}

function concerns(input: unknown, projectId: number): boolean {
  if (input === null || typeof input !== 'object' || !('id' in input)) return true
  return input.id === projectId || !/^\d+$/.test(String(input.id))
}
