import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type DeploymentJob, deploymentJob } from '../../../contract/deployment-review.ts'
import type { DeploymentExtended } from '../../../contract/deployments.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CodeLines } from '../../components/code-lines.tsx'
import { DataList } from '../../components/data-list.tsx'
import { durationText } from '../../components/format-time.ts'
import { QueryState } from '../../components/page-state.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Tag, Tags } from '../../components/tags.tsx'
import { jobPath } from '../../paths.ts'

interface JobSectionProps {
  readonly project: Project
  readonly deployment: DeploymentExtended
}

const origins = {
  configuration: 'in .gitlab-ci.yml',
  settings: 'in the settings',
  pipeline: 'typed for the pipeline',
  play: 'typed for the job',
  dotenv: 'from earlier jobs',
} as const

/** The job as a runner will get it. A vote is for exactly this: another script or variable voids it. */
export function JobSection({ project, deployment }: JobSectionProps) {
  const job = useQuery(query(deploymentJob, { id: project.id, deployment_id: deployment.id }))
  return (
    <Section title="The job that runs" padded>
      <QueryState query={job} label="The job">
        {(data) => <Definition project={project} job={data} />}
      </QueryState>
    </Section>
  )
}

function Definition({ project, job }: { readonly project: Project; readonly job: DeploymentJob }) {
  return (
    <DataList
      wide
      items={[
        [
          'Job',
          <Tags key="job">
            <AppLink to={jobPath(project.path_with_namespace, job.id)}>{job.name}</AppLink>
            <StatusBadge status={job.status} />
            <Text span size="sm" c="dimmed">
              stage {job.stage}
            </Text>
          </Tags>,
        ],
        ['Script', <CodeLines key="script" label="Script" lines={job.script} />],
        [
          'After script',
          job.after_script.length > 0 ? <CodeLines label="After script" lines={job.after_script} /> : null,
        ],
        ['Variables', <VariableNames key="variables" job={job} />],
        ['Runner tags', job.tag_list.length > 0 ? <TagList names={job.tag_list} /> : 'none: any runner'],
        ['Image', job.image],
        ['Services', job.services.length > 0 ? job.services.join(', ') : null],
        ['Resource group', job.resource_group],
        ['Timeout', durationText(job.timeout)],
      ]}
    />
  )
}

function TagList({ names }: { readonly names: readonly string[] }) {
  return (
    <Tags>
      {names.map((name) => (
        <Tag key={name}>{name}</Tag>
      ))}
    </Tags>
  )
}

function VariableNames({ job }: { readonly job: DeploymentJob }) {
  const note = job.variables_hidden ? 'Variables outside .gitlab-ci.yml are shown to developers and approvers.' : null
  return (
    <>
      {job.variables.length > 0 ? (
        <Tags>
          {job.variables.map((variable) => (
            <Tag key={variable.key} note={`${origins[variable.origin]}${variable.masked ? ', masked' : ''}`}>
              {variable.key}
            </Tag>
          ))}
        </Tags>
      ) : (
        'none besides the predefined ones'
      )}
      {note ? (
        <Text size="sm" c="dimmed">
          {note}
        </Text>
      ) : null}
    </>
  )
}
