import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { listEnvironmentOverview } from '../../../contract/environment-overview.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { queryPage } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { commitTitleOf } from '../../components/deployable.ts'
import { QueryState } from '../../components/page-state.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { deploymentPath, environmentPath, environmentsPath } from '../../paths.ts'

/** The environments that matter most: production first, those in folders left to their own page. */
export function HomeEnvironments({ project }: { readonly project: Project }) {
  const path = project.path_with_namespace
  const environments = useQuery(queryPage(listEnvironmentOverview, { id: project.id, folder: '', per_page: 6 }))
  return (
    <Section title="Environments" actions={<AppLink to={environmentsPath(path)}>All environments</AppLink>}>
      <QueryState query={environments} label="Environments">
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed" p="md">
              No pipeline has deployed to an environment yet.
            </Text>
          ) : (
            <RowList>
              {items.map((environment) => {
                const [waiting] = environment.upcoming_deployments
                const last = environment.last_deployment
                return (
                  <Row
                    key={environment.id}
                    end={
                      last ? (
                        <Text span size="sm" c="dimmed">
                          <RelativeTime at={last.updated_at} />
                        </Text>
                      ) : null
                    }
                  >
                    <Group gap="xs">
                      <AppLink to={environmentPath(path, environment.id)} fw={600}>
                        {environment.name}
                      </AppLink>
                      {waiting ? (
                        <>
                          <StatusBadge status={waiting.status} />
                          <AppLink to={deploymentPath(path, waiting.id)} size="sm">
                            #{waiting.iid}
                          </AppLink>
                        </>
                      ) : null}
                    </Group>
                    <Facts>
                      {last ? (
                        <CommitRef sha={last.sha} refName={last.ref} title={commitTitleOf(last)} />
                      ) : (
                        <Text span inherit c="dimmed">
                          Nothing was deployed here yet.
                        </Text>
                      )}
                    </Facts>
                  </Row>
                )
              })}
            </RowList>
          )
        }
      </QueryState>
    </Section>
  )
}
