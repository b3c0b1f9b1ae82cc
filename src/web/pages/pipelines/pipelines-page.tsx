import { Button, Group, NativeSelect, Text } from '@mantine/core'
import { IconRocket } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { listPipelines } from '../../../contract/pipelines.ts'
import { queryPage } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { durationText } from '../../components/format-time.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { Pager, usePageNumber } from '../../components/pager.tsx'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useSearchParam } from '../../components/use-search-param.ts'
import { pipelinePath, projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'

const statuses = ['running', 'pending', 'manual', 'success', 'failed', 'canceled', 'skipped', 'created'] as const

/** /-/pipelines: the newest first. */
export function PipelinesPage({ project }: ProjectPageProps) {
  const path = project.path_with_namespace
  const [params, setParams] = useSearchParams()
  const ref = useSearchParam('ref')
  const page = usePageNumber()
  const status = statuses.find((each) => each === params.get('status'))
  const pipelines = useQuery(
    queryPage(listPipelines, {
      id: project.id,
      page: page.number,
      per_page: 20,
      ...(ref.value === '' ? {} : { ref: ref.value }),
      ...(status ? { status } : {}),
    }),
  )
  const choose = (value: string) =>
    setParams((before) => {
      const after = new URLSearchParams(before)
      after.delete('page')
      if (value === '') after.delete('status')
      else after.set('status', value)
      return after
    })
  return (
    <>
      <PageHeader
        title="Pipelines"
        documentTitle={`Pipelines · ${path}`}
        crumbs={[{ label: project.name, to: projectPath(path) }]}
        actions={
          <>
            <Button component={Link} to={projectPath(path, 'ci', 'lint')} variant="default">
              Configuration
            </Button>
            <Button component={Link} to={projectPath(path, 'pipelines', 'new')}>
              New pipeline
            </Button>
          </>
        }
      />
      <Group mb="md">
        <SearchBox label="Branch or tag, in full" search={ref} />
        <NativeSelect
          aria-label="Status"
          value={status ?? ''}
          onChange={(event) => choose(event.currentTarget.value)}
          data={[{ value: '', label: 'Any status' }, ...statuses.map((each) => ({ value: each, label: each }))]}
        />
      </Group>
      <QueryState query={pipelines} label="Pipelines">
        {({ items, nextPage, total }) =>
          items.length === 0 ? (
            <EmptyState icon={IconRocket} title="No pipeline here">
              {ref.value !== '' || status
                ? 'No pipeline has this ref and status.'
                : 'A push of a commit with a .gitlab-ci.yml makes one.'}
            </EmptyState>
          ) : (
            <Section title="Newest first" count={total ?? undefined}>
              <RowList label="Pipelines">
                {items.map((pipeline) => (
                  <Row
                    key={pipeline.id}
                    end={
                      <Facts>
                        {pipeline.duration === null ? null : <span>{durationText(pipeline.duration)}</span>}
                        <Text span inherit c="dimmed">
                          <RelativeTime at={pipeline.created_at} />
                        </Text>
                      </Facts>
                    }
                  >
                    <Facts>
                      <AppLink to={pipelinePath(path, pipeline.id)} fw={600} aria-label={`Pipeline #${pipeline.id}`}>
                        #{pipeline.id}
                      </AppLink>
                      <StatusBadge status={pipeline.status} />
                      {pipeline.name ? <span>{pipeline.name}</span> : null}
                    </Facts>
                    <Facts>
                      <CommitRef sha={pipeline.sha} refName={pipeline.ref} />
                      {pipeline.user ? <PersonLink person={pipeline.user} /> : null}
                      <Text span inherit c="dimmed">
                        by {pipeline.source.replaceAll('_', ' ')}
                      </Text>
                    </Facts>
                  </Row>
                ))}
              </RowList>
              <Pager page={page} hasNext={nextPage !== null} total={total} />
            </Section>
          )
        }
      </QueryState>
    </>
  )
}
