/** The one table from refusals to GitLab's status codes and body shapes (reference gitlab-deployments.md 7.4). */
import { type Refusal, sentenceOf } from '../domain/refusal.ts'

export interface ErrorReply {
  readonly status: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

const message = (status: number, text: unknown): ErrorReply => ({ status, body: { message: text } })

/** The answer for a refusal. */
export function replyOf(refusal: Refusal): ErrorReply {
  switch (refusal.code) {
    case 'unauthorized':
      return message(401, '401 Unauthorized')
    case 'insufficient_scope':
      return {
        status: 403,
        body: {
          error: 'insufficient_scope',
          error_description: 'The request requires higher privileges than provided by the access token.',
          scope: refusal.scopes.join(' '),
        },
      }
    case 'forbidden':
      return message(403, refusal.reason ? `403 Forbidden - ${refusal.reason}` : '403 Forbidden')
    case 'not_found':
      // GitLab writes "404 Not found" when a record's id does not resolve, and "404 Project Not Found" from its helpers.
      if (refusal.what === '') return message(404, '404 Not Found')
      return message(404, refusal.what ? `404 ${refusal.what} Not Found` : '404 Not found')
    case 'bad_request':
      return message(400, refusal.reason ? `400 Bad request - ${refusal.reason}` : '400 Bad request')
    case 'invalid_parameter':
      return { status: 400, body: { error: refusal.sentence } }
    case 'invalid':
      return message(400, refusal.errors)
    case 'refused':
      return message(400, refusal.sentence)
    case 'conflict':
      return message(409, refusal.sentence)
    case 'unprocessable':
      return message(422, refusal.sentence)
    case 'unprocessable_fields':
      return message(422, refusal.errors)
    case 'invalid_hook':
      return {
        status: 422,
        body: { error: refusal.sentence, ...(refusal.reason === null ? {} : { message: refusal.reason }) },
      }
    case 'too_many_requests':
      return message(429, { error: 'This endpoint has been requested too many times. Try again later.' })
    case 'gone':
      return message(410, `410 Gone - ${refusal.reason}`)
    case 'method_not_allowed':
      return message(405, '405 Method Not Allowed')
    case 'too_large':
      return message(413, '413 Request Entity Too Large')
    case 'not_protected':
    case 'own_deployment':
    case 'approvals_not_configured':
    case 'not_waiting_for_approvals':
    case 'may_not_approve':
    case 'no_rule_for_representation':
      return message(400, sentenceOf(refusal))
    case 'unplayable_job':
    case 'waiting_for_approvals':
    case 'variables_after_approval':
    case 'job_not_pending':
    case 'environment_invalid':
    case 'deployment_missing':
      return message(400, `400 Bad request - ${sentenceOf(refusal)}`)
    case 'job_not_retryable':
    case 'deployment_rejected':
    case 'may_not_deploy':
    case 'outdated_deployment':
    case 'user_blocked':
      return message(403, `403 Forbidden - ${sentenceOf(refusal)}`)
  }
}
