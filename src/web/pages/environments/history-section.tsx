import { Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type DeploymentEntity, listDeployments } from '../../../contract/deployments.ts'
import type { EnvironmentOverview } from '../../../contract/environment-overview.ts'
import type { JobActions } from '../../../contract/job-actions.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { queryPage } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { commitTitleOf, jobOf } from '../../components/deployable.ts'
import { durationText } from '../../components/format-time.ts'
import { QueryState } from '../../components/page-state.tsx'
import { Pager, usePageNumber } from '../../components/pager.tsx'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { deploymentPath } from '../../paths.ts'
import { RunAgain } from './run-again.tsx'
import { useJobActions } from './use-job-actions.ts'

interface HistorySectionProps {
  readonly project: Project
  readonly environment: EnvironmentOverview
}

/** Every deployment to the environment, the newest first. */
export function HistorySection({ project, environment }: HistorySectionProps) {
  const page = usePageNumber()
  const deployments = useQuery({
    ...queryPage(listDeployments, {
      id: project.id,
      environment: environment.name,
      order_by: 'id',
      sort: 'desc',
      page: page.number,
    }),
    placeholderData: keepPreviousData,
  })
  const actions = useJobActions(project.id, deployments.data?.items ?? [])
  return (
    <Section title="Deployments" count={deployments.data?.total ?? undefined}>
      <QueryState query={deployments} label="Deployments">
        {({ items, nextPage, total }) =>
          items.length === 0 ? (
            <Text c="dimmed" p="md">
              Nothing was deployed here yet.
            </Text>
          ) : (
            <>
              <RowList>
                {items.map((deployment) => (
                  <HistoryRow
                    key={deployment.id}
                    project={project}
                    deployment={deployment}
                    current={environment.last_deployment?.id === deployment.id}
                    actions={actions(deployment)}
                  />
                ))}
              </RowList>
              <Pager page={page} hasNext={nextPage !== null} total={total} />
            </>
          )
        }
      </QueryState>
    </Section>
  )
}

interface HistoryRowProps {
  readonly project: Project
  readonly deployment: DeploymentEntity
  /** It is what runs there now. */
  readonly current: boolean
  readonly actions: JobActions | null
}

function HistoryRow({ project, deployment, current, actions }: HistoryRowProps) {
  const job = jobOf(deployment)
  const over = ['success', 'failed', 'canceled'].includes(deployment.status)
  const again =
    actions && over ? (
      <RunAgain
        project={project}
        deployment={deployment}
        kind={deployment.status === 'success' && !current ? 'rollback' : 'redeploy'}
        refusal={actions.retry.reason}
      />
    ) : null
  return (
    <Row end={again}>
      <Facts>
        <AppLink
          to={deploymentPath(project.path_with_namespace, deployment.id)}
          fw={650}
          aria-label={`Deployment #${deployment.iid}`}
        >
          #{deployment.iid}
        </AppLink>
        <StatusBadge status={deployment.status} />
        {current ? (
          <Text span inherit fw={600}>
            runs now
          </Text>
        ) : null}
        {job?.failureReason ? (
          <Text span inherit c="dimmed">
            {job.failureReason}
          </Text>
        ) : null}
      </Facts>
      <CommitRef
        sha={deployment.sha}
        refName={deployment.ref}
        isTag={job?.tag ?? false}
        title={commitTitleOf(deployment)}
      />
      <Facts>
        {deployment.user ? <PersonLink person={deployment.user} /> : null}
        <Text span inherit c="dimmed">
          <RelativeTime at={deployment.created_at} />
        </Text>
        {job?.startedAt && job.duration !== null ? (
          <Text span inherit c="dimmed">
            ran {durationText(job.duration)}
          </Text>
        ) : null}
      </Facts>
    </Row>
  )
}
