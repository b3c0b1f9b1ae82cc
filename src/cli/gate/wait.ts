/** Waits until the server itself says that a deployment runs. */
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError, type Client, Unreachable } from '../../contract/client.ts'
import { type DeploymentExtended, getDeployment, updateDeployment } from '../../contract/deployments.ts'
import { refused } from '../failure.ts'
import { note } from '../output.ts'

/** Between two looks, in milliseconds: quick at first, because many gates are open or decided at once. */
const firstPause = 200
const longestPause = 5_000

/** A server that is restarted must not fail the pipelines that wait for people; one that is gone must not hold them for ever. */
const longestSilence = 300_000

/**
 * Answers the deployment once it is running on this gate's behalf.
 * @param end epoch milliseconds, null for no limit
 * @throws CommandFailure when it was rejected or ended otherwise, or the time is over; ApiError, Unreachable
 */
export async function waitUntilOpen(
  client: Client,
  project: string,
  first: DeploymentExtended,
  end: number | null,
): Promise<DeploymentExtended> {
  // Created and let through in one step: the gate was open.
  if (first.status === 'running') return first
  const one = { id: project, deployment_id: first.id }
  let deployment = first
  let startUnknown = false
  let lastHeard = Date.now()
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    refuseIfOver(deployment)
    if (deployment.status === 'running') return startedBy(deployment, startUnknown)
    if (deployment.pending_approval_count === 0) {
      const started = await start(client, one)
      if (started !== 'not open' && started !== 'unknown') return started
      startUnknown ||= started === 'unknown'
    }
    if (end !== null && Date.now() + pause > end) throw timeOver(deployment)
    await delay(pause)
    try {
      deployment = await client.call(getDeployment, one)
      lastHeard = Date.now()
    } catch (error) {
      if (!isUnavailable(error) || Date.now() - lastHeard > longestSilence) throw error
      note(`${error instanceof Error ? error.message : String(error)}; trying again.`)
    }
  }
}

/**
 * Asks the server to start it; the server judges the gate again under its lock.
 * @returns `not open`: a vote was taken back or voided, or somebody else was quicker; `unknown`: no answer came
 */
async function start(
  client: Client,
  one: { readonly id: string; readonly deployment_id: number },
): Promise<DeploymentExtended | 'not open' | 'unknown'> {
  try {
    return await client.call(updateDeployment, { ...one, status: 'running' })
  } catch (error) {
    if (isUnavailable(error)) return 'unknown'
    if (error instanceof ApiError && error.status === 400) return 'not open'
    throw error
  }
}

/** One approval starts one deployment, so what another caller started is not open for this one. */
function startedBy(deployment: DeploymentExtended, startUnknown: boolean): DeploymentExtended {
  if (startUnknown) return deployment
  throw refused(`Deployment ${deployment.id} was started by another caller of the API.`)
}

function refuseIfOver(deployment: DeploymentExtended): void {
  const { id, status, approvals } = deployment
  if (status === 'blocked' || status === 'created' || status === 'running') return
  const rejection = approvals.find((vote) => vote.status === 'rejected')
  if (rejection === undefined) throw refused(`Deployment ${id} is ${status} and will not start.`)
  const comment = rejection.comment ? `: ${rejection.comment}` : '.'
  throw refused(`Deployment ${id} was rejected by ${rejection.user.username}${comment}`)
}

function timeOver({ id, pending_approval_count: pending }: DeploymentExtended): Error {
  const missing =
    pending > 0 ? `it still misses ${pending} approval${pending === 1 ? '' : 's'}` : 'the server did not start it'
  return refused(
    `The time is over and deployment ${id} is not open: ${missing}. It goes on waiting; the same command finds it again.`,
  )
}

/** Nothing was decided: the server is away. */
function isUnavailable(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ApiError && error.status >= 500)
}
