/** Running a schedule now, as whoever asks (GitLab Pipeline schedules API, "Run a scheduled pipeline immediately"). */
import { lockSchedule, scheduleContent } from '../db/pipeline-schedules.ts'
import type { Project } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { App } from './context.ts'
import { prepareScheduled } from './run-schedule.ts'
import { savePipelineIn } from './save-pipeline.ts'

/** Its next run is not affected. GitLab makes the pipeline later and tells nobody why it did not; here the refusal is the answer. */
export async function playSchedule(
  app: App,
  actor: Actor,
  project: Project,
  id: number,
): Promise<Result<{ id: number }, Refusal>> {
  const content = await scheduleContent(app.db, id)
  if (content?.schedule.project_id !== project.id) return err({ code: 'not_found', what: 'Pipeline Schedule' })
  const prepared = await prepareScheduled(app, project, actor, content)
  if (!prepared.ok) return prepared
  return inTransaction(app.db, async (tx) => {
    if (!(await lockSchedule(tx, id))) return err({ code: 'not_found', what: 'Pipeline Schedule' })
    const saved = await savePipelineIn(app, tx, prepared.value)
    if (!saved) throw new Error('a scheduled pipeline has no push that another server could have settled')
    return ok(saved)
  })
}
