/** Settings of the whole server that can be changed while it runs (GitLab Application Settings API). */
import { z } from 'zod'
import { operation } from './operation.ts'
import { bool } from './values.ts'

const tag = 'Application settings'
const settings = z.object({ allow_runner_registration_token: z.boolean() })

export const getApplicationSettings = operation({
  id: 'getApplicationSettings',
  method: 'GET',
  path: '/application/settings',
  tag,
  summary: 'The settings (administrators)',
  response: settings,
})

export const updateApplicationSettings = operation({
  id: 'updateApplicationSettings',
  method: 'PUT',
  path: '/application/settings',
  tag,
  summary: 'Change the settings that are given (administrators)',
  params: { allow_runner_registration_token: bool().optional() },
  response: settings,
})
