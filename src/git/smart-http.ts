import { PassThrough, type Readable } from 'node:stream'
import { answerOf } from './answer.ts'
import { spawnGit } from './git-process.ts'
import { flushPkt, pktLine } from './pkt-line.ts'
import type { Repository } from './repository-store.ts'
import { feed, requestChunks } from './request-body.ts'

/** The two services of git's smart HTTP protocol. */
export type GitService = 'git-upload-pack' | 'git-receive-pack'

export type ServeOptions = {
  /** The request's `Git-Protocol` header. */
  readonly gitProtocol?: string | undefined
  /** True when the body is compressed (`Content-Encoding: gzip`). */
  readonly gzip?: boolean
  /** Told once about a git process that failed; the client has been answered as well as possible. */
  readonly onProblem?: (error: Error) => void
}

// A fetch sends ids of commits it wants and has, fifty bytes each; nobody honest sends a million of them.
const maxFetchRequestBytes = 64 * 1024 * 1024

/** `git-upload-pack` or `git-receive-pack`, or null for anything else a client may ask for. */
export function parseService(text: string | undefined): GitService | null {
  return text === 'git-upload-pack' || text === 'git-receive-pack' ? text : null
}

/**
 * The answer to `GET /info/refs?service=…`, to be sent as `application/x-<service>-advertisement`. The first packet
 * names the service, except in protocol version 2, which has its own beginning.
 */
export function advertiseRefs(repo: Repository, service: GitService, options: ServeOptions = {}): Readable {
  const version = protocolOf(service, options.gitProtocol)
  const command = service.slice('git-'.length)
  const child = spawnGit(repo, [command, '--stateless-rpc', '--advertise-refs', repo.path], version)
  child.stdin.end()
  const out = new PassThrough()
  if (!version['GIT_PROTOCOL']?.includes('version=2')) {
    out.write(Buffer.concat([pktLine(`# service=${service}\n`), flushPkt]))
  }
  return answerOf(child, out, { command, cutOnFailure: false, onProblem: options.onProblem })
}

/**
 * Serves a fetch: `POST /git-upload-pack`, answered as `application/x-git-upload-pack-result`. Nothing is buffered, and
 * git is stopped when either stream closes early.
 */
export function uploadPack(repo: Repository, request: Readable, options: ServeOptions = {}): Readable {
  const version = protocolOf('git-upload-pack', options.gitProtocol)
  const child = spawnGit(repo, ['upload-pack', '--stateless-rpc', repo.path], version)
  feed(requestChunks(request, options.gzip ?? false), child.stdin, maxFetchRequestBytes).catch(() => {
    child.kill('SIGTERM')
  })
  return answerOf(child, new PassThrough(), {
    command: 'upload-pack',
    cutOnFailure: false,
    onProblem: options.onProblem,
  })
}

/** The environment that tells git which protocol version the client offered; push exists in versions 0 and 1 only. */
export function protocolOf(service: GitService, header: string | undefined): Readonly<Record<string, string>> {
  if (!header || !/^[\w.:=-]{1,200}$/.test(header)) return {}
  if (service === 'git-receive-pack' && header.includes('version=2')) return {}
  return { GIT_PROTOCOL: header }
}
