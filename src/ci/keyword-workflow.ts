import { attribute, entry, type Fields, hashOf } from './fields.ts'
import { type AutoCancelConfig, autoCancel } from './keyword-auto-cancel.ts'
import { type RuleConfig, workflowRules } from './keyword-rules.ts'
import { LIMITS } from './limits.ts'
import { type Shape, shortText } from './shape.ts'

/** `workflow` (reference A10). Without rules a pipeline is always made. */
export interface WorkflowConfig {
  readonly rules: readonly RuleConfig[] | null
  readonly name: string | null
  readonly autoCancel: AutoCancelConfig | null
}

const FIELDS = {
  rules: entry(workflowRules),
  name: attribute(shortText(LIMITS.name)),
  auto_cancel: entry(autoCancel),
} satisfies Fields

export const workflow: Shape<WorkflowConfig> = hashOf(FIELDS, (read) => ({
  rules: read.rules ?? null,
  name: read.name ?? null,
  autoCancel: read.auto_cancel ?? null,
}))
