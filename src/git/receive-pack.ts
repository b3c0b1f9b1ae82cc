import { PassThrough, Readable } from 'node:stream'
import { err, ok, type Result } from '../domain/result.ts'
import { boundedText, exitOf, GitError, spawnGit } from './git-process.ts'
import { readRef } from './object-reader.ts'
import { flushPkt, pktLine, pktLineReader, sideBand } from './pkt-line.ts'
import { parsePushReport, refusalAnswer, remoteText } from './push-report.ts'
import {
  checkCommands,
  type PushRequest,
  PushRequestError,
  type RefUpdate,
  readPushRequest,
  writePushRequest,
} from './push-request.ts'
import { zeroSha } from './ref-name.ts'
import type { Repository } from './repository-store.ts'
import { discard, drained, feed, requestChunks } from './request-body.ts'
import { protocolOf, type ServeOptions } from './smart-http.ts'

export type ReceiveOptions = ServeOptions & {
  /** The largest pack that is accepted, in bytes. */
  readonly maxPackBytes: number
  /**
   * Decides about a push before any of it is stored; a sentence refuses all of it and is shown to the person. `oldSha`
   * is what the client believes; git compares it with the ref under its lock, so a wrong one makes the update fail.
   * This is also the moment to note durably that a push is coming: a server that dies after git moved the refs and
   * before `onUpdated` has returned finds in that note which refs to look at.
   */
  authorize(updates: readonly RefUpdate[], pushOptions: readonly string[]): Promise<string | null>
  /**
   * Told the updates that took effect, once, before the client is told; not called when there are none. It is called
   * even when the client has gone away meanwhile. Text it returns is shown to the person.
   */
  onUpdated(updates: readonly RefUpdate[], pushOptions: readonly string[]): Promise<string | null>
  /** Told, instead of `onUpdated`, that git is done with a permitted push and that none of it took effect. */
  onNothingUpdated?(): Promise<void>
}

const maxReportBytes = 64 * 1024 * 1024

/**
 * Serves a push: `POST /git-receive-pack`, answered with status 200 as `application/x-git-receive-pack-result`, also
 * when the push is refused. Only refs under refs/heads/ and refs/tags/ can be pushed. Nothing is buffered but the list
 * of refs and git's report about them. A request that is not a push is refused as a value (status 400).
 *
 * @throws what `authorize` throws; nothing has been stored then.
 */
export async function receivePack(
  repo: Repository,
  request: Readable,
  options: ReceiveOptions,
): Promise<Result<Readable, { readonly code: 'malformed_push'; readonly problem: string }>> {
  const chunks = requestChunks(request, options.gzip ?? false)
  const reader = pktLineReader()
  // A client that sends too much is heard out for as long again, because it reads the answer only then.
  const maxBodyBytes = 2 * options.maxPackBytes + 1024 * 1024
  const malformed = async (problem: string) => {
    await discard(chunks, maxBodyBytes)
    return err({ code: 'malformed_push' as const, problem })
  }

  let push: PushRequest | null
  try {
    push = await readPushRequest(reader, chunks)
  } catch (error) {
    if (error instanceof PushRequestError) return malformed(error.message)
    throw error
  }
  if (!push || push.commands.length === 0) return ok(Readable.from([]))
  const { capabilities, pushOptions } = push
  if (!capabilities.some((name) => name.startsWith('report-status'))) {
    return malformed('The client must support report-status')
  }

  const checked = checkCommands(push.commands)
  const refusal = 'refusal' in checked ? checked.refusal : await options.authorize(checked.updates, pushOptions)
  if (refusal !== null || 'refusal' in checked) {
    await discard(chunks, maxBodyBytes)
    const refs = push.commands.map((command) => command.ref)
    return ok(Readable.from([refusalAnswer(refs, refusal ?? '', capabilities)]))
  }

  const head = Buffer.concat([writePushRequest(push), reader.rest()])
  const out = new PassThrough()
  const sided = capabilities.includes('side-band-64k')
  relay(repo, { head, chunks, maxBodyBytes, out, sided, updates: checked.updates, pushOptions }, options).catch(
    (error: unknown) => {
      options.onProblem?.(error instanceof Error ? error : new Error(String(error)))
      if (sided && !out.destroyed) out.end(sideBand(3, 'The push was not completed: internal error on the server.\n'))
      else out.destroy()
    },
  )
  return ok(out)
}

type Relay = {
  readonly head: Buffer
  readonly chunks: AsyncIterator<Buffer>
  readonly maxBodyBytes: number
  readonly out: PassThrough
  readonly sided: boolean
  readonly updates: readonly RefUpdate[]
  readonly pushOptions: readonly string[]
}

async function relay(repo: Repository, relay: Relay, options: ReceiveOptions): Promise<void> {
  const { out, sided, updates, pushOptions } = relay
  const limit = ['-c', `receive.maxInputSize=${options.maxPackBytes}`]
  const version = protocolOf('git-receive-pack', options.gitProtocol)
  const child = spawnGit(repo, [...limit, 'receive-pack', '--stateless-rpc', repo.path], version)
  const stderr = boundedText(child.stderr)
  const exit = exitOf(child)
  child.stdin.write(relay.head)
  // The end of its input stops git when the client is gone: a pack that is not complete is thrown away whole. A signal
  // could hit git between two refs, and a kill would leave a lock file that blocks the branch for ever.
  const fed = feed(relay.chunks, child.stdin, relay.maxBodyBytes).catch(() => {
    child.stdin.destroy()
  })

  const [reportBytes, code] = await Promise.all([relayOutput(child.stdout, out, sided), exit])
  const report = parsePushReport(reportBytes)
  const applied = report
    ? updates.filter((update) => report.refs.get(update.ref) === 'ok')
    : await updatesInEffect(repo, updates)
  const message = applied.length > 0 ? await options.onUpdated(applied, pushOptions) : null
  if (applied.length === 0) await options.onNothingUpdated?.()

  await fed
  if (!report) throw new GitError(['receive-pack'], code, stderr(), 'ended without a report')
  if (!sided) return void out.end(reportBytes)
  if (message !== null) out.write(sideBand(2, remoteText(message)))
  out.end(Buffer.concat([sideBand(1, reportBytes), flushPkt]))
}

/**
 * Passes git's progress to the client as it comes, and returns the report, which the client must not have before the
 * caller has recorded what it says. Reads to the end of git's output whatever becomes of the client.
 */
async function relayOutput(stdout: Readable, out: PassThrough, sided: boolean): Promise<Buffer> {
  const report: Buffer[] = []
  let size = 0
  const keep = (bytes: Buffer) => {
    size += bytes.length
    if (size > maxReportBytes) throw new RangeError('The report about a push is too long')
    report.push(bytes)
  }
  const reader = pktLineReader()
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    if (!sided) {
      keep(chunk)
      continue
    }
    reader.push(chunk)
    for (let packet = reader.next(); packet; packet = reader.next()) {
      if (packet.type === 'flush') continue
      const isReport = packet.data[0] === 1 && packet.data.length > 1
      if (isReport) keep(packet.data.subarray(1))
      else if (!out.destroyed && !out.write(pktLine(packet.data))) await drained(out)
    }
  }
  return Buffer.concat(report)
}

/**
 * What a push did to the refs when git could not say so: those that are where the push wanted them. Also for a server
 * that finds, after a crash, the note of a push that `authorize` permitted and `onUpdated` never finished.
 */
export async function updatesInEffect(repo: Repository, updates: readonly RefUpdate[]): Promise<RefUpdate[]> {
  const found: RefUpdate[] = []
  for (const update of updates) {
    if (((await readRef(repo, update.ref)) ?? zeroSha) === update.newSha) found.push(update)
  }
  return found
}
