/** What a person may do to jobs now, so that a page can disable a button and say why. GitLab's API has no such answer. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { permission } from './permissions.ts'
import { idOrPath, int, list } from './values.ts'

const jobActionsOf = z.object({
  job_id: z.number(),
  play: permission,
  retry: permission,
  cancel: permission,
  erase: permission,
})
export type JobActions = z.output<typeof jobActionsOf>

export const listJobActions = operation({
  id: 'listJobActions',
  method: 'GET',
  path: '/projects/:id/job_actions',
  tag: 'Jobs',
  summary: 'Whether this person may play, retry, cancel or erase each of these jobs now, and why not',
  params: { id: idOrPath(), job_ids: list(int()).refine((ids) => ids.length <= 100, 'has more than 100 elements') },
  response: z.array(jobActionsOf),
})
