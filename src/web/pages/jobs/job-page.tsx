import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { getJob, type JobEntity } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { announce } from '../../components/announce.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState, QueryState } from '../../components/page-state.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { pipelinePath, projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { JobButtons } from './job-buttons.tsx'
import { JobFacts } from './job-facts.tsx'
import { JobNotices } from './job-notices.tsx'
import { LogSection } from './log-section.tsx'
import { useJobDeployment } from './use-job-deployment.ts'

/** /-/jobs/:id: how a job is doing, what it prints, and what may be done to it. */
export function JobPage({ project, params }: ProjectPageProps) {
  const id = Number(params['jobId'])
  const valid = Number.isSafeInteger(id) && id > 0
  const job = useQuery({ ...query(getJob, { id: project.id, job_id: id }), enabled: valid })
  const path = project.path_with_namespace
  if (job.data) return <OneJob project={project} job={job.data} />
  return (
    <>
      <PageHeader
        title="Job"
        documentTitle={`Job · ${path}`}
        crumbs={[{ label: project.name, to: projectPath(path) }]}
      />
      {valid ? (
        <QueryState query={job} label="Job" missing="This project has no such job.">
          {() => null}
        </QueryState>
      ) : (
        <MissingState>This project has no such job.</MissingState>
      )}
    </>
  )
}

function OneJob({ project, job }: { readonly project: Project; readonly job: JobEntity }) {
  const path = project.path_with_namespace
  const deployment = useJobDeployment(project.id, job).data ?? null
  useAnnouncedStatus(job.status)
  return (
    <>
      <PageHeader
        title={job.name}
        documentTitle={`${job.name} (#${job.id}) · Jobs · ${path}`}
        crumbs={[
          { label: project.name, to: projectPath(path) },
          { label: `Pipeline #${job.pipeline.id}`, to: pipelinePath(path, job.pipeline.id) },
        ]}
        beside={<StatusBadge status={job.status} />}
        actions={<JobButtons project={project} job={job} />}
      />
      <Stack gap="lg">
        <JobNotices project={project} job={job} deployment={deployment} />
        <JobFacts project={project} job={job} deployment={deployment} />
        <LogSection project={project} job={job} />
      </Stack>
    </>
  )
}

/** A status that changes while somebody reads is said. */
function useAnnouncedStatus(status: string): void {
  const before = useRef(status)
  useEffect(() => {
    if (before.current !== status) announce(`The job is now ${status.replaceAll('_', ' ')}.`)
    before.current = status
  }, [status])
}
