/** Pipeline trigger tokens, and starting pipelines with them (GitLab Pipeline trigger tokens API). */
import { z } from 'zod'
import { userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { pipeline } from './pipeline-entities.ts'
import { dateTime, id, idOrPath, paging, text, timestamp } from './values.ts'

export const trigger = z.object({
  id: z.number(),
  /** The whole token for its owner with scope `api`, its first four characters for everybody else. */
  token: z.string(),
  description: z.string().nullable(),
  created_at: timestamp(),
  updated_at: timestamp(),
  /** When a pipeline was last made with it. */
  last_used: timestamp().nullable(),
  expires_at: timestamp().nullable(),
  owner: userBasic,
})
export type TriggerEntity = z.output<typeof trigger>

const tag = 'Pipeline triggers'
const path = '/projects/:id/triggers'
const one = { id: idOrPath(), trigger_id: id() }

export const listTriggers = operation({
  id: 'listTriggers',
  method: 'GET',
  path,
  tag,
  summary: 'List the trigger tokens of a project, oldest first',
  params: { id: idOrPath(), ...paging },
  response: z.array(trigger),
})

export const getTrigger = operation({
  id: 'getTrigger',
  method: 'GET',
  path: `${path}/:trigger_id`,
  tag,
  summary: 'One trigger token',
  params: one,
  response: trigger,
})

export const createTrigger = operation({
  id: 'createTrigger',
  method: 'POST',
  path,
  tag,
  summary: 'Create a trigger token; its pipelines have the rights of its creator',
  params: { id: idOrPath(), description: text(), expires_at: dateTime().nullish() },
  response: trigger,
})

export const updateTrigger = operation({
  id: 'updateTrigger',
  method: 'PUT',
  path: `${path}/:trigger_id`,
  tag,
  summary: 'Describe a trigger token; only for its owner',
  params: { ...one, description: text().optional() },
  response: trigger,
})

export const deleteTrigger = operation({
  id: 'deleteTrigger',
  method: 'DELETE',
  path: `${path}/:trigger_id`,
  tag,
  summary: 'Remove a trigger token',
  params: one,
})

const run = {
  id: idOrPath(),
  ref: text({ max: 1024 }).refine((value) => value.trim() !== '', 'is empty'),
  token: text({ max: 1024 }),
  /** Their values are text. */
  variables: z.record(z.string(), z.unknown()).default({}),
  inputs: z.record(z.string(), z.unknown()).default({}),
}

export const triggerPipeline = operation({
  id: 'triggerPipeline',
  method: 'POST',
  path: '/projects/:id/trigger/pipeline',
  tag,
  summary: 'Run a pipeline as the owner of a trigger token, or as the user of a running job with its token',
  params: run,
  response: pipeline,
  auth: 'none',
})

export const triggerPipelineOfRef = operation({
  id: 'triggerPipelineOfRef',
  method: 'POST',
  path: '/projects/:id/ref/:ref/trigger/pipeline',
  tag,
  summary: 'The same with the branch or tag in the path, for webhooks whose body has a ref of its own',
  params: run,
  response: pipeline,
  auth: 'none',
})
