import { IconBan, IconPlayerPlay, IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { listJobActions } from '../../../contract/job-actions.ts'
import { cancelJob, type JobEntity, playJob, retryJob } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { shortSha } from '../../components/commit-ref.tsx'
import { ConfirmAction } from '../../components/confirm-action.tsx'
import { jobPath } from '../../paths.ts'

interface JobButtonsProps {
  readonly project: Project
  readonly job: JobEntity
}

/** Play, retry and cancel. Those that may not be pressed say why, in the server's words. */
export function JobButtons({ project, job }: JobButtonsProps) {
  const navigate = useNavigate()
  const { data, error } = useQuery(query(listJobActions, { id: project.id, job_ids: [job.id] }))
  const actions = data?.find((each) => each.job_id === job.id)
  // Nothing is offered before the server has said what may be done.
  if (!actions) return error ? <span role="status">{error.message}</span> : null
  const input = { id: project.id, job_id: job.id }
  /** Playing or retrying a job that ran makes a new one. */
  const show = (answer: JobEntity) => {
    if (answer.id !== job.id) void navigate(jobPath(project.path_with_namespace, answer.id))
  }
  const target = job.environment?.action === 'start' ? job.environment.name : null
  const what = (
    <>
      <strong>{job.name}</strong> for <code>{shortSha(job.pipeline.sha)}</code> on {job.ref}
      {target === null ? '' : ', which deploys to '}
      {target === null ? null : <strong>{target}</strong>}
    </>
  )
  return (
    <>
      <ConfirmAction
        operation={playJob}
        input={input}
        refusal={actions.play.reason}
        label="Play"
        accessibleLabel={`Play ${job.name}`}
        icon={IconPlayerPlay}
        title="Play job"
        done={`${job.name} was started.`}
        onDone={show}
      >
        Starts {what}.
      </ConfirmAction>
      <ConfirmAction
        operation={retryJob}
        input={input}
        refusal={actions.retry.reason}
        label="Retry"
        accessibleLabel={`Retry ${job.name}`}
        icon={IconRefresh}
        title="Retry job"
        done={`${job.name} runs again as a new job.`}
        onDone={show}
        variant="default"
      >
        Runs {what} again as a new job.
        {target === null ? '' : ' If the environment requires approvals, it needs new ones.'}
      </ConfirmAction>
      <ConfirmAction
        operation={cancelJob}
        input={input}
        refusal={actions.cancel.reason}
        label="Cancel job"
        accessibleLabel={`Cancel job ${job.name}`}
        icon={IconBan}
        title="Cancel job"
        done={`${job.name} was canceled.`}
        danger
        variant="default"
      >
        Cancels {what}. What it has done so far stays.
      </ConfirmAction>
    </>
  )
}
