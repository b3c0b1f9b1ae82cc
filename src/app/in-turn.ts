/** One at a time per pipeline inside this process, so that callers who wait for the same lease do not each hold a connection. */

const turns = new Map<number, Promise<unknown>>()

/**
 * Runs `work` after everything that was asked for this pipeline before. The lease in the database still decides between servers;
 * without this, many votes on one deployment would use up the connection pool while they wait.
 */
export async function inTurn<T>(pipelineId: number, work: () => Promise<T>): Promise<T> {
  const before = turns.get(pipelineId) ?? Promise.resolve()
  const mine = before.then(work, work)
  turns.set(pipelineId, mine)
  try {
    return await mine
  } finally {
    if (turns.get(pipelineId) === mine) turns.delete(pipelineId)
  }
}
