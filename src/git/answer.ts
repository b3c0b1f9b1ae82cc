import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { PassThrough, Readable } from 'node:stream'
import { boundedText, exitOf, GitError } from './git-process.ts'

/**
 * Sends what git writes to `out`, ends `out` with git, and stops git when `out` is closed by its reader. A git that
 * fails after it began has told its client in its own protocol, so the answer ends as usual; `cutOnFailure` breaks it
 * off instead, for formats in which a short answer could pass for a whole one.
 */
export function answerOf(
  child: ChildProcessWithoutNullStreams,
  out: PassThrough,
  options: {
    readonly command: string
    readonly cutOnFailure: boolean
    readonly onProblem: ((error: Error) => void) | undefined
  },
): Readable {
  const stderr = boundedText(child.stderr)
  let closedEarly = false
  out.once('close', () => {
    if (out.writableFinished) return
    closedEarly = true
    child.kill('SIGTERM')
    // Nobody reads any more; unread output would keep the process from ending.
    child.stdout.resume()
  })
  child.stdout.pipe(out, { end: false })
  exitOf(child).then(
    (code) => {
      if (closedEarly) return
      const error = code === 0 ? null : new GitError([options.command], code, stderr())
      if (error) options.onProblem?.(error)
      if (error && options.cutOnFailure) out.destroy(error)
      else out.end()
    },
    (error: Error) => {
      options.onProblem?.(error)
      out.destroy(error)
    },
  )
  return out
}
