/** Users as the API shows them. */
import type { App } from '../../app/context.ts'
import type { UserBasic } from '../../contract/entities.ts'
import type { FullUser, PublicUser } from '../../contract/people.ts'
import type { UserDetails } from '../../db/user-list.ts'
import type { User } from '../../db/users.ts'

/** The columns that UserBasic needs. */
export interface UserRow {
  readonly id: number
  readonly username: string
  readonly name: string
  readonly state: string
}

export function presentUserBasic(app: App, user: UserRow): UserBasic {
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    state: user.state,
    locked: false,
    avatar_url: null,
    web_url: `${app.externalUrl}/${user.username}`,
  }
}

/** The columns that the public user needs. */
export type PublicUserRow = UserRow & Pick<User, 'created_at' | 'profile' | 'user_type'>

/** What everybody may see of a user. */
export function presentUser(app: App, user: PublicUserRow): PublicUser {
  const { profile } = user
  return {
    ...presentUserBasic(app, user),
    created_at: user.created_at.toISOString(),
    bio: profile['bio'] ?? '',
    location: profile['location'] ?? null,
    public_email: profile['public_email'] ?? null,
    linkedin: profile['linkedin'] ?? '',
    twitter: profile['twitter'] ?? '',
    discord: profile['discord'] ?? '',
    website_url: profile['website_url'] ?? '',
    organization: profile['organization'] ?? null,
    job_title: profile['job_title'] ?? '',
    pronouns: profile['pronouns'] ?? null,
    bot: user.user_type !== 'human',
    work_information: workInformation(profile),
    followers: 0,
    following: 0,
    local_time: null,
  }
}

/** What the person themselves and administrators see. */
export function presentFullUser(app: App, user: UserDetails): FullUser {
  const signedIn = user.lastSignInAt?.toISOString() ?? null
  const human = user.user_type === 'human'
  return {
    ...presentUser(app, user),
    last_sign_in_at: signedIn,
    confirmed_at: user.created_at.toISOString(),
    last_activity_on: user.lastActivityAt?.toISOString().slice(0, 10) ?? null,
    email: user.email,
    theme_id: 1,
    color_scheme_id: 1,
    projects_limit: human ? 100_000 : 0,
    current_sign_in_at: signedIn,
    identities: [],
    can_create_group: human,
    can_create_project: human,
    two_factor_enabled: false,
    external: false,
    private_profile: false,
    commit_email: user.email,
    is_admin: user.is_admin,
    note: user.profile['note'] ?? null,
    namespace_id: user.namespaceId,
    created_by: user.createdBy && presentUserBasic(app, user.createdBy),
  }
}

function workInformation(profile: User['profile']): string | null {
  const { job_title: title, organization } = profile
  if (title && organization) return `${title} at ${organization}`
  return title || organization || null
}
