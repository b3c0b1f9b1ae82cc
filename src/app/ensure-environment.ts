/** The environment a job deploys to, made when it does not exist yet. */
import { findEnvironmentByName, insertEnvironment } from '../db/environments.ts'
import type { Tx } from '../db/open.ts'
import { environmentNameRefusal, externalUrlRefusal, type Tier, tierOf } from '../domain/environment.ts'

export interface WantedEnvironment {
  readonly projectId: number
  /** Expanded. */
  readonly name: string
  /** `environment:deployment_tier`; null: what the name suggests. */
  readonly tier: Tier | null
  readonly externalUrl: string | null
  readonly autoStopAt: Date | null
}

/**
 * Finds the environment by its exact name or creates it; two callers at once get the same one. An existing environment is
 * answered as it is: tier, URL and auto-stop are for the first creation only, so that a job cannot escape a group's protection by
 * naming another tier, and a stopped environment stays stopped until a deployment to it starts (db/environments.ts
 * `startEnvironment`).
 * @returns `invalid` says in GitLab's words why no environment can be made; the job then fails with environment_creation_failure
 */
export async function ensureEnvironment(
  tx: Tx,
  wanted: WantedEnvironment,
): Promise<{ readonly id: number } | { readonly invalid: string }> {
  const found = await findEnvironmentByName(tx, wanted.projectId, wanted.name)
  if (found) return { id: found.id }
  const nameProblem = environmentNameRefusal(wanted.name)
  if (nameProblem) return { invalid: `Name ${nameProblem}` }
  const externalUrl = wanted.externalUrl || null
  const urlProblem = externalUrl === null ? null : externalUrlRefusal(externalUrl)
  if (urlProblem) return { invalid: `External url ${urlProblem}` }
  const created = await insertEnvironment(tx, { ...wanted, externalUrl, tier: wanted.tier ?? tierOf(wanted.name) })
  if (created) return { id: created.id }
  // Somebody else made it meanwhile, or another environment has the same slug.
  const theirs = await findEnvironmentByName(tx, wanted.projectId, wanted.name)
  return theirs ? { id: theirs.id } : { invalid: 'Slug has already been taken' }
}
