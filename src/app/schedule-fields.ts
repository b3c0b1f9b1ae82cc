/** What a pipeline schedule may look like (GitLab Pipeline schedules API). */

import type { ScheduleInput, ScheduleValues } from '../db/pipeline-schedules.ts'
import type { Project } from '../db/projects.ts'
import type { Refusal } from '../domain/refusal.ts'
import { fullRefName, parseRef } from '../git/ref-name.ts'
import { lookupName } from '../git/refs.ts'
import type { App } from './context.ts'
import { parseCron } from './cron.ts'
import { zoneOf } from './timezones.ts'

export type ScheduleFields = Omit<ScheduleValues, 'nextRunAt'>

/** GitLab's limit. */
const inputLimit = 20

/**
 * The full name of a branch or tag, so that another ref of the same short name changes nothing later; a name that means nothing
 * yet stays as it is. Null when both a branch and a tag have it.
 */
export async function expandRef(app: App, project: Project, ref: string): Promise<string | null> {
  if (ref === '' || parseRef(ref)) return ref
  const { branch, tag } = await lookupName(app.repositories.open(project.id), ref)
  if (branch && tag) return null
  const found = branch ?? tag
  return found ? fullRefName(found) : ref
}

/** What is wrong with it, in GitLab's words; null when nothing is. */
export function scheduleProblems(
  fields: ScheduleFields,
  inputs: readonly ScheduleInput[],
  ambiguous: boolean,
): Refusal | null {
  const zone = zoneOf(fields.cronTimezone)
  const blank = (text: string) => (text.trim() === '' ? ["can't be blank"] : [])
  const names = inputs.map((input) => input.name)
  const repeated = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
  const problems = {
    cron: [...(parseCron(fields.cron, 'UTC') ? [] : [' is invalid syntax']), ...blank(fields.cron)],
    cron_timezone: [...(zone ? [] : [' is invalid syntax']), ...blank(fields.cronTimezone)],
    ref: ambiguous ? ['is ambiguous'] : blank(fields.ref),
    description: blank(fields.description),
    inputs: [
      ...(repeated.length > 0 ? [`have duplicate values (${repeated.join(', ')})`] : []),
      ...(inputs.length > inputLimit ? [`exceeds the limit of ${inputLimit}.`] : []),
    ],
  }
  const found = Object.entries(problems).filter(([, sentences]) => sentences.length > 0)
  return found.length === 0 ? null : { code: 'invalid', errors: Object.fromEntries(found) }
}

/** The first time after `from`, for fields without problems. */
export function nextRun({ cron, cronTimezone }: Pick<ScheduleFields, 'cron' | 'cronTimezone'>, from: Date): Date {
  const next = parseCron(cron, zoneOf(cronTimezone) ?? 'UTC')?.nextRun(from)
  if (!next) throw new Error(`there is no next time for the cron text ${cron}`)
  return next
}
