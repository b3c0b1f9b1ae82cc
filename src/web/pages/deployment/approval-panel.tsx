import { Button, Stack, Text } from '@mantine/core'
import { IconPlayerPlay, IconTerminal2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { Link } from 'react-router'
import type { DeploymentExtended } from '../../../contract/deployments.ts'
import { listJobActions } from '../../../contract/job-actions.ts'
import { playJob } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { ConfirmAction } from '../../components/confirm-action.tsx'
import { type DeployableJob, jobOf } from '../../components/deployable.ts'
import { Section } from '../../components/section.tsx'
import { DecisionButtons } from '../../decision/decision-buttons.tsx'
import { approvals } from '../../decision/missing-text.ts'
import { ruleStates } from '../../decision/rule-states.ts'
import { jobPath } from '../../paths.ts'
import { RuleCard } from './rule-card.tsx'

interface ApprovalPanelProps {
  readonly project: Project
  readonly deployment: DeploymentExtended
}

/** Where the decision stands, who takes part in it, and the buttons. */
export function ApprovalPanel({ project, deployment }: ApprovalPanelProps) {
  const rules = ruleStates(deployment)
  const job = jobOf(deployment)
  const waits = deployment.status === 'blocked' && deployment.pending_approval_count > 0
  return (
    <Section title="Approval" padded>
      <Stack gap="md">
        <Text fw={600}>{standing(deployment, rules.length > 0)}</Text>
        {waits ? <Decision project={project} deployment={deployment} /> : null}
        {job && deployment.status === 'blocked' && !waits ? (
          <StartButton project={project} deployment={deployment} job={job} />
        ) : null}
        {job?.startedAt ? (
          <Button
            component={Link}
            to={jobPath(project.path_with_namespace, job.id)}
            variant="default"
            leftSection={<IconTerminal2 size={16} aria-hidden />}
          >
            {deployment.status === 'running' ? 'Watch the log' : 'View the log'}
          </Button>
        ) : null}
        {rules.map((rule) => (
          <RuleCard key={rule.key} rule={rule} decided={!waits} />
        ))}
      </Stack>
    </Section>
  )
}

function standing(deployment: DeploymentExtended, hasRules: boolean): string {
  const { status, pending_approval_count: pending, environment } = deployment
  const rejection = deployment.approvals.find((approval) => approval.status === 'rejected')
  if (rejection) return `Rejected by ${rejection.user.name}.`
  if (!hasRules) return `${environment.name} asks for no approval.`
  if (status === 'blocked' && pending > 0) return `Blocked: waits for ${approvals(pending)}.`
  if (status === 'blocked') return 'Approved. Somebody has to start it.'
  if (status === 'created') return `Not yet ready to run. It will need ${approvals(pending)}.`
  return (
    { running: 'Approved, running now.', success: 'Approved and deployed.' }[status as string] ??
    `It is over: ${status}.`
  )
}

/** The buttons, with the server's sentence in sight when one is disabled. */
function Decision({ project, deployment }: ApprovalPanelProps) {
  const id = useId()
  const { approve, reject } = deployment.your_approval
  const same = approve.reason === reject.reason
  const reasons = [
    { id: `${id}approve`, button: same ? null : 'Approve', reason: approve.reason },
    ...(same ? [] : [{ id: `${id}reject`, button: 'Reject', reason: reject.reason }]),
  ].filter(({ reason }) => reason !== null)
  return (
    <Stack gap="xs">
      <DecisionButtons
        deployment={deployment}
        projectId={project.id}
        projectName={project.path_with_namespace}
        describedBy={{ approve: `${id}approve`, reject: same ? `${id}approve` : `${id}reject` }}
      />
      {reasons.map(({ id, button, reason }) => (
        <Text key={id} size="sm" c="dimmed">
          {button === null ? null : <strong>{button}: </strong>}
          <span id={id}>{reason}</span>
        </Text>
      ))}
    </Stack>
  )
}

interface StartButtonProps extends ApprovalPanelProps {
  readonly job: DeployableJob
}

function StartButton({ project, deployment, job }: StartButtonProps) {
  const actions = useQuery(query(listJobActions, { id: project.id, job_ids: [job.id] }))
  const play = actions.data?.[0]?.play
  if (!play) return null
  return (
    <ConfirmAction
      operation={playJob}
      input={{ id: project.id, job_id: job.id }}
      refusal={play.reason}
      label="Start"
      icon={IconPlayerPlay}
      title="Start deployment"
      done={`Started the deployment to ${deployment.environment.name}.`}
    >
      Deploys <code>{deployment.sha.slice(0, 8)}</code> to <strong>{deployment.environment.name}</strong> of{' '}
      {project.path_with_namespace} now.
    </ConfirmAction>
  )
}
