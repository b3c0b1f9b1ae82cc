/** Users as the API shows them. */
import type { App } from '../../app/context.ts'
import type { UserBasic } from '../../contract/entities.ts'

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
