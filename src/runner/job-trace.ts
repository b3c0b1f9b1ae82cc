import { crc32 } from 'node:zlib'
import { createMasker } from './masking.ts'

export interface JobTrace {
  /** Adds output of the job or a line of the runner; masked, and dropped once the limit is reached. */
  write(output: Buffer | string): void
  /** Adds text that no masking may touch: marks for the log viewer. Never anything that a job said. */
  mark(text: string): void
  /** Gives out what the masking held back. Between two steps, so that a line of the runner stands where it belongs. */
  flush(): void
  /** Bytes so far, after masking. */
  size(): number
  /** IEEE CRC-32 of all bytes so far. */
  checksum(): number
  /** At most `length` bytes from `start`. */
  read(start: number, length: number): Buffer
  /** Called whenever there is more to read. */
  onGrow(listener: () => void): void
}

/** The log of one job, kept in memory until the server has all of it. `limit`: bytes; then a notice, then nothing. */
export function createJobTrace(options: {
  readonly secrets: readonly string[]
  readonly prefixes: readonly string[]
  readonly limit: number
}): JobTrace {
  const masker = createMasker(options.secrets, options.prefixes)
  let bytes = Buffer.alloc(16 * 1024)
  let size = 0
  let crc = 0
  let closed = false
  let grown: () => void = () => {}

  function append(addition: Buffer): void {
    if (addition.length === 0) return
    if (size + addition.length > bytes.length) {
      const larger = Buffer.alloc(Math.max(bytes.length * 2, size + addition.length))
      bytes.copy(larger, 0, 0, size)
      bytes = larger
    }
    addition.copy(bytes, size)
    size += addition.length
    crc = crc32(addition, crc)
    grown()
  }

  /** `masked`: bytes as latin1. */
  function show(masked: string): void {
    if (closed) return
    const addition = Buffer.from(masked, 'latin1')
    const room = options.limit - size
    if (addition.length <= room) {
      append(addition)
      return
    }
    closed = true
    append(addition.subarray(0, room))
    append(
      Buffer.from(
        `\n\u001b[33;1mThe log is longer than ${options.limit} bytes. The job goes on, but the rest of its output is not kept.\u001b[0;m\n`,
      ),
    )
  }

  return {
    write: (output) => {
      if (closed) return
      show(masker.write((typeof output === 'string' ? Buffer.from(output, 'utf8') : output).toString('latin1')))
    },
    mark: (text) => show(text),
    flush: () => show(masker.flush()),
    size: () => size,
    checksum: () => crc,
    read: (start, length) => Buffer.from(bytes.subarray(start, Math.min(size, start + length))),
    onGrow: (listener) => {
      grown = listener
    },
  }
}
