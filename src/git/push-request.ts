import { flushPkt, type Packet, PktLineError, type PktLineReader, pktLine } from './pkt-line.ts'
import { isSha, newRefProblem, parseRef, type Ref, zeroSha } from './ref-name.ts'

/** One line of a push: move `ref` from `oldSha` to `newSha`; `zeroSha` stands for "does not exist". */
export type RefCommand = {
  readonly ref: string
  readonly oldSha: string
  readonly newSha: string
}

/** A ref command whose ref is a branch or a tag with a permitted name. */
export type RefUpdate = RefCommand & Ref & { readonly kind: 'create' | 'update' | 'delete' }

/** What a client sends before the pack. */
export type PushRequest = {
  readonly commands: readonly RefCommand[]
  /** Commits at which a shallow client's history ends. */
  readonly shallow: readonly string[]
  readonly capabilities: readonly string[]
  /** Values of `git push -o`, in their order. */
  readonly pushOptions: readonly string[]
}

/** A push that does not follow git's protocol, or is larger than allowed before its pack begins. */
export class PushRequestError extends Error {}

const maxHeadBytes = 16 * 1024 * 1024

/**
 * Reads a push up to its pack; what follows stays in `reader.rest()` and `chunks`. A body of one flush packet (git
 * sends it to try its credentials before a large push) has no commands. Null when the body is empty.
 *
 * @throws PushRequestError when the bytes are not a push; whatever `chunks` throws when the client goes away.
 */
export async function readPushRequest(
  reader: PktLineReader,
  chunks: AsyncIterator<Buffer>,
): Promise<PushRequest | null> {
  let size = 0
  const next = async (): Promise<Packet | null> => {
    try {
      for (;;) {
        const packet = reader.next()
        if (packet) return packet
        const chunk = await chunks.next()
        if (chunk.done) return null
        reader.push(chunk.value)
        size += chunk.value.length
        // The chunk that completes the head may also hold the start of the pack; it is not larger than a socket read.
        if (size > maxHeadBytes) throw new PushRequestError('The list of refs to update is too long')
      }
    } catch (error) {
      if (error instanceof PktLineError) throw new PushRequestError(error.message)
      throw error
    }
  }

  const commands: RefCommand[] = []
  const shallow: string[] = []
  let capabilities: readonly string[] = []
  for (let first = true; ; first = false) {
    const packet = await next()
    if (!packet && first) return null
    if (!packet) throw new PushRequestError('The push ends within its commands')
    if (packet.type === 'flush') break
    const zero = packet.data.indexOf(0)
    const line = text(zero < 0 ? packet.data : packet.data.subarray(0, zero)).replace(/\n$/, '')
    const depth = /^shallow ([0-9a-f]{40})$/.exec(line)
    if (depth?.[1]) {
      shallow.push(depth[1])
      continue
    }
    // git puts the capabilities behind the first command, wherever shallow lines stand.
    if (zero >= 0 && commands.length === 0) capabilities = parseCapabilities(text(packet.data.subarray(zero + 1)))
    commands.push(parseCommand(line))
  }

  const pushOptions: string[] = []
  if (commands.length > 0 && capabilities.includes('push-options')) {
    for (;;) {
      const packet = await next()
      if (!packet) throw new PushRequestError('The push ends within its options')
      if (packet.type === 'flush') break
      pushOptions.push(text(packet.data).replace(/\n$/, ''))
    }
  }
  return { commands, shallow, capabilities, pushOptions }
}

/**
 * Writes a push request again, from what was understood of it. Git gets these bytes and not the client's, so that what
 * was authorised is what git does, even where git would read the client's bytes differently.
 */
export function writePushRequest(request: PushRequest): Buffer {
  const lines = request.commands.map((command, index) => {
    const line = `${command.oldSha} ${command.newSha} ${command.ref}`
    return pktLine(index === 0 ? `${line}\0 ${request.capabilities.join(' ')}` : line)
  })
  const head = [...request.shallow.map((sha) => pktLine(`shallow ${sha}`)), ...lines, flushPkt]
  if (!request.capabilities.includes('push-options')) return Buffer.concat(head)
  return Buffer.concat([...head, ...request.pushOptions.map((option) => pktLine(option)), flushPkt])
}

/** The commands as updates of branches and tags, or the sentence that refuses the push. */
export function checkCommands(commands: readonly RefCommand[]): { updates: RefUpdate[] } | { refusal: string } {
  const updates: RefUpdate[] = []
  const seen = new Set<string>()
  for (const command of commands) {
    const ref = parseRef(command.ref)
    if (!ref) return { refusal: `Only branches and tags can be pushed, not ${command.ref}.` }
    const kind = command.newSha === zeroSha ? 'delete' : command.oldSha === zeroSha ? 'create' : 'update'
    // A ref that already has an unwelcome name, for example one that was imported, can still be moved and deleted.
    const problem = kind === 'create' ? newRefProblem(ref) : null
    if (problem) return { refusal: `The ${ref.type} name ${JSON.stringify(ref.name)} ${problem}.` }
    if (seen.has(command.ref)) return { refusal: `${command.ref} is updated twice.` }
    seen.add(command.ref)
    updates.push({ ...command, ...ref, kind })
  }
  return { updates }
}

function parseCommand(line: string): RefCommand {
  const [oldSha = '', newSha = '', ...rest] = line.split(' ')
  const ref = rest.join(' ')
  // Control characters would reach the pusher's terminal and the server's log.
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
  if (!isSha(oldSha) || !isSha(newSha) || !/^[^\u0000-\u0020\u007f]+$/.test(ref)) {
    throw new PushRequestError('A command of the push is not understood')
  }
  return { oldSha, newSha, ref }
}

const known = /^(?:report-status(?:-v2)?|side-band-64k|quiet|atomic|ofs-delta|delete-refs|push-options|agent=[!-~]+)$/

/** The capabilities that this server understands; a wish for another hash function cannot be ignored. */
function parseCapabilities(line: string): string[] {
  const words = line.trim().split(/ +/)
  const format = words.find((word) => word.startsWith('object-format='))
  if (format && format !== 'object-format=sha1') throw new PushRequestError(`Unsupported ${format}`)
  return words.filter((word) => known.test(word))
}

function text(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new PushRequestError('Ref names and push options must be UTF-8')
  }
}
