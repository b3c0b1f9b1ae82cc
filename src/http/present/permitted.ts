/** Whether a button may be pressed, and the sentence for it otherwise: the one that pressing it would answer. */
import type { Refusal } from '../../domain/refusal.ts'
import { replyOf } from '../errors.ts'

export interface Permitted {
  readonly allowed: boolean
  readonly reason: string | null
}

export function permitted(refusal: Refusal | null): Permitted {
  return { allowed: refusal === null, reason: refusal && refusalSentence(refusal) }
}

/** The reply's message without its status code. A bare "403 Forbidden" becomes a sentence. */
function refusalSentence(refusal: Refusal): string {
  const { body } = replyOf(refusal)
  const text = 'message' in body && typeof body.message === 'string' ? body.message : ''
  const plain = text.replace(/^\d{3} [A-Za-z ]+?(?: - |$)/, '')
  return plain === '' ? 'Your role does not allow this.' : plain
}
