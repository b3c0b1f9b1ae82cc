/** From credentials to an actor (GitLab REST API docs, Authentication). */
import type { FastifyRequest } from 'fastify'
import { inactiveHolder, recordTokenUse, tokenHolder } from '../db/access-tokens.ts'
import { digestOf } from '../db/digest.ts'
import { jobByToken } from '../db/job-tokens.ts'
import type { Db } from '../db/open.ts'
import { sessionByToken } from '../db/sessions.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'

export const sessionCookie = '_gitlab_session'

/** Where a credential was found. A credential that is given but not valid is refused, never ignored. */
type Credential =
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: 'job'; readonly value: string }
  | { readonly kind: 'session'; readonly value: string }

/** Answers the caller, null for nobody, or a refusal when a credential does not hold. */
export async function authenticate(
  db: Db,
  request: FastifyRequest,
  params: Readonly<Record<string, unknown>>,
): Promise<Result<Actor | null, Refusal>> {
  const credential = credentialOf(request, params)
  if (credential === null) return ok(null)
  const actor = await actorFor(db, credential, request.ip)
  if (actor !== null) return ok(actor)
  const inactive = credential.kind === 'token' ? await inactiveHolder(db, digestOf(credential.value)) : null
  if (inactive !== null) return err({ code: 'forbidden', reason: `Your account has been ${inactive}.` })
  // A stale cookie is the ordinary state of a browser that was signed out, not an attack.
  return credential.kind === 'session' ? ok(null) : err({ code: 'unauthorized' })
}

/** The actor behind one credential; null when it is unknown, expired, revoked, or its person is not active. */
async function actorFor(db: Db, credential: Credential, ip: string): Promise<Actor | null> {
  const digest = digestOf(credential.value)
  switch (credential.kind) {
    case 'token': {
      const holder = await tokenHolder(db, digest, ip)
      if (holder?.stale) await inTransaction(db, (tx) => recordTokenUse(tx, holder.tokenId, ip))
      return holder && { ...holder.user, ip, credential: { kind: 'token', id: holder.tokenId, scopes: holder.scopes } }
    }
    case 'job': {
      const job = await jobByToken(db, digest)
      return job && { ...job.user, ip, credential: { kind: 'job', jobId: job.jobId, projectId: job.projectId } }
    }
    case 'session': {
      const session = await sessionByToken(db, digest)
      return session && { ...session.user, ip, credential: { kind: 'session', id: session.id } }
    }
  }
}

function credentialOf(request: FastifyRequest, params: Readonly<Record<string, unknown>>): Credential | null {
  const header = (name: string) => {
    const value = request.headers[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const text = (name: string) => (typeof params[name] === 'string' && params[name] !== '' ? params[name] : undefined)
  const bearer = /^Bearer\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1]
  const token = header('private-token') ?? bearer ?? text('private_token') ?? text('access_token')
  if (token !== undefined) return { kind: 'token', value: token }
  const job = header('job-token') ?? text('job_token')
  if (job !== undefined) return { kind: 'job', value: job }
  const session = cookie(header('cookie'), sessionCookie)
  return session === undefined ? null : { kind: 'session', value: session }
}

/** One cookie out of the Cookie header. */
export function cookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=')
    if (key === name) return value.join('=')
  }
  return undefined
}
