/** Coverage from a job's log: the last line that matches `coverage:` (reference A18). */
import { RE2JS } from 're2js'
import { readLog } from '../db/job-logs.ts'
import type { App } from './context.ts'

/** How much of the log's end is searched, in bytes. */
const searched = 1024 * 1024

/** The percentage, or null: no `coverage:` in the plan, no match, or no number in it. */
export async function coverageOf(app: App, jobId: number): Promise<number | null> {
  const job = await app.db.selectFrom('jobs').select(['plan', 'log_size']).where('id', '=', jobId).executeTakeFirst()
  if (!job?.plan.coverage) return null
  const tail = await readLog(app.db, jobId, { from: Math.max(job.log_size - searched, 0) })
  return lastCoverage(job.plan.coverage, tail.toString('utf8'))
}

/** What GitLab Runner writes before each line unless FF_TIMESTAMPS is off: time, stream, and whether the line is continued. */
const stamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z [0-9a-f]{2}[EO][+ ]/

/**
 * The number in the last match of the last line that has one; of several groups the last counts (GitLab: extract_coverage).
 * @param source RE2 without slashes
 */
export function lastCoverage(source: string, log: string): number | null {
  const pattern = RE2JS.compile(source)
  for (const line of log.split('\n').toReversed()) {
    const matcher = pattern.matcher(line.replace(stamp, '').replace(/\r$/, ''))
    let match = ''
    while (matcher.find()) match = matcher.group(matcher.groupCount()) ?? ''
    const number = /\d+(\.\d+)?/.exec(match)
    if (number) return Number(number[0])
  }
  return null
}
