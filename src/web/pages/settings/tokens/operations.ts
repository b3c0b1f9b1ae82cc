import { groupAccessTokens, projectAccessTokens } from '../../../../contract/resource-tokens.ts'
import type { SettingsPlace } from '../settings-place.ts'

/** The same operations, of a project or of a group. */
export function tokensOf({ kind }: SettingsPlace): typeof projectAccessTokens {
  return kind === 'project' ? projectAccessTokens : groupAccessTokens
}

/** What every part of the page does with a token that is told once. */
export interface TokenMade {
  readonly name: string
  readonly token: string
}
