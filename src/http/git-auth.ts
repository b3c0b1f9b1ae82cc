/** Credentials of git: Basic authentication with a token as the password. */
import type { FastifyRequest } from 'fastify'
import { recordTokenUse, tokenHolder } from '../db/access-tokens.ts'
import { digestOf } from '../db/digest.ts'
import { jobByToken } from '../db/job-tokens.ts'
import type { Db } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'

const fetchScopes = ['api', 'read_repository', 'write_repository']
const pushScopes = ['api', 'write_repository']

/**
 * The actor behind a git request: null without credentials, `invalid` when they do not hold or their scopes are not enough.
 * A job's token (user `gitlab-ci-token`) fetches while its job runs and never pushes.
 */
export async function gitActor(db: Db, request: FastifyRequest, pushes: boolean): Promise<Actor | null | 'invalid'> {
  const header = request.headers.authorization
  if (header === undefined) return null
  const basic = /^Basic\s+(\S+)$/i.exec(header)?.[1]
  if (basic === undefined) return 'invalid'
  const [username, ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':')
  const digest = digestOf(rest.join(':'))
  if (username === 'gitlab-ci-token') {
    const job = pushes ? null : await jobByToken(db, digest)
    if (!job) return 'invalid'
    return { ...job.user, ip: request.ip, credential: { kind: 'job', jobId: job.jobId, projectId: job.projectId } }
  }
  const holder = await tokenHolder(db, digest, request.ip)
  const enough = pushes ? pushScopes : fetchScopes
  if (!holder?.scopes.some((scope) => enough.includes(scope))) return 'invalid'
  if (holder.stale) await inTransaction(db, (tx) => recordTokenUse(tx, holder.tokenId, request.ip))
  return { ...holder.user, ip: request.ip, credential: { kind: 'token', id: holder.tokenId, scopes: holder.scopes } }
}
