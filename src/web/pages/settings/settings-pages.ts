/** The pages of settings of a project and of a group, in the order of their navigation. To add a page, add a line here. */
import type { ComponentType } from 'react'
import { lazyPage } from '../../components/lazy-page.tsx'
import type { SettingsPageProps } from './settings-place.ts'

export interface SettingsPage {
  /** Below `/-/settings`, for react-router's matchPath. */
  readonly path: string
  /** In the navigation; null: reached from another page, the one whose path this one begins with. */
  readonly label: string | null
  readonly Page: ComponentType<SettingsPageProps>
}

const protectedEnvironments: SettingsPage = {
  path: '/protected_environments',
  label: 'Protected environments',
  Page: lazyPage(async () => ({ default: (await import('./protection/protections-page.tsx')).ProtectionsPage })),
}
const protect: SettingsPage = {
  path: '/protected_environments/new',
  label: null,
  Page: lazyPage(async () => ({ default: (await import('./protection/protect-page.tsx')).ProtectPage })),
}
const changeProtection: SettingsPage = {
  path: '/protected_environments/edit',
  label: null,
  Page: lazyPage(async () => ({
    default: (await import('./protection/change-protection-page.tsx')).ChangeProtectionPage,
  })),
}
const members: SettingsPage = {
  path: '/members',
  label: 'Members',
  Page: lazyPage(async () => ({ default: (await import('./members/members-page.tsx')).MembersPage })),
}
const variables: SettingsPage = {
  path: '/variables',
  label: 'CI/CD variables',
  Page: lazyPage(async () => ({ default: (await import('./variables/variables-page.tsx')).VariablesPage })),
}
const runners: SettingsPage = {
  path: '/runners',
  label: 'Runners',
  Page: lazyPage(async () => ({ default: (await import('./runners/runners-page.tsx')).RunnersPage })),
}
const freezes: SettingsPage = {
  path: '/freeze_periods',
  label: 'Deploy freezes',
  Page: lazyPage(async () => ({ default: (await import('./freezes/freezes-page.tsx')).FreezesPage })),
}
const tokens: SettingsPage = {
  path: '/access_tokens',
  label: 'Access tokens',
  Page: lazyPage(async () => ({ default: (await import('./tokens/tokens-page.tsx')).TokensPage })),
}
const hooks: SettingsPage = {
  path: '/hooks',
  label: 'Webhooks',
  Page: lazyPage(async () => ({ default: (await import('./hooks/hooks-page.tsx')).HooksPage })),
}
const deliveries: SettingsPage = {
  path: '/hooks/deliveries',
  label: null,
  Page: lazyPage(async () => ({ default: (await import('./hooks/deliveries-page.tsx')).DeliveriesPage })),
}
const general: SettingsPage = {
  path: '/general',
  label: 'General',
  Page: lazyPage(async () => ({ default: (await import('./general/general-page.tsx')).GeneralPage })),
}
const groupGeneral: SettingsPage = {
  path: '/general',
  label: 'General',
  Page: lazyPage(async () => ({ default: (await import('./general/group-general-page.tsx')).GroupGeneralPage })),
}
const protection = [protectedEnvironments, protect, changeProtection]

export const settingsPages: Readonly<Record<'project' | 'group', readonly SettingsPage[]>> = {
  project: [general, members, ...protection, variables, runners, freezes, tokens, hooks, deliveries],
  group: [groupGeneral, members, ...protection, variables, runners, tokens, hooks, deliveries],
}
