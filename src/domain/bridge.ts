/**
 * Trigger jobs (GitLab: bridges): whether one may start its downstream pipeline, and how it follows it afterwards (reference
 * gitlab-ci-and-runner.md A17; GitLab docs, "Downstream pipelines" and `trigger:strategy`).
 */
import type { FailureReason, JobEvent, JobStatus } from './job.ts'
import type { PipelineStatus } from './pipeline.ts'
import type { TriggerPlan } from './plan.ts'

export type Strategy = TriggerPlan['strategy']

/** What a trigger job can do besides the transitions of every job. None of them starts anything. */
export const bridgeTransitions = {
  /** The downstream pipeline waits for a person (`strategy: mirror`). */
  pause: { from: ['running'], to: 'manual' },
  /** The downstream pipeline was skipped (`strategy: mirror`). */
  pass_over: { from: ['running'], to: 'skipped' },
  /** The downstream pipeline moves again, after it was over or waited. */
  resume: { from: ['success', 'failed', 'canceled', 'skipped', 'manual'], to: 'pending' },
} satisfies Record<string, { from: readonly JobStatus[]; to: JobStatus }>

export type BridgeEvent = keyof typeof bridgeTransitions

/** Whether `event` may happen to a trigger job in `status`. */
export function canMoveBridge(status: JobStatus, event: BridgeEvent): boolean {
  return (bridgeTransitions[event].from as readonly JobStatus[]).includes(status)
}

/** Child pipelines of child pipelines, and no further (GitLab docs, "Nested child pipelines"). */
export const deepestChild = 2
/** Pipelines in one tree of upstream and downstream pipelines (GitLab docs, "Maximum number of downstream pipelines"). */
export const largestHierarchy = 1_000

export interface BridgeFacts {
  /** `trigger:include`: the downstream pipeline is a child in the same project. */
  readonly child: boolean
  /** What the person whose job it is may do; null: the project does not exist, or they cannot see it. */
  readonly downstream: { readonly sameProject: boolean; readonly mayCreatePipelines: boolean } | null
  readonly mayUpdateUpstream: boolean
  /** Pipelines from this one up to the one that is no child. */
  readonly depth: number
  /** Pipelines in the whole tree so far. */
  readonly hierarchySize: number
  /** This pipeline and the ones that led to it, without children: project, ref and source of each. */
  readonly lineage: readonly string[]
}

export interface BridgeRefusal {
  readonly reason: FailureReason
  readonly message: string
}

/** Why no downstream pipeline is made; null when it may be. In GitLab's order, so that the same reason is named. */
export function bridgeRefusal(facts: BridgeFacts): BridgeRefusal | null {
  const { child, downstream } = facts
  if (downstream === null) {
    return {
      reason: 'downstream_bridge_project_not_found',
      message: 'The downstream project does not exist, or the user of this job cannot see it.',
    }
  }
  if (downstream.sameProject && !child) {
    return {
      reason: 'invalid_bridge_trigger',
      message: 'A project cannot trigger itself by its path: use trigger:include for a child pipeline.',
    }
  }
  if (child && facts.depth > deepestChild) {
    return {
      reason: 'reached_max_descendant_pipelines_depth',
      message: `Child pipelines can be nested ${deepestChild} levels deep.`,
    }
  }
  if (facts.hierarchySize >= largestHierarchy) {
    return {
      reason: 'reached_max_pipeline_hierarchy_size',
      message: `There can be ${largestHierarchy} pipelines in one tree of upstream and downstream pipelines.`,
    }
  }
  if (!facts.mayUpdateUpstream || !downstream.mayCreatePipelines) {
    return {
      reason: 'insufficient_bridge_permissions',
      message: 'The user of this job may not create pipelines in the downstream project.',
    }
  }
  if (!child && loops(facts.lineage)) {
    return {
      reason: 'pipeline_loop_detected',
      message: 'These pipelines trigger each other in a circle.',
    }
  }
  return null
}

/** One circle can be meant (A, B, A); the second one is a loop (GitLab). */
function loops(lineage: readonly string[]): boolean {
  return [...Map.groupBy(lineage, (entry) => entry).values()].some((same) => same.length > 2)
}

/** What a launched trigger job looks like beside its downstream pipeline. */
export interface Following {
  readonly status: JobStatus
  readonly strategy: Strategy
  /** Null: it was deleted. `created` is false when its configuration was broken: then it is there, but never ran. */
  readonly downstream: { readonly status: PipelineStatus; readonly created: boolean } | null
}

/**
 * The next move of a launched trigger job; null: none. Without a strategy it succeeds as soon as its pipeline is there; `depend`
 * waits for its end; `mirror` also waits when it waits for a person, and is skipped when it is.
 */
export function followDownstream({ status, strategy, downstream }: Following): JobEvent | BridgeEvent | null {
  if (status === 'manual') return strategy === 'mirror' && downstream?.status !== 'manual' ? 'resume' : null
  if (status !== 'pending' && status !== 'running') return null
  if (downstream === null || !downstream.created) return 'drop'
  if (strategy === null) return 'succeed'
  const event = (strategy === 'depend' ? depending : mirroring)[downstream.status] ?? null
  if (event === null || status === 'running') return event
  return whilePending[event] ?? event
}

type Follow = Partial<Record<PipelineStatus, JobEvent | BridgeEvent>>

const depending: Follow = { success: 'succeed', canceled: 'cancel', failed: 'drop', skipped: 'drop' }
const mirroring: Follow = { ...depending, skipped: 'pass_over', manual: 'pause' }
/** A trigger job that was resumed is pending, and leaves that status as any job does. */
const whilePending: Partial<Record<JobEvent | BridgeEvent, JobEvent>> = { pass_over: 'skip', pause: 'hold' }

/** Whether a trigger job that is over, or waits, shares the fate of its pipeline again once that moves. */
export function resumesWith(strategy: Strategy, status: JobStatus): boolean {
  return strategy !== null && canMoveBridge(status, 'resume')
}
