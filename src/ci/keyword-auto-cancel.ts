import { attribute, type Fields, hashOf } from './fields.ts'
import { oneOf, type Shape } from './shape.ts'

/** `workflow:auto_cancel`; null for what was not written (reference A10). */
export interface AutoCancelConfig {
  readonly onNewCommit: 'conservative' | 'interruptible' | 'none' | null
  readonly onJobFailure: 'none' | 'all' | null
}

const NEW_COMMIT = ['conservative', 'interruptible', 'none'] as const
const JOB_FAILURE = ['none', 'all'] as const

const FIELDS = {
  on_new_commit: attribute(oneOf(NEW_COMMIT, `must be one of: ${NEW_COMMIT.join(', ')}`)),
  on_job_failure: attribute(oneOf(JOB_FAILURE, `must be one of: ${JOB_FAILURE.join(', ')}`)),
} satisfies Fields

export const autoCancel: Shape<AutoCancelConfig> = hashOf(FIELDS, (read) => ({
  onNewCommit: read.on_new_commit ?? null,
  onJobFailure: read.on_job_failure ?? null,
}))
