import { Text } from '@mantine/core'
import type { BridgeEntity, JobEntity } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { AppLink } from '../../components/app-link.tsx'
import { durationText } from '../../components/format-time.ts'
import { StatusBadge } from '../../components/status-badge.tsx'
import { jobPath, pipelinePath } from '../../paths.ts'
import classes from './pipeline.module.css'

interface JobCardProps {
  readonly project: Project
  readonly job: JobEntity | BridgeEntity
  /** What it waits for, by name; null: the stages before its own. Undefined: not said. */
  readonly needs: readonly string[] | null | undefined
}

/** A job of a pipeline: how it is, and why it failed. */
export function JobCard({ project, job, needs }: JobCardProps) {
  const path = project.path_with_namespace
  const downstream = 'downstream_pipeline' in job ? job.downstream_pipeline : undefined
  return (
    <li className={classes.job}>
      {downstream === undefined ? (
        <AppLink to={jobPath(path, job.id)} fw={600}>
          {job.name}
        </AppLink>
      ) : (
        <Text span fw={600}>
          {job.name}
        </Text>
      )}
      <StatusBadge status={job.status} />
      {job.failure_reason === undefined ? null : (
        <Text span size="sm" className={classes.reason}>
          {job.failure_reason.replaceAll('_', ' ')}
          {job.allow_failure ? ', allowed to fail' : ''}
        </Text>
      )}
      {downstream?.project_id === project.id ? (
        <AppLink to={pipelinePath(path, downstream.id)} size="sm">
          Pipeline #{downstream.id}
        </AppLink>
      ) : null}
      {job.duration === null ? null : (
        <Text span size="sm" c="dimmed">
          {durationText(job.duration)}
        </Text>
      )}
      {needs === undefined ? null : (
        <Text span size="sm" c="dimmed">
          {needsText(needs)}
        </Text>
      )}
    </li>
  )
}

function needsText(needs: readonly string[] | null): string {
  if (needs === null) return 'after all earlier stages'
  return needs.length === 0 ? 'needs nothing' : `needs ${needs.join(', ')}`
}
