import { Group, Text } from '@mantine/core'
import type { InboxDeployment } from '../../../contract/inbox.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { commitTitleOf } from '../../components/deployable.ts'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row } from '../../components/row-list.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { DecisionButtons } from '../../decision/decision-buttons.tsx'
import { missingText } from '../../decision/missing-text.ts'
import { deploymentPath, projectPath } from '../../paths.ts'

interface InboxCardProps {
  readonly deployment: InboxDeployment
  /** Whether this person is asked to decide. */
  readonly decides: boolean
}

/** One blocked deployment: what, where, who asked, since when, what is missing. */
export function InboxCard({ deployment, decides }: InboxCardProps) {
  const { project, user } = deployment
  const path = project.path_with_namespace
  return (
    <Row end={decides ? <DecisionButtons deployment={deployment} projectId={project.id} projectName={path} /> : null}>
      <InboxTitle deployment={deployment} />
      <CommitRef sha={deployment.sha} refName={deployment.ref} title={commitTitleOf(deployment)} />
      <Facts>
        {user ? <PersonLink person={user} /> : <span>Somebody who was removed</span>}
        <span>
          asked <RelativeTime at={deployment.created_at} />
        </span>
        <Text span inherit c="dimmed">
          {missingText(deployment)}
        </Text>
      </Facts>
    </Row>
  )
}

/** Environment, status and project of a deployment, as the first line of its row. */
export function InboxTitle({ deployment }: { readonly deployment: InboxDeployment }) {
  const path = deployment.project.path_with_namespace
  return (
    <Group gap="xs">
      <AppLink to={deploymentPath(path, deployment.id)} fw={650}>
        {deployment.environment.name}
      </AppLink>
      <StatusBadge status={deployment.status} />
      <AppLink to={projectPath(path)} size="sm" c="dimmed">
        {path}
      </AppLink>
    </Group>
  )
}
