/** How the next job of a resource group is picked (GitLab docs, "Process modes"; GitLab Ci::ResourceGroup#upcoming_processables). */
import type { JobStatus } from './job.ts'

export const processModes = ['unordered', 'oldest_first', 'newest_first', 'newest_ready_first'] as const
export type ProcessMode = (typeof processModes)[number]

/** A job in these has the resource. */
export const holdingStatuses: readonly JobStatus[] = ['pending', 'running', 'canceling']

/**
 * A job in these comes next. Where pipelines go in order, those whose turn in their own pipeline has not come yet are waited for,
 * but never one that waits for a person: a manual job, or one that waits to be approved, would hold up all others.
 */
export function upcomingStatuses(mode: ProcessMode): readonly JobStatus[] {
  const inOrder = mode === 'oldest_first' || mode === 'newest_first'
  return inOrder ? ['created', 'scheduled', 'waiting_for_resource'] : ['waiting_for_resource']
}

/** Whether pipelines that began later go first. */
export function newestFirst(mode: ProcessMode): boolean {
  return mode === 'newest_first' || mode === 'newest_ready_first'
}

export interface ResourceQueue {
  readonly mode: ProcessMode
  /** Another job has the resource. */
  readonly held: boolean
  /** Pipelines of the other jobs in {@link upcomingStatuses}. */
  readonly upcoming: readonly number[]
}

/** Whether a job of this pipeline may take the resource now. Jobs of one pipeline do not wait for each other's turn (GitLab). */
export function mayTakeResource(queue: ResourceQueue, pipelineId: number): boolean {
  if (queue.held) return false
  if (queue.mode === 'unordered') return true
  return queue.upcoming.every((other) => (newestFirst(queue.mode) ? other <= pipelineId : other >= pipelineId))
}
