import { IconBan, IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type JobActions, listJobActions } from '../../../contract/job-actions.ts'
import type { PipelineEntity } from '../../../contract/pipeline-entities.ts'
import { cancelPipeline, listPipelineJobs, retryPipeline } from '../../../contract/pipelines.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query, queryPage } from '../../api/query.ts'
import { ConfirmAction } from '../../components/confirm-action.tsx'
import { isOver } from '../jobs/job-status.ts'

interface PipelineButtonsProps {
  readonly project: Project
  readonly pipeline: PipelineEntity
}

/** Retry and cancel. A pipeline can be retried or canceled as far as one of its jobs can. */
export function PipelineButtons({ project, pipeline }: PipelineButtonsProps) {
  const jobs = useQuery(queryPage(listPipelineJobs, { id: project.id, pipeline_id: pipeline.id, per_page: 100 }))
  const items = jobs.data?.items ?? []
  const ids = items.map((job) => job.id)
  const { data } = useQuery({
    ...query(listJobActions, { id: project.id, job_ids: ids }),
    enabled: ids.length > 0,
  })
  if (!jobs.data || (ids.length > 0 && !data)) return null
  const failed = new Set(items.filter(({ status }) => status === 'failed' || status === 'canceled').map(({ id }) => id))
  const live = new Set(items.filter(({ status }) => !isOver(status)).map(({ id }) => id))
  const input = { id: project.id, pipeline_id: pipeline.id }
  return (
    <>
      <ConfirmAction
        operation={retryPipeline}
        input={input}
        refusal={refusalOf(data, failed, 'retry', 'No job of this pipeline failed or was canceled.')}
        label="Retry"
        accessibleLabel={`Retry pipeline #${pipeline.id}`}
        icon={IconRefresh}
        title="Retry pipeline"
        done={`Failed and canceled jobs of pipeline #${pipeline.id} run again.`}
        variant="default"
      >
        Runs the failed and canceled jobs of pipeline #{pipeline.id} on {pipeline.ref} again. Deployments need new
        approvals.
      </ConfirmAction>
      <ConfirmAction
        operation={cancelPipeline}
        input={input}
        refusal={refusalOf(data, live, 'cancel', 'No job of this pipeline can be canceled any more.')}
        label="Cancel pipeline"
        accessibleLabel={`Cancel pipeline #${pipeline.id}`}
        icon={IconBan}
        title="Cancel pipeline"
        done={`Pipeline #${pipeline.id} was canceled.`}
        danger
        variant="default"
      >
        Cancels the jobs of pipeline #{pipeline.id} on {pipeline.ref} that are not over.
      </ConfirmAction>
    </>
  )
}

/** Null when one of the jobs may; otherwise why not, in the server's words for the first of them. */
function refusalOf(
  actions: readonly JobActions[] | undefined,
  jobs: ReadonlySet<number>,
  action: 'retry' | 'cancel',
  none: string,
): string | null {
  const answers = (actions ?? []).filter(({ job_id }) => jobs.has(job_id)).map((each) => each[action])
  if (answers.some(({ allowed }) => allowed)) return null
  return answers[0]?.reason ?? none
}
