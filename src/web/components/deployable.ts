import type { DeploymentEntity } from '../../contract/deployments.ts'

/** The title of the commit a deployment brings, when it has a job and the commit still exists. */
export function commitTitleOf({ deployable }: Pick<DeploymentEntity, 'deployable'>): string | undefined {
  const commit: unknown = deployable?.['commit']
  if (commit === null || typeof commit !== 'object' || !('title' in commit)) return undefined
  return typeof commit.title === 'string' ? commit.title : undefined
}
