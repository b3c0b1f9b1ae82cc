import { SegmentedControl, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { BridgeEntity, JobEntity } from '../../../contract/jobs.ts'
import { listPipelineBridges, listPipelineJobs, listPipelineNeeds } from '../../../contract/pipelines.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query, queryAll } from '../../api/query.ts'
import { QueryState } from '../../components/page-state.tsx'
import { Section } from '../../components/section.tsx'
import { useAddressParams } from '../../components/use-address-params.ts'
import { byNeeds, type Column } from './by-needs.ts'
import { byStage } from './by-stage.ts'
import { JobCard } from './job-card.tsx'
import classes from './pipeline.module.css'

interface StagesSectionProps {
  readonly project: Project
  readonly pipelineId: number
}

type AnyJob = JobEntity | BridgeEntity

/** The jobs of a pipeline, a column for each stage; or for each step of the order in which they can run. */
export function StagesSection({ project, pipelineId }: StagesSectionProps) {
  const { get, set } = useAddressParams()
  const byOrder = get('jobs') === 'needs'
  const one = { id: project.id, pipeline_id: pipelineId }
  const jobs = useQuery(queryAll(listPipelineJobs, { ...one, per_page: 100, include_retried: true }))
  const bridges = useQuery(queryAll(listPipelineBridges, { ...one, per_page: 100 }))
  const needs = useQuery(query(listPipelineNeeds, one))
  const error = bridges.error ?? jobs.error ?? needs.error
  const stages = jobs.data && bridges.data ? byStage<AnyJob>([...jobs.data, ...bridges.data]) : undefined
  const waits = new Map(needs.data?.map((job) => [job.job_id, job.needs]))
  const data = stages && needs.data ? (byOrder ? byNeeds(stages, waits) : columnsOf(stages)) : undefined
  const refetch = () => Promise.all([jobs.refetch(), bridges.refetch(), needs.refetch()])
  return (
    <Section
      title="Jobs"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Order of the jobs"
          value={byOrder ? 'needs' : 'stages'}
          onChange={(value) => set({ jobs: value === 'needs' ? 'needs' : '' })}
          data={[
            { value: 'stages', label: 'By stage' },
            { value: 'needs', label: 'By needs' },
          ]}
        />
      }
    >
      <QueryState query={{ data, error, refetch }} label="Jobs">
        {(columns) =>
          columns.length === 0 ? (
            <Text p="md" c="dimmed">
              This pipeline has no jobs.
            </Text>
          ) : (
            <ol className={classes.stages}>
              {columns.map((column, index) => (
                <li key={column.name} className={classes.stage}>
                  <h3>{column.name}</h3>
                  <ul className={classes.jobs} aria-label={column.label}>
                    {column.jobs.map((job) => (
                      <JobCard
                        key={job.id}
                        project={project}
                        job={job}
                        needs={byOrder ? (waits.get(job.id) ?? (index === 0 ? undefined : null)) : undefined}
                      />
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

function columnsOf(stages: ReturnType<typeof byStage<AnyJob>>): Column<AnyJob>[] {
  return stages.map((stage) => ({ ...stage, label: `Jobs of stage ${stage.name}` }))
}
