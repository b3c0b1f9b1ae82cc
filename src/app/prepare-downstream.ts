/** From a trigger job to the pipeline it asks for: where, on which commit, with which configuration and variables. */
import { upstreamVariables } from '../ci/predefined.ts'
import { findActor } from '../db/actors.ts'
import type { Bridge } from '../db/bridges.ts'
import { jobContext } from '../db/job-context.ts'
import type { Actor } from '../domain/access.ts'
import type { BridgeRefusal } from '../domain/bridge.ts'
import type { TriggerPlan } from '../domain/plan.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { zeroSha } from '../git/ref-name.ts'
import type { App } from './context.ts'
import { type PipelineRequest, preparePipeline } from './create-pipeline.ts'
import { type DownstreamTarget, downstreamTarget, triggersChild } from './downstream-target.ts'
import { bridgeVariables } from './downstream-variables.ts'
import { branchOrTag } from './run-pipeline.ts'
import type { PipelineToSave } from './save-pipeline.ts'

export interface PreparedDownstream {
  readonly actor: Actor
  /** Of `trigger:project`, expanded; null for a child pipeline. */
  readonly path: string | null
  readonly pipeline: PipelineToSave
}

/** Nothing is changed yet. What is refused here is the reason for which the job fails. */
export async function prepareDownstream(
  app: App,
  bridge: Bridge,
  trigger: TriggerPlan,
): Promise<Result<PreparedDownstream, BridgeRefusal>> {
  const actor = bridge.userId === null ? null : await findActor(app.db, bridge.userId)
  if (!actor) return err({ reason: 'user_blocked', message: 'The user of this job is not active.' })
  const job = await jobContext(app.db, bridge.id)
  if (!job) throw new Error(`job ${bridge.id} is gone`)
  const child = triggersChild(trigger)
  const variables = await bridgeVariables(app, app.db, job, trigger, !child)
  const path = child ? null : variables.expand(trigger.project ?? '')
  const target = await downstreamTarget(app.db, actor, bridge, path)
  if (!target.ok) return target
  const at = child
    ? parentCommit(target.value)
    : await branchCommit(app, target.value, variables.expand(trigger.branch ?? ''))
  if (!at) return err(creationFailed('Reference not found'))
  const { upstream, project } = target.value
  const prepared = await preparePipeline(app, {
    project,
    actor,
    ...at,
    variables: variables.forwarded,
    inputs: trigger.inputs,
    morePredefined: upstreamVariables({ pipelineId: upstream.id, projectId: bridge.projectId, jobId: bridge.id }),
    ...(child ? { config: childConfig(trigger), artifactsOf: upstream.id } : {}),
    upstream: {
      bridgeId: bridge.id,
      parentPipelineId: child ? upstream.id : null,
      requesterId: bridge.retriedByPerson ? bridge.userId : (upstream.requester_id ?? bridge.userId),
    },
  })
  return prepared.ok ? ok({ actor, path, pipeline: prepared.value }) : err(creationFailed(...sentences(prepared.error)))
}

type Commit = Pick<PipelineRequest, 'ref' | 'refType' | 'sha' | 'beforeSha' | 'source'>

/** A child pipeline is for the commit of its parent, wherever the branch is by now. */
function parentCommit({ upstream }: DownstreamTarget): Commit {
  return {
    ref: upstream.ref,
    refType: upstream.tag ? 'tag' : 'branch',
    sha: upstream.sha,
    beforeSha: upstream.before_sha,
    source: 'parent_pipeline',
  }
}

async function branchCommit(app: App, { project }: DownstreamTarget, branch: string): Promise<Commit | null> {
  if (!(await app.repositories.exists(project.id))) return null
  const at = await branchOrTag(app.repositories.open(project.id), branch || project.default_branch)
  return at && { ref: at.name, refType: at.type, sha: at.commit, beforeSha: zeroSha, source: 'pipeline' }
}

/** `trigger:include` is a configuration of its own that includes those files. JSON is YAML. */
function childConfig(trigger: TriggerPlan) {
  return { path: 'trigger:include', text: JSON.stringify({ include: trigger.include }) }
}

export function creationFailed(...messages: readonly string[]): BridgeRefusal {
  return { reason: 'downstream_pipeline_creation_failed', message: messages.join('\n') }
}

function sentences(refusal: Refusal): readonly string[] {
  return refusal.code === 'invalid' ? Object.values(refusal.errors).flat() : ['Failed to build the pipeline!']
}
