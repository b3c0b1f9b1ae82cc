const over: readonly string[] = ['success', 'failed', 'canceled', 'skipped']

/** Whether a job or pipeline has come to its end (GitLab API docs, Jobs and Pipelines: statuses). */
export function isOver(status: string): boolean {
  return over.includes(status)
}
