/** Variables that a person typed when they started a job. */
import type { Tx } from './open.ts'

export interface PlayVariable {
  readonly key: string
  readonly value: string
}

/** Makes these the job's variables; what was typed for it before no longer counts. */
export async function replacePlayVariables(tx: Tx, jobId: number, variables: readonly PlayVariable[]): Promise<void> {
  await tx.deleteFrom('job_variables').where('job_id', '=', jobId).where('source', '=', 'play').execute()
  const rows = variables.map(({ key, value }) => ({ job_id: jobId, source: 'play' as const, key, value }))
  if (rows.length > 0) await tx.insertInto('job_variables').values(rows).execute()
}
