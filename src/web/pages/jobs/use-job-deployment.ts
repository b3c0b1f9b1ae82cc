import { useQuery } from '@tanstack/react-query'
import { type DeploymentEntity, listDeployments } from '../../../contract/deployments.ts'
import type { JobEntity } from '../../../contract/jobs.ts'
import type { RequestOf } from '../../../contract/operation.ts'
import { client } from '../../api/client.ts'

/** How much sooner or later than its job a deployment may be over, in milliseconds. */
const aroundMs = 5_000

/** The deployment of a job, if it has one. The API's jobs do not name it, so the environment's are looked through. */
export function useJobDeployment(projectId: number, job: JobEntity) {
  const { environment } = job
  return useQuery({
    // The tag and the project are where live updates look for them (stale-keys.ts).
    queryKey: ['Deployments', 'deploymentOfJob', { id: projectId, job: job.id, status: job.status }],
    queryFn: () => find(projectId, job),
    enabled: environment !== null && environment.action === 'start',
  })
}

async function find(projectId: number, job: JobEntity): Promise<DeploymentEntity | null> {
  for (const search of searches(job)) {
    const input = { id: projectId, environment: job.environment?.name, per_page: 100, ...search }
    const { items } = await client.page(listDeployments, input)
    const found = items.find(({ deployable }) => deployable?.id === job.id)
    if (found) return found
  }
  return null
}

type Search = Partial<RequestOf<typeof listDeployments>>

function searches({ status, finished_at: finishedAt }: JobEntity): readonly Search[] {
  const newest = { order_by: 'id', sort: 'desc' } as const
  if (status === 'success' || status === 'failed' || status === 'canceled') {
    if (finishedAt === null) return [{ ...newest, status }]
    const after = new Date(Date.parse(finishedAt) - aroundMs)
    return [{ status, updated_after: after, order_by: 'updated_at', sort: 'asc' }]
  }
  if (status === 'running' || status === 'canceling') return [{ ...newest, status: 'running' }]
  if (status === 'skipped') return [{ ...newest, status: 'skipped' }]
  return [
    { ...newest, status: 'blocked' },
    { ...newest, status: 'created' },
  ]
}
