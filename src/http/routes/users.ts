/** Users API. */
import type { App } from '../../app/context.ts'
import { currentUser } from '../../contract/people.ts'
import { findUser, type User } from '../../db/users.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { presentUserBasic } from '../present/user.ts'

export const userRoutes: Route[] = [
  implement(currentUser, async ({ app, actor }) => {
    const found = await findUser(app.db, actor.userId)
    if (!found) return err({ code: 'unauthorized' })
    const { namespaceId, ...user } = found
    return ok({
      ...presentUser(app, user),
      email: user.email,
      commit_email: user.email,
      is_admin: user.is_admin,
      namespace_id: namespaceId,
    })
  }),
]

function presentUser(app: App, user: User) {
  return {
    ...presentUserBasic(app, user),
    created_at: user.created_at.toISOString(),
    bio: '',
    location: null,
    public_email: null,
    linkedin: '',
    twitter: '',
    website_url: '',
    organization: null,
    job_title: '',
    bot: user.user_type !== 'human',
  }
}
