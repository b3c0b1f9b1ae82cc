import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { listPipelines } from '../../../contract/pipelines.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { queryPage } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { QueryState } from '../../components/page-state.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { pipelinePath, projectPath } from '../../paths.ts'

/** The last few pipelines. */
export function HomePipelines({ project }: { readonly project: Project }) {
  const path = project.path_with_namespace
  const pipelines = useQuery(queryPage(listPipelines, { id: project.id, per_page: 5 }))
  return (
    <Section title="Latest pipelines" actions={<AppLink to={projectPath(path, 'pipelines')}>All pipelines</AppLink>}>
      <QueryState query={pipelines} label="Pipelines">
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed" p="md">
              No pipeline yet. A push of a commit with a .gitlab-ci.yml makes one.
            </Text>
          ) : (
            <RowList>
              {items.map((pipeline) => (
                <Row
                  key={pipeline.id}
                  end={
                    <Text span size="sm" c="dimmed">
                      <RelativeTime at={pipeline.created_at} />
                    </Text>
                  }
                >
                  <Facts>
                    <AppLink to={pipelinePath(path, pipeline.id)} fw={600} aria-label={`Pipeline #${pipeline.id}`}>
                      #{pipeline.id}
                    </AppLink>
                    <StatusBadge status={pipeline.status} />
                    <CommitRef sha={pipeline.sha} refName={pipeline.ref} />
                    {pipeline.name ? <span>{pipeline.name}</span> : null}
                  </Facts>
                </Row>
              ))}
            </RowList>
          )
        }
      </QueryState>
    </Section>
  )
}
