import type { DeploymentExtended } from '../../contract/deployments.ts'

/** What a deployment still waits for: "Waits for 2 approvals", "Waits for QA (1 approval) and Operators (2 approvals)". */
export function missingText(deployment: Pick<DeploymentExtended, 'waiting_for' | 'pending_approval_count'>): string {
  const rules = deployment.waiting_for
  if (rules.length === 0) return 'Waits for nobody'
  const named = rules.filter((rule) => rule.rule !== null)
  if (named.length === 0) return `Waits for ${approvals(deployment.pending_approval_count)}`
  const each = rules.map((rule) => `${rule.rule ?? 'deployers'} (${approvals(rule.pending_approvals)})`)
  return `Waits for ${new Intl.ListFormat('en').format(each)}`
}

/** "1 approval", "2 approvals" */
export function approvals(count: number): string {
  return `${count} ${count === 1 ? 'approval' : 'approvals'}`
}
