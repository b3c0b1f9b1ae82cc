/** One list of rules out of what the API says in two: what each wants, who approved, who can, who cannot. */
import type { Approval, DeploymentExtended } from '../../contract/deployments.ts'
import type { UserBasic } from '../../contract/entities.ts'

export interface RuleState {
  readonly key: string
  readonly name: string
  readonly required: number
  /** Votes under this rule that count, and rejections. */
  readonly approvals: readonly Approval[]
  readonly pending: number
  /** Only of a rule that waits. */
  readonly candidates: readonly UserBasic[]
  readonly excluded: readonly { readonly user: UserBasic; readonly reason: string }[]
}

const deployers = 'Anybody allowed to deploy'

export function ruleStates(deployment: DeploymentExtended): RuleState[] {
  const { rules } = deployment.approval_summary
  const waiting = new Map(deployment.waiting_for.map((entry) => [entry.rule_id, entry]))
  const named = rules.map((rule): RuleState => {
    const open = waiting.get(rule.id)
    return {
      key: `rule:${rule.id}`,
      name: rule.access_level_description ?? deployers,
      required: rule.required_approvals,
      approvals: rule.deployment_approvals,
      pending: open?.pending_approvals ?? 0,
      candidates: open?.candidates ?? [],
      excluded: open?.excluded ?? [],
    }
  })
  return [...named, ...counts(deployment)]
}

/** A bare required_approval_count: one rule without a name, which the API does not list once it is met. */
function counts(deployment: DeploymentExtended): RuleState[] {
  const open = deployment.waiting_for.filter((entry) => entry.rule_id === null)
  const given = deployment.approval_summary.rules.length === 0 ? deployment.approvals : []
  if (open.length === 0 && given.length === 0) return []
  const counted = given.filter((approval) => approval.counts).length
  const pending = open.reduce((sum, entry) => sum + entry.pending_approvals, 0)
  return [
    {
      key: 'count',
      name: deployers,
      required: Math.max(counted + pending, given.filter((approval) => approval.status === 'approved').length),
      approvals: given,
      pending,
      candidates: open.flatMap((entry) => entry.candidates),
      excluded: open.flatMap((entry) => entry.excluded),
    },
  ]
}
