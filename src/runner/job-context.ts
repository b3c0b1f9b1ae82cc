import type { JobPayload } from '../contract/runner-protocol.ts'
import type { JobDirs } from './job-dirs.ts'
import type { RunnerTiming } from './options.ts'
import type { ProtocolClient } from './protocol-client.ts'
import type { Sandbox } from './sandbox.ts'

/** What the stages of one job share. */
export interface JobContext {
  readonly job: JobPayload
  readonly client: ProtocolClient
  readonly sandbox: Sandbox
  readonly dirs: JobDirs
  readonly env: Readonly<Record<string, string>>
  readonly stateDir: string
  readonly timing: RunnerTiming
  /** Aborted: everything of this job stops at once. */
  readonly abort: AbortSignal
  /** Aborted: no more work on files, because of `abort` or because the job's time is over. */
  readonly halt: AbortSignal
  /** Adds a line of the runner to the job's log. */
  readonly say: (line: string) => void
}

/** How a stage ended. */
export type StageResult = { readonly ok: true } | { readonly ok: false; readonly problem: string }

/** Whether something with that `when` (on_success, on_failure, always; '' means on_success) happens after the job's result. */
export function isDue(when: string, result: 'success' | 'failed'): boolean {
  if (when === 'always') return true
  return when === 'on_failure' ? result === 'failed' : result === 'success'
}
