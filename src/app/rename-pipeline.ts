/** Names a pipeline (GitLab Pipelines API, "Update pipeline metadata"). */
import { setPipelineName } from '../db/pipeline-rows.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { App } from './context.ts'

const nameLimit = 255

/** An empty name takes the name away. */
export async function renamePipeline(app: App, pipelineId: number, name: string): Promise<Result<void, Refusal>> {
  const trimmed = name.trim()
  if (trimmed.length > nameLimit) {
    const problem = `Name is too long (maximum is ${nameLimit} characters)`
    return err({ code: 'refused', sentence: `Failed to update pipeline - ${problem}` })
  }
  await inTransaction(app.db, (tx) => setPipelineName(tx, pipelineId, trimmed === '' ? null : trimmed))
  return ok(undefined)
}
