/** Tokens are random, so a plain SHA-256 is enough to keep them out of the database. */
import { createHash, randomBytes } from 'node:crypto'

/** SHA-256 of a token: what is stored and looked up. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** A new token: a prefix that log masking recognises (GitLab docs, Token overview) and 192 random bits. */
export function newToken(prefix: 'glpat-' | 'glrt-' | 'glrtr-' | 'glcbt-' | 'glptt-' | 'GR1348941' | ''): string {
  return `${prefix}${randomBytes(24).toString('base64url')}`
}
