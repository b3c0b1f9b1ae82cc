/** The button "Clear runner caches" of a project's pipelines. GitLab has it on its pages only. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { idOrPath } from './values.ts'

export const clearRunnerCaches = operation({
  id: 'clearRunnerCaches',
  method: 'POST',
  path: '/projects/:id/clear_runner_caches',
  tag: 'Runners',
  summary: 'Make the jobs of a project start without caches: their keys get another number',
  params: { id: idOrPath() },
  response: z.object({ jobs_cache_index: z.number() }),
})
