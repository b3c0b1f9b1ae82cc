import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { PipelineEntity } from '../../../contract/pipeline-entities.ts'
import { getPipeline } from '../../../contract/pipelines.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { CommitRef } from '../../components/commit-ref.tsx'
import { DataList } from '../../components/data-list.tsx'
import { durationText } from '../../components/format-time.ts'
import { Notice } from '../../components/notice.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState, QueryState } from '../../components/page-state.tsx'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { PipelineButtons } from './pipeline-buttons.tsx'
import { StagesSection } from './stages-section.tsx'

/** /-/pipelines/:id: its jobs by stage, and why there are none where there are none. */
export function PipelinePage({ project, params }: ProjectPageProps) {
  const id = Number(params['pipelineId'])
  const valid = Number.isSafeInteger(id) && id > 0
  const pipeline = useQuery({ ...query(getPipeline, { id: project.id, pipeline_id: id }), enabled: valid })
  const path = project.path_with_namespace
  const { data } = pipeline
  return (
    <>
      <PageHeader
        title={valid ? `Pipeline #${id}` : 'Pipeline'}
        documentTitle={`Pipeline #${id} · ${path}`}
        crumbs={[
          { label: project.name, to: projectPath(path) },
          { label: 'Pipelines', to: projectPath(path, 'pipelines') },
        ]}
        beside={data ? <StatusBadge status={data.status} /> : null}
        actions={data ? <PipelineButtons project={project} pipeline={data} /> : null}
      />
      {valid ? (
        <QueryState query={pipeline} label="Pipeline" missing="This project has no such pipeline.">
          {(found) => <OnePipeline project={project} pipeline={found} />}
        </QueryState>
      ) : (
        <MissingState>This project has no such pipeline.</MissingState>
      )}
    </>
  )
}

function OnePipeline({ project, pipeline }: { readonly project: Project; readonly pipeline: PipelineEntity }) {
  return (
    <Stack gap="lg">
      {pipeline.yaml_errors ? (
        <Notice tone="bad" title="The configuration has errors">
          {pipeline.yaml_errors}
        </Notice>
      ) : null}
      {!pipeline.yaml_errors && pipeline.failure_reason ? (
        <Notice tone="bad" title="No job could be made">
          {pipeline.failure_reason}
        </Notice>
      ) : null}
      <Section title="Details" padded>
        <DataList
          items={[
            ['Name', pipeline.name],
            ['Commit', <CommitRef key="c" sha={pipeline.sha} refName={pipeline.ref} isTag={pipeline.tag} copy />],
            ['Started by', pipeline.user ? <PersonLink person={pipeline.user} /> : null],
            ['Source', pipeline.source.replaceAll('_', ' ')],
            ['Created', <RelativeTime key="t" at={pipeline.created_at} />],
            ['Duration', pipeline.duration === null ? null : durationText(pipeline.duration)],
          ]}
        />
      </Section>
      <StagesSection project={project} pipelineId={pipeline.id} />
    </Stack>
  )
}
