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

/** @param source RE2 without slashes */
export function lastCoverage(source: string, log: string): number | null {
  const pattern = RE2JS.compile(source)
  for (const line of log.split('\n').toReversed()) {
    const matcher = pattern.matcher(line)
    if (!matcher.find()) continue
    const number = /\d+(\.\d+)?/.exec((matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()) ?? '')
    if (number) return Number(number[0])
  }
  return null
}
