/** Deployments that an external tool makes pass the same gate as a job's (product.md, threat T25). */
import { type Change, moveDeployment } from './change.ts'
import { canMoveDeployment, type DeploymentEvent } from './deployment.ts'
import type { DeploymentFacts } from './facts.ts'
import { gate } from './gate.ts'
import type { Refusal } from './refusal.ts'
import { err, ok, type Result } from './result.ts'

export type ExternalStatus = 'running' | 'success' | 'failed' | 'canceled'

const eventFor: Record<ExternalStatus, DeploymentEvent> = {
  running: 'run',
  success: 'succeed',
  failed: 'drop',
  canceled: 'cancel',
}

/** What happens to a deployment that was just inserted as `created`: blocked while its gate is not open. */
export function decideExternalStart(deployment: DeploymentFacts, wanted: ExternalStatus): Change[] {
  if (ships(wanted) && gate(deployment.gate).state !== 'open') return moveDeployment(deployment, 'block')
  return moveDeployment(deployment, eventFor[wanted])
}

/** A later status. Giving up is always possible; shipping needs an open gate. */
export function decideExternalUpdate(deployment: DeploymentFacts, wanted: ExternalStatus): Result<Change[], Refusal> {
  const event = eventFor[wanted]
  const judged = gate(deployment.gate)
  if (ships(wanted) && judged.state === 'rejected') return err({ code: 'deployment_rejected' })
  if (ships(wanted) && judged.state === 'waiting') {
    const missing = judged.counts.filter((c) => c.pending > 0).map((c) => ({ rule: c.rule.key, pending: c.pending }))
    return err({ code: 'waiting_for_approvals', missing })
  }
  if (!canMoveDeployment(deployment.status, event)) {
    return err({ code: 'invalid', errors: { status: [`cannot transition via "${event}"`] } })
  }
  return ok(moveDeployment(deployment, event))
}

function ships(status: ExternalStatus): boolean {
  return status === 'running' || status === 'success'
}
