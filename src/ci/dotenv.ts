/** The dotenv report of a job: `KEY=VALUE` lines that become variables of later jobs (GitLab docs, `artifacts:reports:dotenv`). */
import { err, ok, type Result } from '../domain/result.ts'

/** Bytes of the file, and how many variables (GitLab docs, "Dotenv report limits"). */
export const dotenvLimits = { bytes: 5 * 1024, variables: 150 } as const

export interface DotenvVariable {
  readonly key: string
  readonly value: string
}

/**
 * Reads the text of a report. Blank lines, comments, quotes and values of several lines are not supported: a line without `=` is
 * an error, as in GitLab. A key that comes twice has its last value.
 */
export function parseDotenv(text: string): Result<readonly DotenvVariable[], string> {
  const found = new Map<string, string>()
  for (const line of linesOf(text)) {
    const split = line.indexOf('=')
    if (split < 0 || line.includes('\0')) return err('Invalid Format')
    const key = line.slice(0, split).trim()
    if (!/^[A-Za-z0-9_]{1,255}$/.test(key)) {
      return err("Validation failed: Key can contain only letters, digits and '_'.")
    }
    found.set(key, line.slice(split + 1).trim())
  }
  if (found.size > dotenvLimits.variables) {
    return err(`Dotenv files cannot have more than ${dotenvLimits.variables} variables`)
  }
  return ok([...found].map(([key, value]) => ({ key, value })))
}

/** Lines without their ends; the line feed of the last one begins no new one. */
function linesOf(text: string): string[] {
  const bare = text.replace(/^\u{feff}/u, '')
  if (bare === '') return []
  return bare.replace(/\r?\n$/, '').split(/\r?\n/)
}
