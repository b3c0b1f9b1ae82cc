import { Button } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { type EnvironmentOverview, listEnvironmentOverview } from '../../../contract/environment-overview.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { queryPage } from '../../api/query.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { LoadingState, MissingState, QueryState } from '../../components/page-state.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { environmentsPath, projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import classes from './environments.module.css'
import { HistorySection } from './history-section.tsx'
import { ProtectionSection } from './protection-section.tsx'
import { StopButton } from './stop-button.tsx'

// Charts are the heaviest code of these pages: nobody waits for them.
const FiguresSection = lazy(async () => ({ default: (await import('./figures-section.tsx')).FiguresSection }))

/** /-/environments/:id: its history, its protection, and how it goes. */
export function EnvironmentPage({ project, params }: ProjectPageProps) {
  const id = Number(params['environmentId'])
  const valid = Number.isSafeInteger(id) && id > 0
  const found = useQuery({
    ...queryPage(listEnvironmentOverview, { id: project.id, environment_id: id }),
    enabled: valid,
  })
  const path = project.path_with_namespace
  const crumbs = [
    { label: project.name, to: projectPath(path) },
    { label: 'Environments', to: environmentsPath(path) },
  ]
  const environment = found.data?.items[0]
  if (!environment) {
    return (
      <>
        <PageHeader title="Environment" documentTitle={`Environment · ${path}`} crumbs={crumbs} />
        {valid ? (
          <QueryState query={found} label="Environment">
            {() => <MissingState>This project has no such environment.</MissingState>}
          </QueryState>
        ) : (
          <MissingState>This project has no such environment.</MissingState>
        )}
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={environment.name}
        documentTitle={`${environment.name} · ${path}`}
        crumbs={crumbs}
        beside={<StatusBadge status={state(environment)} />}
        actions={<Actions project={project} environment={environment} />}
      />
      <div className={classes.columns}>
        <div className={classes.content}>
          <HistorySection project={project} environment={environment} />
        </div>
        <div className={classes.side}>
          <ProtectionSection project={project} environment={environment} />
          <Suspense
            fallback={
              <Section title="Figures">
                <LoadingState label="Figures" />
              </Section>
            }
          >
            <FiguresSection project={project} environment={environment} />
          </Suspense>
        </div>
      </div>
    </>
  )
}

/** The label that the documentation tells people to look for, else the environment's own state. */
function state(environment: EnvironmentOverview): string {
  const blocked = environment.upcoming_deployments.some((deployment) => deployment.status === 'blocked')
  return blocked ? 'blocked' : environment.state
}

function Actions({ project, environment }: { readonly project: Project; readonly environment: EnvironmentOverview }) {
  const url = environment.external_url
  return (
    <>
      {url && /^https?:/i.test(url) ? (
        <Button
          component="a"
          href={url}
          target="_blank"
          rel="noreferrer noopener"
          variant="default"
          size="xs"
          leftSection={<IconExternalLink size={14} aria-hidden />}
        >
          Open
        </Button>
      ) : null}
      {environment.state === 'stopped' ? null : <StopButton project={project} environment={environment} />}
    </>
  )
}
