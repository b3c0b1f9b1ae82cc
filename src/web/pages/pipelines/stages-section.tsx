import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { listPipelineBridges, listPipelineJobs } from '../../../contract/pipelines.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { queryAll } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { durationText } from '../../components/format-time.ts'
import { QueryState } from '../../components/page-state.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { jobPath, pipelinePath } from '../../paths.ts'
import { byStage } from './by-stage.ts'
import classes from './pipeline.module.css'

interface StagesSectionProps {
  readonly project: Project
  readonly pipelineId: number
}

/** The jobs of a pipeline, a column for each stage. */
export function StagesSection({ project, pipelineId }: StagesSectionProps) {
  const path = project.path_with_namespace
  const one = { id: project.id, pipeline_id: pipelineId, per_page: 100 }
  const jobs = useQuery(queryAll(listPipelineJobs, { ...one, include_retried: true }))
  const bridges = useQuery(queryAll(listPipelineBridges, one))
  const error = bridges.error ?? jobs.error
  const data = jobs.data && bridges.data ? byStage([...jobs.data, ...bridges.data]) : undefined
  const refetch = () => Promise.all([jobs.refetch(), bridges.refetch()])
  return (
    <Section title="Jobs by stage">
      <QueryState query={{ data, error, refetch }} label="Jobs">
        {(stages) =>
          stages.length === 0 ? (
            <Text p="md" c="dimmed">
              This pipeline has no jobs.
            </Text>
          ) : (
            <ol className={classes.stages}>
              {stages.map((stage) => (
                <li key={stage.name} className={classes.stage}>
                  <h3>{stage.name}</h3>
                  <ul className={classes.jobs} aria-label={`Jobs of stage ${stage.name}`}>
                    {stage.jobs.map((job) => (
                      <li key={job.id} className={classes.job}>
                        {'downstream_pipeline' in job ? (
                          <Text span fw={600}>
                            {job.name}
                          </Text>
                        ) : (
                          <AppLink to={jobPath(path, job.id)} fw={600}>
                            {job.name}
                          </AppLink>
                        )}
                        <StatusBadge status={job.status} />
                        {'downstream_pipeline' in job && job.downstream_pipeline?.project_id === project.id ? (
                          <AppLink to={pipelinePath(path, job.downstream_pipeline.id)} size="sm">
                            Pipeline #{job.downstream_pipeline.id}
                          </AppLink>
                        ) : null}
                        {job.duration === null ? null : (
                          <Text span size="sm" c="dimmed">
                            {durationText(job.duration)}
                          </Text>
                        )}
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ol>
          )
        }
      </QueryState>
    </Section>
  )
}
