import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { boundedText, exitOf, type GitDirectory, GitError, spawnGit } from './git-process.ts'

/** What git knows about an object; `content` only when it was asked for. */
export type ObjectReply = {
  readonly sha: string
  readonly type: 'commit' | 'tree' | 'blob' | 'tag'
  readonly size: number
  readonly content: Buffer
}

type Command = 'info' | 'contents'
type Pending = {
  readonly command: Command
  readonly name: string
  readonly resolve: (reply: ObjectReply | null) => void
  readonly reject: (error: Error) => void
}

const header = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d+)$/
const noContent = Buffer.alloc(0)

/** The process ended before it had answered: its questions can be asked again. */
class ProcessEnded extends GitError {}

/** One `git cat-file --batch-command` process: answers arrive in the order of the questions. */
class CatFile {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly queue: Pending[] = []
  private readonly onIdle: () => void
  private line: Buffer[] = []
  private body: { reply: Omit<ObjectReply, 'content'>; content: Buffer; filled: number } | null = null
  readonly ended: Promise<void>
  lastUsed = 0

  constructor(dir: GitDirectory, onIdle: () => void, onEnd: () => void) {
    this.onIdle = onIdle
    this.child = spawnGit(dir, ['cat-file', '--batch-command'])
    const stderr = boundedText(this.child.stderr)
    this.child.stdout.on('data', (chunk: Buffer) => this.read(chunk))
    this.ended = exitOf(this.child)
      .catch(() => null)
      .then((code) => {
        onEnd()
        for (const pending of this.queue.splice(0)) {
          pending.reject(new ProcessEnded(['cat-file'], code, stderr()))
        }
      })
  }

  get busy(): boolean {
    return this.queue.length > 0
  }

  ask(command: Command, name: string): Promise<ObjectReply | null> {
    return new Promise((resolve, reject) => {
      this.queue.push({ command, name, resolve, reject })
      this.child.stdin.write(`${command} ${name}\n`)
    })
  }

  /** Lets the process answer what it was asked and end. */
  end(): void {
    this.child.stdin.end()
  }

  private read(data: Buffer): void {
    let rest = data
    while (rest.length > 0) rest = this.body ? this.readBody(this.body, rest) : this.readHeader(rest)
  }

  private readHeader(data: Buffer): Buffer {
    const end = data.indexOf(0x0a)
    if (end < 0) {
      this.line.push(data)
      return noContent
    }
    const line = Buffer.concat([...this.line, data.subarray(0, end)]).toString('utf8')
    this.line = []
    const match = header.exec(line)
    if (!match) {
      // `<name> missing`, or `<name> ambiguous`: either way the name does not lead to one object.
      this.answer(null)
    } else {
      const reply = { sha: match[1] ?? '', type: match[2] as ObjectReply['type'], size: Number(match[3]) }
      if (this.queue[0]?.command === 'contents') {
        this.body = { reply, content: Buffer.allocUnsafe(reply.size), filled: 0 }
      } else {
        this.answer({ ...reply, content: noContent })
      }
    }
    return data.subarray(end + 1)
  }

  private readBody(body: NonNullable<typeof this.body>, data: Buffer): Buffer {
    const wanted = body.content.length - body.filled
    const taken = data.copy(body.content, body.filled, 0, Math.min(wanted, data.length))
    body.filled += taken
    // The content is followed by one line feed of git's own.
    if (data.length === taken) return noContent
    this.body = null
    this.answer({ ...body.reply, content: body.content })
    return data.subarray(taken + 1)
  }

  private answer(reply: ObjectReply | null): void {
    this.queue.shift()?.resolve(reply)
    if (!this.busy) this.onIdle()
  }
}

/**
 * Keeps one object-reading process per repository that is in use, at most `max` of them, and ends each after `idle`
 * milliseconds without a question. Asking a running process takes about a tenth of starting one.
 */
export class CatFilePool {
  private readonly max: number
  private readonly idle: number
  private readonly open = new Map<string, CatFile>()
  private readonly waiting: (() => void)[] = []
  private readonly ending = new Set<Promise<void>>()
  private timer: NodeJS.Timeout | null = null
  private closed = false

  constructor(options: { max: number; idle: number }) {
    this.max = options.max
    this.idle = options.idle
  }

  /** How many processes are open. */
  get size(): number {
    return this.open.size
  }

  /**
   * Asks about one object; null when the name leads to none. `name` is what git calls an extended object name, already
   * made safe by the caller: no line feed.
   *
   * @throws GitError when the process ends twice while it is asked.
   */
  async ask(dir: GitDirectory, command: Command, name: string): Promise<ObjectReply | null> {
    if (/[\n\0]/.test(name)) throw new TypeError('An object name cannot contain a line feed')
    let retries = 1
    for (;;) {
      if (this.closed) throw new Error('The repository store is closed')
      const process = this.take(dir)
      if (!process) {
        await new Promise<void>((wake) => this.waiting.push(wake))
        continue
      }
      try {
        return await process.ask(command, name)
      } catch (error) {
        if (!(error instanceof ProcessEnded) || retries === 0) throw error
        retries -= 1
      }
    }
  }

  /** Ends the process of a repository that is about to be removed. */
  forget(dir: GitDirectory): void {
    const process = this.open.get(dir.path)
    if (process) this.release(dir.path, process)
  }

  /** Ends every process and waits until they are gone. */
  async close(): Promise<void> {
    this.closed = true
    if (this.timer) clearTimeout(this.timer)
    for (const [path, process] of this.open) this.release(path, process)
    for (const wake of this.waiting.splice(0)) wake()
    await Promise.all(this.ending)
  }

  /** The process of a repository, started if there is room for it; null when all the others are busy. */
  private take(dir: GitDirectory): CatFile | null {
    const known = this.open.get(dir.path)
    if (known) {
      known.lastUsed = Date.now()
      return known
    }
    if (this.open.size >= this.max && !this.evict()) return null
    const process = new CatFile(
      dir,
      () => this.wake(),
      () => this.drop(dir.path, process),
    )
    process.lastUsed = Date.now()
    this.open.set(dir.path, process)
    this.schedule()
    return process
  }

  private evict(): boolean {
    let oldest: [string, CatFile] | null = null
    for (const [path, process] of this.open) {
      if (!process.busy && (!oldest || process.lastUsed < oldest[1].lastUsed)) oldest = [path, process]
    }
    if (oldest) this.release(...oldest)
    return oldest !== null
  }

  private release(path: string, process: CatFile): void {
    this.open.delete(path)
    process.end()
    this.ending.add(process.ended)
    void process.ended.then(() => this.ending.delete(process.ended))
    this.wake()
  }

  private drop(path: string, process: CatFile): void {
    if (this.open.get(path) === process) this.open.delete(path)
    this.wake()
  }

  private wake(): void {
    this.waiting.shift()?.()
  }

  private schedule(): void {
    if (this.timer || this.closed) return
    this.timer = setTimeout(() => {
      this.timer = null
      const limit = Date.now() - this.idle
      for (const [path, process] of this.open) {
        if (!process.busy && process.lastUsed <= limit) this.release(path, process)
      }
      if (this.open.size > 0) this.schedule()
    }, this.idle)
    this.timer.unref()
  }
}
