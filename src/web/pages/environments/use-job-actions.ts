import { useQuery } from '@tanstack/react-query'
import type { DeploymentEntity } from '../../../contract/deployments.ts'
import { type JobActions, listJobActions } from '../../../contract/job-actions.ts'
import { query } from '../../api/query.ts'

type Deployment = Pick<DeploymentEntity, 'deployable'> | null

/** What this person may do to the jobs of these deployments, asked for all of them at once. */
export function useJobActions(projectId: number, deployments: readonly Deployment[]) {
  const ids = deployments.flatMap((deployment) => deployment?.deployable?.id ?? []).slice(0, 100)
  const { data } = useQuery({ ...query(listJobActions, { id: projectId, job_ids: ids }), enabled: ids.length > 0 })
  const byJob = new Map(data?.map((actions) => [actions.job_id, actions]))
  return (deployment: Deployment): JobActions | null => byJob.get(deployment?.deployable?.id ?? 0) ?? null
}
