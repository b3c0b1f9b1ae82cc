/** What a runner may look like (GitLab Runners API: limits of description, note, tags and timeout). */

export interface RunnerFields {
  readonly description?: string | null | undefined
  readonly maintenanceNote?: string | null | undefined
  readonly tags: readonly string[]
  readonly runUntagged: boolean
  /** Seconds. */
  readonly maximumTimeout?: number | null | undefined
}

const textLimit = 1024
const tagLimit = 50
const tagLength = 255
const shortestTimeout = 600
const longestTimeout = 2_147_483_647

/** Field → problems, only for fields that have any. */
export function runnerProblems(runner: RunnerFields): Readonly<Record<string, readonly string[]>> {
  const found: [string, string[]][] = [
    ['description', textProblems(runner.description)],
    ['maintenance_note', textProblems(runner.maintenanceNote)],
    ['tag_list', tagProblems(runner.tags)],
    [
      'tags_list',
      runner.runUntagged || runner.tags.length > 0
        ? []
        : ['can not be empty when runner is not allowed to pick untagged jobs'],
    ],
    ['maximum_timeout', timeoutProblems(runner.maximumTimeout)],
  ]
  return Object.fromEntries(found.filter(([, problems]) => problems.length > 0))
}

function textProblems(text: string | null | undefined): string[] {
  if (text === null || text === undefined) return []
  if (text.length > textLimit) return [`is too long (maximum is ${textLimit} characters)`]
  return text.includes('\0') ? ['is invalid'] : []
}

function tagProblems(tags: readonly string[]): string[] {
  if (tags.length > tagLimit) return [`Too many tags specified. Please limit the number of tags to ${tagLimit}`]
  if (tags.some((tag) => tag.length > tagLength)) return [`is too long (maximum is ${tagLength} characters)`]
  return tags.some((tag) => tag === '' || tag.includes('\0')) ? ['is invalid'] : []
}

function timeoutProblems(seconds: number | null | undefined): string[] {
  if (seconds === null || seconds === undefined) return []
  if (seconds < shortestTimeout) return ['needs to be at least 10 minutes']
  return seconds > longestTimeout ? [`must be less than or equal to ${longestTimeout}`] : []
}
