/** Protected environments of projects, and of groups by tier (GitLab Protected Environments API). */
import { z } from 'zod'
import { operation } from './operation.ts'
import { bool, idOrPath, int, listOf, oneOf, paging, text } from './values.ts'

/** Reporter, Developer, Maintainer, administrator. */
const namedRole = z.literal([20, 30, 40, 60])
const inheritance = z.literal([0, 1])

/** null, or the empty text that a form sends for it: the column is cleared. */
const clearable = <T extends z.ZodType>(value: T) =>
  z.preprocess((given: z.input<T> | null | '') => (given === '' ? null : given), value.nullable()).optional()

const subject = {
  user_id: clearable(int()),
  group_id: clearable(int()),
  access_level: clearable(int().pipe(namedRole)),
  group_inheritance_type: clearable(int().pipe(inheritance)),
}
const nested = { id: clearable(int()), _destroy: clearable(bool()) }

const deployAccessLevelParams = z.object({ ...subject, ...nested })
const approvalRuleParams = z.object({ ...subject, ...nested, required_approvals: clearable(int()) })

const element = z.object({
  id: z.number(),
  access_level: z.number().nullable(),
  access_level_description: z.string().nullable(),
  user_id: z.number().nullable(),
  group_id: z.number().nullable(),
  group_inheritance_type: z.number(),
})

export const approvalRule = element.extend({ required_approvals: z.number() })

export const protectedEnvironment = z.object({
  name: z.string(),
  deploy_access_levels: z.array(element),
  required_approval_count: z.number(),
  approval_rules: z.array(approvalRule),
  /** What the last approval does: starts the job, or leaves it for somebody to start. Not in GitLab. */
  start: z.enum(['on_approval', 'manual']),
  /** Sentences about approvals that nobody can give and the like. Not in GitLab. */
  warnings: z.array(z.string()),
})
export type ProtectedEnvironment = z.output<typeof protectedEnvironment>

const changes = {
  /** As in GitLab 14.7: 0 to 5 approvals by anybody who may deploy. Not together with approval rules. */
  required_approval_count: clearable(int()),
  approval_rules: listOf(approvalRuleParams).optional(),
  start: oneOf(['on_approval', 'manual']).optional(),
  /** Refuses users and groups that may not be named, instead of leaving them out. */
  strict: bool().default(false),
}

function protectionOperations(owner: 'Project' | 'Group') {
  const tag = 'Protected environments'
  const path = `/${owner.toLowerCase()}s/:id/protected_environments`
  const one = { id: idOrPath(), name: text() }
  const what = owner === 'Project' ? 'environment of a project' : 'environment tier of a group'
  return {
    list: operation({
      id: `list${owner}ProtectedEnvironments`,
      method: 'GET',
      path,
      tag,
      summary: `List the protected environments of a ${owner.toLowerCase()}`,
      params: { id: idOrPath(), ...paging },
      response: z.array(protectedEnvironment),
    }),
    get: operation({
      id: `get${owner}ProtectedEnvironment`,
      method: 'GET',
      path: `${path}/:name`,
      tag,
      summary: `One protected ${what}`,
      params: one,
      response: protectedEnvironment,
    }),
    create: operation({
      id: `create${owner}ProtectedEnvironment`,
      method: 'POST',
      path,
      tag,
      summary: `Protect an ${what}`,
      params: { ...one, ...changes, deploy_access_levels: listOf(deployAccessLevelParams) },
      response: protectedEnvironment,
    }),
    update: operation({
      id: `update${owner}ProtectedEnvironment`,
      method: 'PUT',
      path: `${path}/:name`,
      tag,
      summary: `Change the protection of an ${what}; what is not mentioned stays`,
      params: { ...one, ...changes, deploy_access_levels: listOf(deployAccessLevelParams).optional() },
      response: protectedEnvironment,
    }),
    destroy: operation({
      id: `delete${owner}ProtectedEnvironment`,
      method: 'DELETE',
      path: `${path}/:name`,
      tag,
      summary: `Unprotect an ${what}`,
      params: one,
    }),
  }
}

export const projectProtectedEnvironments = protectionOperations('Project')
export const groupProtectedEnvironments = protectionOperations('Group')
