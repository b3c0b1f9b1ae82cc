/** The job of a deployment, out of a field that GitLab leaves loose. */
import type { DeploymentEntity } from '../../contract/deployments.ts'

type Deployable = Pick<DeploymentEntity, 'deployable'>

export interface DeployableJob {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly tag: boolean
  readonly pipelineId: number
  readonly startedAt: string | null
  /** Seconds. */
  readonly duration: number | null
  readonly failureReason: string | null
}

/** Null for a deployment that an external tool made. */
export function jobOf({ deployable }: Deployable): DeployableJob | null {
  if (!deployable) return null
  return {
    id: deployable.id,
    name: deployable.name,
    status: deployable.status,
    tag: deployable['tag'] === true,
    pipelineId: Number(valueIn(deployable['pipeline'], 'id')),
    startedAt: textOf(deployable['started_at']),
    duration: typeof deployable['duration'] === 'number' ? deployable['duration'] : null,
    failureReason: textOf(deployable['failure_reason']),
  }
}

/** The title of the commit a deployment brings, when it has a job and the commit still exists. */
export function commitTitleOf({ deployable }: Deployable): string | undefined {
  return textOf(valueIn(deployable?.['commit'], 'title')) ?? undefined
}

function valueIn(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
