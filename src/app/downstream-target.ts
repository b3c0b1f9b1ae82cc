/** What a trigger job points at, and whether its user may make a pipeline there (GitLab docs, "Downstream pipelines"). */
import type { Bridge } from '../db/bridges.ts'
import { lineageOf, type UpstreamPipeline } from '../db/bridges.ts'
import type { Db } from '../db/open.ts'
import { findProject, type Project, type ProjectWithStanding } from '../db/projects.ts'
import { type Actor, refuse } from '../domain/access.ts'
import { type BridgeRefusal, bridgeRefusal, largestHierarchy } from '../domain/bridge.ts'
import type { TriggerPlan } from '../domain/plan.ts'
import { err, ok, type Result } from '../domain/result.ts'

export interface DownstreamTarget {
  readonly project: Project
  readonly upstream: UpstreamPipeline
}

/**
 * Asked before the configuration is compiled and again under the lease. The rights are those of the job's user: who played or
 * retried it, else who started the pipeline.
 * @param path of `trigger:project`, expanded; null for a child pipeline
 */
export async function downstreamTarget(
  db: Db,
  actor: Actor,
  bridge: Bridge,
  path: string | null,
): Promise<Result<DownstreamTarget, BridgeRefusal>> {
  const own = await findProject(db, bridge.projectId, actor)
  if (!own) throw new Error(`project ${bridge.projectId} is gone`)
  const found = path === null ? own : await visible(db, actor, path)
  const { pipeline, ...place } = await lineageOf(db, bridge.pipelineId, largestHierarchy)
  const refusal = bridgeRefusal({
    ...place,
    child: path === null,
    downstream: found && {
      sameProject: found.project.id === bridge.projectId,
      mayCreatePipelines: refuse(actor, 'create_pipeline', found.standing, 'Project') === null,
    },
    mayUpdateUpstream: refuse(actor, 'update_job', own.standing, 'Project') === null,
  })
  if (refusal) return err(refusal)
  if (!found) throw new Error('a missing project was not refused')
  return ok({ project: found.project, upstream: pipeline })
}

/** A full path has a group in it; a bare number would be taken for an id. */
async function visible(db: Db, actor: Actor, path: string): Promise<ProjectWithStanding | null> {
  const found = path.includes('/') ? await findProject(db, path, actor) : null
  return found && refuse(actor, 'read_project', found.standing, 'Project') === null ? found : null
}

/** Whether a trigger makes a child pipeline. */
export function triggersChild(trigger: TriggerPlan): boolean {
  return trigger.include.length > 0
}
