/** Options and arguments that several commands share. */
import { type Command, InvalidArgumentError } from 'commander'

/** `--json`: what the API answered, instead of text for people. */
export function withJson(command: Command): Command {
  return command.option('--json', "print the API's JSON instead of text")
}

/** Every help ends with an example that can be pasted. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExample:\n${lines.map((line) => `  $ ${line}`).join('\n')}`)
}

/** A whole number that is not negative. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text)
  if (value > 0) return value
  throw new InvalidArgumentError('It must be at least 1.')
}

/** A record's id. */
export function recordId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be an id, a whole number.')
}

/** Shorter beginnings of a commit id can be made to match on purpose. */
const shortestSha = 8

/** A commit's id, or its first characters as the pages show them. */
export function commitId(text: string): string {
  if (new RegExp(`^[0-9a-f]{${shortestSha},40}$`, 'i').test(text)) return text.toLowerCase()
  throw new InvalidArgumentError(`It must be ${shortestSha} to 40 hexadecimal characters of a commit id.`)
}

/** YYYY-MM-DD. */
export function day(text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text
  throw new InvalidArgumentError('It must be a day, YYYY-MM-DD.')
}
