/** Members of groups and projects (GitLab Group and project members API). */
import { z } from 'zod'
import { expiry } from './access-tokens.ts'
import { userBasic } from './entities.ts'
import { role } from './groups.ts'
import { operation } from './operation.ts'
import { bool, date, id, idOrPath, int, list, paging, text, timestamp } from './values.ts'

const tag = 'Members'

export const member = userBasic.extend({
  access_level: z.number(),
  created_at: timestamp(),
  created_by: userBasic.optional(),
  expires_at: z.string().nullable(),
  membership_state: z.string(),
})
export type Member = z.output<typeof member>

const filters = { query: text({ max: 255 }).optional(), user_ids: list(int()).optional(), ...paging }

/** Several people at once are written with commas, as GitLab takes them. */
const several = (what: string) => `${what} separated by commas`

function memberOperations(kind: 'Group' | 'Project') {
  const path = `/${kind.toLowerCase()}s/:id/members`
  const one = { id: idOrPath(), user_id: id() }
  return {
    list: operation({
      id: `list${kind}Members`,
      method: 'GET',
      path,
      tag,
      summary: 'Direct members',
      params: { id: idOrPath(), skip_users: list(int()).optional(), ...filters },
      response: z.array(member),
      auth: 'optional',
    }),
    listAll: operation({
      id: `listAll${kind}Members`,
      method: 'GET',
      path: `${path}/all`,
      tag,
      summary: 'Members with those inherited from ancestors and invited groups',
      params: { id: idOrPath(), ...filters },
      response: z.array(member),
      auth: 'optional',
    }),
    get: operation({
      id: `get${kind}Member`,
      method: 'GET',
      path: `${path}/:user_id`,
      tag,
      summary: 'A direct member',
      params: one,
      response: member,
      auth: 'optional',
    }),
    getAny: operation({
      id: `getAny${kind}Member`,
      method: 'GET',
      path: `${path}/all/:user_id`,
      tag,
      summary: 'A member, also one that is inherited or invited',
      params: one,
      response: member,
      auth: 'optional',
    }),
    add: operation({
      id: `add${kind}Member`,
      method: 'POST',
      path,
      tag,
      summary: 'Add a member, or several',
      params: {
        id: idOrPath(),
        user_id: text({ max: 10_000 }).describe(several('Ids')).optional(),
        username: text({ max: 10_000 }).describe(several('Names')).optional(),
        access_level: role(),
        expires_at: date().optional(),
      },
      response: z.union([member, z.object({ status: z.string(), message: z.unknown().optional() })]),
    }),
    update: operation({
      id: `update${kind}Member`,
      method: 'PUT',
      path: `${path}/:user_id`,
      tag,
      summary: 'Change the role or expiry of a direct member',
      params: { ...one, access_level: role(), expires_at: expiry().optional() },
      response: member,
    }),
    remove: operation({
      id: `remove${kind}Member`,
      method: 'DELETE',
      path: `${path}/:user_id`,
      tag,
      summary: 'Remove a direct member; from a group with the memberships below it',
      params: { ...one, skip_subresources: bool().default(false) },
    }),
  }
}

export const groupMembers = memberOperations('Group')
export const projectMembers = memberOperations('Project')
