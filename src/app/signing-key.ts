/** RS256 for ID tokens: one key for all servers, made when it is first needed. */
import { createHash, createPrivateKey, generateKeyPair, type JsonWebKey, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Tx } from '../db/open.ts'
import { readSigningKey, storeSigningKey } from '../db/signing-key.ts'
import { inTransaction } from '../db/transaction.ts'
import type { App } from './context.ts'

const generate = promisify(generateKeyPair)

/** What anybody may know of the key (RFC 7517). */
export interface PublicKey {
  readonly kty: 'RSA'
  readonly kid: string
  readonly use: 'sig'
  readonly alg: 'RS256'
  readonly n: string
  readonly e: string
}

/** The key that signs; the first caller of all makes it. */
export async function signingKey(tx: Tx): Promise<JsonWebKey> {
  const stored = await readSigningKey(tx)
  if (stored) return stored
  const { privateKey } = await generate('rsa', { modulusLength: 2048 })
  return storeSigningKey(tx, privateKey.export({ format: 'jwk' }))
}

/** Its public half, for everybody who checks tokens. */
export async function publicKey(app: App): Promise<PublicKey> {
  return publicHalf((await readSigningKey(app.db)) ?? (await inTransaction(app.db, signingKey)))
}

/** A signed token (RFC 7519) with these claims. */
export function signToken(key: JsonWebKey, claims: Readonly<Record<string, unknown>>): string {
  const header = { alg: 'RS256', typ: 'JWT', kid: publicHalf(key).kid }
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign('sha256', Buffer.from(content), createPrivateKey({ key, format: 'jwk' }))
  return `${content}.${signature.toString('base64url')}`
}

function publicHalf({ n, e }: JsonWebKey): PublicKey {
  if (n === undefined || e === undefined) throw new Error('the signing key is no RSA key')
  return { kty: 'RSA', kid: thumbprint(n, e), use: 'sig', alg: 'RS256', n, e }
}

/** RFC 7638: the name of a key that anybody computes the same way. */
function thumbprint(n: string, e: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url')
}
