import { Button, Group, Text } from '@mantine/core'
import { IconExternalLink, IconLock } from '@tabler/icons-react'
import type { DeploymentExtended } from '../../../contract/deployments.ts'
import type { EnvironmentOverview } from '../../../contract/environment-overview.ts'
import type { JobActions } from '../../../contract/job-actions.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { commitTitleOf } from '../../components/deployable.ts'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row } from '../../components/row-list.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { missingText } from '../../decision/missing-text.ts'
import { deploymentPath, environmentPath } from '../../paths.ts'
import classes from './environments.module.css'
import { RunAgain } from './run-again.tsx'
import { StopButton } from './stop-button.tsx'

interface EnvironmentRowProps {
  readonly project: Project
  readonly environment: EnvironmentOverview
  /** Of the last deployment's job; null until it is known. */
  readonly actions: JobActions | null
}

/** One environment: what runs there, what waits, what can be done. */
export function EnvironmentRow({ project, environment, actions }: EnvironmentRowProps) {
  const { last_deployment: last, upcoming_deployments: upcoming } = environment
  const path = project.path_with_namespace
  return (
    <Row
      end={
        <Group gap="xs">
          {environment.external_url && /^https?:/i.test(environment.external_url) ? (
            <Button
              component="a"
              href={environment.external_url}
              target="_blank"
              rel="noreferrer noopener"
              variant="default"
              size="xs"
              leftSection={<IconExternalLink size={14} aria-hidden />}
              aria-label={`Open ${environment.name}`}
            >
              Open
            </Button>
          ) : null}
          {last && actions ? (
            <RunAgain project={project} deployment={last} kind="redeploy" refusal={actions.retry.reason} />
          ) : null}
          {environment.state === 'stopped' ? null : <StopButton project={project} environment={environment} />}
        </Group>
      }
    >
      <Group gap="xs">
        <AppLink to={environmentPath(path, environment.id)} fw={650}>
          {environment.name}
        </AppLink>
        {environment.protection ? (
          <span role="img" aria-label="Protected" title="Protected" className="dimmed-icon">
            <IconLock size={15} aria-hidden />
          </span>
        ) : null}
        {environment.state === 'available' ? null : <StatusBadge status={environment.state} />}
      </Group>
      {last ? (
        <Facts>
          <StatusBadge status={last.status} />
          <AppLink to={deploymentPath(path, last.id)} inherit>
            #{last.iid}
          </AppLink>
          <CommitRef sha={last.sha} refName={last.ref} title={commitTitleOf(last)} />
          {last.user ? <PersonLink person={last.user} /> : null}
          <Text span inherit c="dimmed">
            <RelativeTime at={last.updated_at} />
          </Text>
        </Facts>
      ) : (
        <Text size="sm" c="dimmed">
          Nothing was deployed here yet.
        </Text>
      )}
      {upcoming.map((deployment) => (
        <Upcoming key={deployment.id} path={path} deployment={deployment} />
      ))}
    </Row>
  )
}

const named = 4

/** A deployment on its way, and who can unblock it. */
function Upcoming({ path, deployment }: { readonly path: string; readonly deployment: DeploymentExtended }) {
  const people = new Map(deployment.waiting_for.flatMap((rule) => rule.candidates.map((person) => [person.id, person])))
  const waits = deployment.status === 'blocked' && deployment.pending_approval_count > 0
  return (
    <div className={classes.upcoming}>
      <Facts>
        <StatusBadge status={deployment.status} />
        <AppLink to={deploymentPath(path, deployment.id)} inherit fw={600}>
          #{deployment.iid}
        </AppLink>
        <CommitRef sha={deployment.sha} refName={deployment.ref} title={commitTitleOf(deployment)} />
        {deployment.user ? <PersonLink person={deployment.user} /> : null}
      </Facts>
      {waits ? (
        <Facts>
          <span>{missingText(deployment)}.</span>
          <span className={classes.dimmed}>{people.size === 0 ? 'Nobody can unblock it.' : 'Can unblock:'}</span>
          {[...people.values()].slice(0, named).map((person) => (
            <PersonLink key={person.id} person={person} />
          ))}
          {people.size > named ? <span className={classes.dimmed}>and {people.size - named} more</span> : null}
        </Facts>
      ) : null}
    </div>
  )
}
