/** The deployment that a gate waits with. */
import type { Client } from '../../contract/client.ts'
import {
  createDeployment,
  type DeploymentExtended,
  getDeployment,
  listDeployments,
} from '../../contract/deployments.ts'
import { currentUser } from '../../contract/people.ts'

export interface Wanted {
  /** Id or full path. */
  readonly project: string
  readonly environment: string
  readonly sha: string
  readonly ref: string
  readonly tag: boolean
}

/**
 * The caller's own deployment of this commit that still waits, so that a repeated step keeps the approvals it has; else a new one.
 * One that was already started, rejected or canceled is not found: votes are never carried over.
 * @throws ApiError when the server does not let this user deploy there
 */
export async function findOrCreate(client: Client, wanted: Wanted): Promise<DeploymentExtended> {
  const waiting = await findWaiting(client, wanted)
  if (waiting !== null) return waiting
  const { project: id, environment, sha, ref, tag } = wanted
  // The server blocks it when approvals are missing, whatever status is asked for.
  return client.call(createDeployment, { id, environment, sha, ref, tag, status: 'running' })
}

async function findWaiting(client: Client, wanted: Wanted): Promise<DeploymentExtended | null> {
  const { project: id, environment } = wanted
  const me = await client.call(currentUser, {})
  // `created`: the last approval came while nobody was waiting here.
  for (const status of ['blocked', 'created'] as const) {
    const found = await client.all(listDeployments, { id, environment, status, sort: 'desc', per_page: 100 })
    const mine = found.find(
      (deployment) =>
        deployment.deployable === null &&
        deployment.user?.id === me.id &&
        deployment.ref === wanted.ref &&
        deployment.sha.startsWith(wanted.sha),
    )
    if (mine) return client.call(getDeployment, { id, deployment_id: mine.id })
  }
  return null
}
