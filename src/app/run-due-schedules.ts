/**
 * Pipelines of schedules whose time has come. The pipeline is saved in the transaction that sets the next time: whatever crashes,
 * and however many servers look at the same time, a due time makes one pipeline. Times that nobody was there for make one together.
 */
import { isDeepStrictEqual } from 'node:util'
import { findActor } from '../db/actors.ts'
import { systemAuthor, writeAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/open.ts'
import {
  deactivateSchedule,
  dueSchedules,
  lockSchedule,
  passSchedule,
  type ScheduleContent,
  scheduleContent,
} from '../db/pipeline-schedules.ts'
import { findProjectById } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Result } from '../domain/result.ts'
import type { App } from './context.ts'
import { prepareScheduled } from './run-schedule.ts'
import { type PipelineToSave, savePipelineIn } from './save-pipeline.ts'
import { scheduleEntry } from './schedule-audit.ts'
import { nextRun } from './schedule-fields.ts'
import { mayRunPipelines } from './trigger-pipeline.ts'

/** Why a schedule was made inactive. */
const ownerGone = 'Its owner may not run pipelines in this project any more'

export async function runDueSchedules(app: App): Promise<void> {
  for (const id of await dueSchedules(app.db, app.now())) {
    if (app.closing.aborted) return
    try {
      await runDue(app, id)
    } catch (error) {
      app.log.error({ err: error, schedule: id }, 'a scheduled pipeline was not made')
    }
  }
}

async function runDue(app: App, id: number): Promise<void> {
  const content = await scheduleContent(app.db, id)
  if (!content) return
  const owner = await ownerOf(app.db, content)
  const project = await findProjectById(app.db, content.schedule.project_id)
  const prepared = owner && project && (await prepareScheduled(app, project, owner, content))
  await inTransaction(app.db, (tx) => settle(app, tx, content, prepared))
}

async function settle(
  app: App,
  tx: Tx,
  content: ScheduleContent,
  prepared: Result<PipelineToSave, Refusal> | null,
): Promise<void> {
  const { schedule } = content
  await lockSchedule(tx, schedule.id)
  // Another server has run it, or somebody changed it while the configuration was compiled: then what was prepared is not asked for.
  const now = app.now()
  const current = await scheduleContent(tx, schedule.id)
  if (!current || !schedule.active || schedule.next_run_at > now || !isDeepStrictEqual(current, content)) return
  const nextRunAt = nextRun({ cron: schedule.cron, cronTimezone: schedule.cron_timezone }, now)
  if ((await findProjectById(tx, schedule.project_id))?.archived) {
    return passSchedule(tx, schedule.id, { nextRunAt, problem: 'The project is archived' })
  }
  // Asked again, now that the schedule is locked: the owner may have lost their rights since (threats T3, T30).
  if (!prepared || !(await ownerOf(tx, content))) {
    await deactivateSchedule(tx, schedule.id, ownerGone)
    const after = { ...schedule, active: false }
    const entry = scheduleEntry('deactivated', schedule, { before: schedule, after, reason: ownerGone })
    return writeAudit(tx, [entry], systemAuthor)
  }
  const problem = prepared.ok ? null : sentenceFor(prepared.error)
  await passSchedule(tx, schedule.id, { nextRunAt, problem })
  if (prepared.ok) await savePipelineIn(app, tx, prepared.value)
  else app.log.info({ schedule: schedule.id, project: schedule.project_id, problem }, 'a schedule made no pipeline')
}

/** Null when there is nobody in whose name it could run now. */
async function ownerOf(db: Db, { schedule }: ScheduleContent): Promise<Actor | null> {
  const owner = schedule.owner_id === null ? null : await findActor(db, schedule.owner_id)
  return owner && (await mayRunPipelines(db, owner, schedule.project_id)) ? owner : null
}

function sentenceFor(refusal: Refusal): string {
  return refusal.code === 'invalid' ? Object.values(refusal.errors).flat().join('\n') : 'The pipeline could not be made'
}
