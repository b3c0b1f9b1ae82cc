/** Whether a project is in a deploy freeze (GitLab docs, "Prevent deployments during deploy freeze windows"). */
import { type FreezePeriod, freezePeriods } from '../db/freeze-periods.ts'
import type { Db } from '../db/open.ts'
import { parseCron } from './cron.ts'

/** True while any freeze period of the project lasts. */
export async function isFrozen(db: Db, projectId: number, now: Date): Promise<boolean> {
  const periods = await freezePeriods(db, projectId)
  return periods.some((period) => lasts(period, now))
}

export interface FreezeTimes {
  readonly frozen: boolean
  /** The next time that it begins, after now. */
  readonly nextStart: Date | null
  /** When the one that lasts now ends, else the next one. */
  readonly nextEnd: Date | null
}

/** When a freeze period is in force. */
export function freezeTimes(period: Cycle, now: Date): FreezeTimes {
  const frozen = lasts(period, now)
  const nextStart = parseCron(period.freeze_start, period.cron_timezone)?.nextRun(now) ?? null
  const end = parseCron(period.freeze_end, period.cron_timezone)
  const nextEnd = end?.nextRun(frozen || nextStart === null ? now : nextStart) ?? null
  return { frozen, nextStart, nextEnd }
}

type Cycle = Pick<FreezePeriod, 'freeze_start' | 'freeze_end' | 'cron_timezone'>

/** Between the last start and the first end after that start, both included. */
export function lasts(period: Cycle, now: Date): boolean {
  const start = parseCron(period.freeze_start, period.cron_timezone)
  const end = parseCron(period.freeze_end, period.cron_timezone)
  if (!start || !end) return false
  // The search is exclusive and counts whole seconds, so the very second of the start needs one more.
  const [started] = start.previousRuns(1, new Date(now.getTime() + 1000))
  if (!started) return false
  const ends = end.nextRun(started)
  return ends === null || now <= ends
}
