import type { DeploymentEntity } from '../../../contract/deployments.ts'
import type { JobEntity } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { DataList } from '../../components/data-list.tsx'
import { durationText } from '../../components/format-time.ts'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime, useNow } from '../../components/relative-time.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Tag, Tags } from '../../components/tags.tsx'
import { deploymentPath, environmentPath, pipelinePath } from '../../paths.ts'

interface JobFactsProps {
  readonly project: Project
  readonly job: JobEntity
  readonly deployment: DeploymentEntity | null
}

export function JobFacts({ project, job, deployment }: JobFactsProps) {
  const path = project.path_with_namespace
  const {
    pipeline,
    pipeline: { sha },
  } = job
  return (
    <Section title="Details" padded>
      <DataList
        items={[
          ['Stage', job.stage],
          ['Commit', <CommitRef key="c" sha={sha} refName={job.ref} isTag={job.tag} title={job.commit?.title} copy />],
          ['Environment', job.environment ? <EnvironmentLink project={project} job={job} /> : null],
          [
            'Deployment',
            deployment ? (
              <Tags>
                <AppLink to={deploymentPath(path, deployment.id)}>#{deployment.iid}</AppLink>
                <StatusBadge status={deployment.status} />
              </Tags>
            ) : null,
          ],
          [
            'Pipeline',
            <Tags key="p">
              <AppLink to={pipelinePath(path, pipeline.id)}>#{pipeline.id}</AppLink>
              <StatusBadge status={pipeline.status} />
            </Tags>,
          ],
          ['Started by', job.user ? <PersonLink person={job.user} /> : null],
          ['Created', <RelativeTime key="t" at={job.created_at} />],
          ['Queued', job.queued_duration === null ? null : durationText(job.queued_duration)],
          ['Duration', job.started_at ? <Duration from={job.started_at} to={job.finished_at} /> : null],
          ['Runner', job.runner ? `#${job.runner.id} ${job.runner.description ?? ''}` : 'none yet'],
          [
            'Runner tags',
            job.tag_list.length > 0 ? (
              <Tags>
                {job.tag_list.map((name) => (
                  <Tag key={name}>{name}</Tag>
                ))}
              </Tags>
            ) : null,
          ],
        ]}
      />
    </Section>
  )
}

function EnvironmentLink({ project, job }: { readonly project: Project; readonly job: JobEntity }) {
  const { environment } = job
  if (!environment) return null
  return <AppLink to={environmentPath(project.path_with_namespace, environment.id)}>{environment.name}</AppLink>
}

/** How long it ran, or runs until now. */
function Duration({ from, to }: { readonly from: string; readonly to: string | null }) {
  const now = useNow()
  const end = to === null ? Math.max(now, Date.now() - 15_000) : Date.parse(to)
  return durationText(Math.max((end - Date.parse(from)) / 1000, 0))
}
