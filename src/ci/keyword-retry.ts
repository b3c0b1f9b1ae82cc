import { attribute, type Fields, readFields } from './fields.ts'
import { isString } from './node.ts'
import { integerBetween, integerOrIntegers, isInteger, type Shape, stringOrStrings } from './shape.ts'
import { refuse, refuseBare, type Spot } from './spot.ts'

export interface RetryConfig {
  readonly max: number
  readonly when: readonly string[]
  readonly exitCodes: readonly number[]
}

/** What a job can fail with, as `retry:when` names it (reference C2), and `always`. */
export const RETRY_REASONS: ReadonlySet<string> = new Set(
  (
    'always unknown_failure script_failure api_failure stuck_or_timeout_failure runner_system_failure ' +
    'missing_dependency_failure runner_unsupported stale_schedule job_execution_timeout archived_failure unmet_prerequisites ' +
    'scheduler_failure data_integrity_failure forward_deployment_failure user_blocked project_deleted ci_quota_exceeded ' +
    'pipeline_loop_detected no_matching_runner trace_size_exceeded builds_disabled environment_creation_failure ' +
    'deployment_rejected failed_outdated_deployment_job job_execution_server_timeout protected_environment_failure ' +
    'insufficient_bridge_permissions downstream_bridge_project_not_found invalid_bridge_trigger ' +
    'upstream_bridge_project_not_found insufficient_upstream_permissions downstream_pipeline_creation_failed ' +
    'secrets_provider_not_found reached_max_descendant_pipelines_depth ip_restriction_failure ' +
    'reached_max_pipeline_hierarchy_size bridge_pipeline_is_child_pipeline reached_downstream_pipeline_trigger_rate_limit ' +
    'duo_workflow_not_allowed job_router_failure job_token_expired runner_interrupted'
  ).split(' '),
)

const max = integerBetween(0, 2)

const when: Shape<readonly string[]> = (node, spot) => {
  const words = stringOrStrings(node, spot)
  const unknown = words?.filter((word) => !RETRY_REASONS.has(word)) ?? []
  if (unknown.length === 0) return words
  return isString(node)
    ? refuse(spot, node, 'is not included in the list')
    : refuse(spot, node, `contains unknown values: ${unknown.join(', ')}`)
}

const FIELDS = {
  max: attribute(max),
  when: attribute(when),
  exit_codes: attribute(integerOrIntegers),
} satisfies Fields

/** `retry`: a number of retries or `{max, when, exit_codes}` (reference A14). GitLab's messages do not name the job. */
export const retry: Shape<RetryConfig> = (node, spot) => {
  const alone: Spot = { ...spot, up: null, key: 'retry' }
  if (node.kind === 'map') {
    const fields = readFields(node, alone, FIELDS)
    return { max: fields.max ?? 0, when: fields.when ?? [], exitCodes: fields.exit_codes ?? [] }
  }
  if (!isInteger(node)) return refuseBare(spot, node, 'retry config has to be either an integer or a hash')
  const count = max(node, alone)
  return count === undefined ? undefined : { max: count, when: [], exitCodes: [] }
}
