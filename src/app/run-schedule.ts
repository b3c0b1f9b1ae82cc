/** From a schedule to its pipeline, at its time or because somebody plays it (GitLab docs, Scheduled pipelines). */
import type { ScheduleContent } from '../db/pipeline-schedules.ts'
import type { Project } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, type Result } from '../domain/result.ts'
import { zeroSha } from '../git/ref-name.ts'
import type { App } from './context.ts'
import { preparePipeline } from './create-pipeline.ts'
import { branchOrTag, pipelineVariable } from './run-pipeline.ts'
import type { PipelineToSave } from './save-pipeline.ts'

/**
 * All but saving it: nothing is changed yet.
 * @param actor whose rights count: the owner's at its time, the player's when somebody plays it
 */
export async function prepareScheduled(
  app: App,
  project: Project,
  actor: Actor,
  { schedule, variables, inputs }: ScheduleContent,
): Promise<Result<PipelineToSave, Refusal>> {
  const at = await branchOrTag(app.repositories.open(project.id), schedule.ref)
  if (!at) return err({ code: 'invalid', errors: { base: ['Reference not found'] } })
  return preparePipeline(app, {
    project,
    actor,
    ref: at.name,
    refType: at.type,
    sha: at.commit,
    beforeSha: zeroSha,
    source: 'schedule',
    variables: variables.map(({ key, value, variable_type: type }) =>
      pipelineVariable({ key, value, file: type === 'file' }),
    ),
    inputs: Object.fromEntries(inputs.map(({ name, value }) => [name, value])),
    scheduleDescription: schedule.description,
    scheduleId: schedule.id,
  })
}
