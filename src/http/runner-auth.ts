/** Who calls a runner endpoint: a runner by its own token, or the runner of one job by the job's token. */
import type { FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import type { RunnerInfo } from '../contract/runner-protocol.ts'
import { digestOf } from '../db/digest.ts'
import { jobByToken } from '../db/job-tokens.ts'
import { projectOfJob, type RunnersJob, runnersJob } from '../db/jobs.ts'
import { freshManager, type Runner, recordContact, runnerByToken } from '../db/runners.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { Raw } from './call.ts'

/** The token of a runner call: header first, then the body. */
export function runnerToken(request: FastifyRequest, body: { readonly token?: string | undefined }): string {
  return headerText(request, 'runner-token') ?? body.token ?? ''
}

export async function runnerFor(
  app: App,
  request: FastifyRequest,
  body: { readonly token?: string | undefined },
): Promise<Result<Runner, Refusal>> {
  const runner = await runnerByToken(app.db, runnerToken(request, body))
  return runner ? ok(runner) : err({ code: 'forbidden' })
}

/** Notes the calling machine, at most every 40 seconds while nothing about it changed. Answers its manager id. */
export async function noteContact(
  app: App,
  request: FastifyRequest,
  runner: Runner,
  body: { readonly system_id?: string | undefined; readonly info: RunnerInfo },
): Promise<number> {
  const { info } = body
  const contact = {
    systemId: plainText(body.system_id),
    version: plainText(info.version),
    revision: plainText(info.revision),
    platform: plainText(info.platform),
    architecture: plainText(info.architecture),
    executor: plainText(info.executor),
    features: info.features,
    ip: request.ip,
  }
  return (
    (await freshManager(app.db, runner.id, contact)) ??
    inTransaction(app.db, (tx) => recordContact(tx, runner.id, contact))
  )
}

/** Text that a runner says about itself, as it can be stored: it is taken as it comes, but not at any length. */
export function plainText(text: string | undefined): string {
  return (text ?? '').replaceAll('\0', '').slice(0, 255)
}

/**
 * The job a runner calls about. Once the job is over, or taken away, the answer is 403 with the job's status in a header: that is
 * how a runner learns that it must stop (reference D5).
 */
export async function jobFor(
  app: App,
  request: FastifyRequest,
  id: number,
  body: { readonly token?: string | undefined },
): Promise<Result<RunnersJob | Raw, Refusal>> {
  const job = await runnersJob(app.db, id, headerText(request, 'job-token') ?? body.token ?? '')
  if (!job) return err({ code: 'not_found', what: null })
  if (job.authentic) return ok(job)
  const message = '403 Forbidden  - Job is not processing on runner'
  return ok(new Raw(403, { message }, { 'job-status': job.status, 'content-type': 'application/json' }))
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A job that is running may read the artifacts of jobs in its own project, and of no other (threats T18, T19). */
export async function readerOf(app: App, request: FastifyRequest, jobId: number): Promise<Result<void, Refusal>> {
  const query = request.query as Readonly<Record<string, unknown>>
  const token = headerText(request, 'job-token') ?? (typeof query['token'] === 'string' ? query['token'] : '')
  const reader = await jobByToken(app.db, digestOf(token))
  if (!reader) return err({ code: 'forbidden' })
  const projectId = await projectOfJob(app.db, jobId)
  if (projectId === null) return err({ code: 'not_found', what: null })
  return projectId === reader.projectId ? ok(undefined) : err({ code: 'forbidden' })
}
