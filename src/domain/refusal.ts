/**
 * Every expected "no" is a value of this union: a code, and the data its sentence needs. http/errors.ts holds the one table from
 * code to status and body.
 */
import type { RuleKey } from './gate.ts'

export type Refusal =
  /** Nobody is signed in, or the credential is not valid. */
  | { readonly code: 'unauthorized' }
  | { readonly code: 'insufficient_scope'; readonly scopes: readonly string[] }
  | { readonly code: 'forbidden'; readonly reason?: string }
  /** `what` names the kind of thing ("Project"); null when a record's id did not resolve, '' when not even the kind is told. */
  | { readonly code: 'not_found'; readonly what: string | null }
  | { readonly code: 'bad_request'; readonly reason?: string }
  /** A parameter is missing or malformed; the sentence names it. */
  | { readonly code: 'invalid_parameter'; readonly sentence: string }
  /** A value breaks a rule of its field: field → problems. */
  | { readonly code: 'invalid'; readonly errors: Readonly<Record<string, readonly string[]>> }
  /** 400 with a bare sentence, or with a list of sentences. */
  | { readonly code: 'refused'; readonly sentence: string | readonly string[] }
  | { readonly code: 'conflict'; readonly sentence: string }
  | { readonly code: 'unprocessable'; readonly sentence: string | readonly string[] }
  /** 422 with the fields: field → problems. */
  | { readonly code: 'unprocessable_fields'; readonly errors: Readonly<Record<string, readonly string[]>> }
  /** A webhook cannot be stored like this: GitLab's sentence, and what it leaves out. */
  | { readonly code: 'invalid_hook'; readonly sentence: string; readonly reason: string | null }
  | { readonly code: 'too_many_requests' }
  | { readonly code: 'gone'; readonly reason: string }
  | { readonly code: 'method_not_allowed' }
  | { readonly code: 'too_large' }
  | VoteRefusal
  | StartRefusal

/** Why a vote is not taken (GitLab Deployments::ApprovalService, in its order). */
export type VoteRefusal =
  | { readonly code: 'not_protected' }
  | { readonly code: 'own_deployment' }
  | { readonly code: 'approvals_not_configured' }
  | { readonly code: 'not_waiting_for_approvals' }
  | { readonly code: 'may_not_approve' }
  | { readonly code: 'no_rule_for_representation' }

/** Why a job does not start. */
export type StartRefusal =
  | {
      readonly code: 'waiting_for_approvals'
      readonly missing: readonly { readonly rule: RuleKey; readonly pending: number }[]
    }
  | { readonly code: 'unplayable_job' }
  | { readonly code: 'job_not_retryable' }
  | { readonly code: 'deployment_rejected' }
  | { readonly code: 'may_not_deploy'; readonly environment: string }
  | { readonly code: 'outdated_deployment' }
  | { readonly code: 'variables_after_approval' }
  | { readonly code: 'job_not_pending' }
  | { readonly code: 'user_blocked' }
  | { readonly code: 'environment_invalid' }
  | { readonly code: 'deployment_missing' }

/** The sentence a person reads. The API, the page and the command line show the same one. */
export function sentenceOf(refusal: VoteRefusal | StartRefusal): string {
  switch (refusal.code) {
    case 'not_protected':
      return 'This environment is not protected.'
    case 'own_deployment':
      return 'You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.'
    case 'approvals_not_configured':
      return 'Deployment approvals is not configured for this environment.'
    case 'not_waiting_for_approvals':
      return 'This deployment is not waiting for approvals.'
    case 'may_not_approve':
      return "You don't have permission to approve this deployment. Contact the project or group owner for help."
    case 'no_rule_for_representation':
      return 'There are no approval rules for the given `represent_as` parameter. Use a valid User/Group/Role name instead.'
    case 'waiting_for_approvals':
      return 'This deployment is waiting for approvals.'
    case 'unplayable_job':
      return 'Unplayable Job'
    case 'job_not_retryable':
      return 'Job is not retryable'
    case 'deployment_rejected':
      return 'This deployment job was rejected.'
    case 'may_not_deploy':
      return `You are not allowed to deploy to the protected environment ${refusal.environment}.`
    case 'outdated_deployment':
      return 'The deployment job is older than the latest deployment, and therefore failed.'
    case 'variables_after_approval':
      return 'Variables cannot be added to a job whose deployment needs approvals: they would change what was approved.'
    case 'job_not_pending':
      return 'Job is not pending.'
    case 'user_blocked':
      return 'The user of this job is not active.'
    case 'environment_invalid':
      return 'This job could not be executed because it would create an environment with an invalid parameter.'
    case 'deployment_missing':
      return 'This job has no deployment that could run.'
  }
}
