/** Resource groups: jobs that must not run at the same time (GitLab Resource Groups API). */
import { z } from 'zod'
import { processModes } from '../domain/resource-group.ts'
import { jobBasic } from './jobs.ts'
import { operation } from './operation.ts'
import { idOrPath, oneOf, paging, text, timestamp } from './values.ts'

export const resourceGroup = z.object({
  id: z.number(),
  key: z.string(),
  process_mode: z.enum(processModes),
  created_at: timestamp(),
  updated_at: timestamp(),
})

const tag = 'Resource groups'
const path = '/projects/:id/resource_groups'
const one = { id: idOrPath(), key: text() }

export const listResourceGroups = operation({
  id: 'listResourceGroups',
  method: 'GET',
  path,
  tag,
  summary: 'List the resource groups of a project',
  params: { id: idOrPath(), ...paging },
  response: z.array(resourceGroup),
})

export const getResourceGroup = operation({
  id: 'getResourceGroup',
  method: 'GET',
  path: `${path}/:key`,
  tag,
  summary: 'One resource group',
  params: one,
  response: resourceGroup,
})

export const updateResourceGroup = operation({
  id: 'updateResourceGroup',
  method: 'PUT',
  path: `${path}/:key`,
  tag,
  summary: 'Change which waiting job comes next',
  params: { ...one, process_mode: oneOf(processModes).optional() },
  response: resourceGroup,
})

export const currentResourceGroupJob = operation({
  id: 'currentResourceGroupJob',
  method: 'GET',
  path: `${path}/:key/current_job`,
  tag,
  summary: 'The job that holds the resource; null when it is free',
  params: one,
  response: jobBasic.nullable(),
})

export const upcomingResourceGroupJobs = operation({
  id: 'upcomingResourceGroupJobs',
  method: 'GET',
  path: `${path}/:key/upcoming_jobs`,
  tag,
  summary: 'The jobs that come next, in order',
  params: { ...one, ...paging },
  response: z.array(jobBasic),
})
