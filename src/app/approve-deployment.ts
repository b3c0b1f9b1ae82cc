/** One vote on a deployment, and everything that follows from it, in one transaction. */
import { apply } from '../db/apply.ts'
import { type DeploymentPlace, deploymentPlace } from '../db/deployments.ts'
import { deploymentFacts, jobFacts } from '../db/job-facts.ts'
import { holdProtection, leasePipeline, lockDeployment } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { lockResourceGroups } from '../db/pipelines.ts'
import { inTransaction } from '../db/transaction.ts'
import { newestVote } from '../db/votes.ts'
import type { Actor } from '../domain/access.ts'
import { decideVote, repeatedVote, type VoteCommand, type VoteFacts } from '../domain/decide-vote.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { cancelAfterFailure } from './cancel-jobs.ts'
import { type App, authorOf } from './context.ts'
import { inTurn } from './in-turn.ts'
import { processPipeline } from './process-pipeline.ts'

export interface VoteRequest {
  readonly deploymentId: number
  readonly status: 'approved' | 'rejected'
  readonly comment: string | null
  readonly representedAs: string | null
  /** The caller may read deployments of the project, asked by the route. */
  readonly mayRead: boolean
}

const commentLimit = 255

/**
 * Records the vote (GitLab Deployments API, "Approve or reject a blocked deployment"). The same vote twice is one vote.
 * @returns the id of the vote that was recorded, changed or repeated
 */
export async function approveDeployment(app: App, actor: Actor, vote: VoteRequest): Promise<Result<number, Refusal>> {
  if ((vote.comment?.length ?? 0) > commentLimit) {
    return err({ code: 'refused', sentence: [`Comment is too long (maximum is ${commentLimit} characters)`] })
  }
  const place = await deploymentPlace(app.db, vote.deploymentId)
  if (!place) return err({ code: 'not_found', what: null })
  const work = () => inTransaction(app.db, (tx) => decideAndApply(app, tx, actor, vote, place))
  return place.pipelineId === null ? work() : inTurn(place.pipelineId, work)
}

async function decideAndApply(
  app: App,
  tx: Tx,
  actor: Actor,
  vote: VoteRequest,
  place: DeploymentPlace,
): Promise<Result<number, Refusal>> {
  // Lock order: the pipeline's lease, the deployment row, what protects it, then the job (db/lease.ts).
  if (place.pipelineId !== null) await leasePipeline(tx, place.pipelineId)
  await lockDeployment(tx, vote.deploymentId)
  await holdProtection(tx, vote)
  if (place.jobId !== null) await lockResourceGroups(tx, [place.jobId])
  const found = await deploymentFacts(tx, vote.deploymentId, actor.userId)
  if (!found) return err({ code: 'not_found', what: null })
  const [job = null] = found.jobId === null ? [] : await jobFacts(tx, [found.jobId])
  const facts: VoteFacts = { ...found, job, mayRead: vote.mayRead }
  const { status, comment, representedAs } = vote
  const command: VoteCommand = { userId: actor.userId, status, comment, representedAs }
  const decided = decideVote(facts, command)
  if (!decided.ok) return decided
  await apply(tx, decided.value, authorOf(actor))
  const moved = decided.value.some((change) => change.kind === 'job_moved')
  if (moved && place.pipelineId !== null) {
    await cancelAfterFailure(tx, place.pipelineId, decided.value)
    await processPipeline(tx, place.pipelineId, app.now())
  }
  const recorded = decided.value.some((change) => change.kind === 'vote_recorded')
  const changed = decided.value.find((change) => change.kind === 'vote_changed')
  const id = recorded
    ? await newestVote(tx, vote.deploymentId, actor.userId)
    : (changed?.voteId ?? repeatedVote(facts, command))
  if (id === null) throw new Error(`a vote on deployment ${vote.deploymentId} changed nothing and repeated none`)
  return ok(id)
}
