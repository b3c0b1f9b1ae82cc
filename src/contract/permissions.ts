/** What a person may do in a project or group, so that a page can disable a button and say why. GitLab's API has no such answer. */
import { z } from 'zod'
import { groupActions, projectActions } from '../domain/access.ts'
import { operation } from './operation.ts'
import { idOrPath } from './values.ts'

/** `reason` is null when it is allowed. */
export const permission = z.object({ allowed: z.boolean(), reason: z.string().nullable() })

export const listProjectPermissions = operation({
  id: 'listProjectPermissions',
  method: 'GET',
  path: '/projects/:id/permissions',
  tag: 'Projects',
  summary: 'Whether this person may do each thing in a project, and why not',
  params: { id: idOrPath() },
  response: z.record(z.enum(projectActions), permission),
  auth: 'optional',
})

export const listGroupPermissions = operation({
  id: 'listGroupPermissions',
  method: 'GET',
  path: '/groups/:id/permissions',
  tag: 'Groups',
  summary: 'Whether this person may do each thing in a group, and why not',
  params: { id: idOrPath() },
  response: z.record(z.enum(groupActions), permission),
  auth: 'optional',
})
