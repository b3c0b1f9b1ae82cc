/** Structured logs on standard error, so that standard output stays free for what a command answers. */
import { pino } from 'pino'

export interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
  debug(details: object, message: string): void
}

/** @param level one of pino's levels, or `silent` */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  )
}
