import { IconPlayerStop } from '@tabler/icons-react'
import type { EnvironmentOverview } from '../../../contract/environment-overview.ts'
import { stopEnvironment } from '../../../contract/environments.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { ConfirmAction } from '../../components/confirm-action.tsx'

interface StopButtonProps {
  readonly project: Project
  readonly environment: EnvironmentOverview
}

export function StopButton({ project, environment }: StopButtonProps) {
  return (
    <ConfirmAction
      operation={stopEnvironment}
      input={{ id: project.id, environment_id: environment.id }}
      refusal={environment.your_stop.reason}
      label="Stop"
      accessibleLabel={`Stop ${environment.name}`}
      icon={IconPlayerStop}
      title="Stop environment"
      done={`${environment.name} is being stopped.`}
      danger
      size="xs"
      variant="subtle"
    >
      Stops <strong>{environment.name}</strong> of {project.path_with_namespace} and starts the jobs that take it down,
      if its last pipeline has some.
    </ConfirmAction>
  )
}
