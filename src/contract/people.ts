/** Users and their own account (GitLab Users API). */
import { z } from 'zod'
import { userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { timestamp } from './values.ts'

/** GitLab's UserPublic, with the fields that only the person and administrators see. */
export const user = userBasic.extend({
  created_at: timestamp(),
  bio: z.string(),
  location: z.string().nullable(),
  public_email: z.string().nullable(),
  linkedin: z.string(),
  twitter: z.string(),
  website_url: z.string(),
  organization: z.string().nullable(),
  job_title: z.string(),
  bot: z.boolean(),
})

export const currentUser = operation({
  id: 'currentUser',
  method: 'GET',
  path: '/user',
  tag: 'Users',
  summary: 'The user whose credential this is',
  response: user.extend({
    email: z.string(),
    is_admin: z.boolean(),
    namespace_id: z.number().nullable(),
    commit_email: z.string(),
  }),
  scopes: ['api', 'read_api', 'read_user'],
})
