/**
 * Every page of a group: its address below `/groups/:group/-/`, its code, and its place in the navigation. To add a page, add a
 * line here; the component gets the group and the parameters of its address.
 */
import { IconHistory, IconSettings, IconUsersGroup } from '@tabler/icons-react'
import type { ComponentType } from 'react'
import type { GroupDetail } from '../../../contract/groups.ts'
import { lazyPage } from '../../components/lazy-page.tsx'
import type { NavigationGroup } from '../../shell/side-nav.tsx'

export interface GroupPageProps {
  readonly group: GroupDetail
  /** What the parts of the address that begin with a colon are. */
  readonly params: Readonly<Record<string, string | undefined>>
}

export interface GroupPageEntry {
  /** Below `/groups/:group/-`, for react-router's matchPath; empty for the group's home. */
  readonly path: string
  readonly Page: ComponentType<GroupPageProps>
  /** Of the page in the navigation that this one belongs to. */
  readonly section: string
}

export const groupPages: readonly GroupPageEntry[] = [
  {
    path: '',
    section: 'home',
    Page: lazyPage(async () => ({ default: (await import('./group-home-page.tsx')).GroupHomePage })),
  },
  {
    path: '/audit_events',
    section: 'audit',
    Page: lazyPage(async () => ({ default: (await import('../audit/group-audit-page.tsx')).GroupAuditPage })),
  },
  {
    path: '/settings/*',
    section: 'settings',
    Page: lazyPage(async () => ({ default: (await import('../settings/group-settings.tsx')).GroupSettings })),
  },
]

/** The navigation beside a group's pages. */
export const groupNavigation: readonly NavigationGroup[] = [
  { label: null, entries: [{ section: 'home', label: 'Group', icon: IconUsersGroup, path: '' }] },
  {
    label: 'Manage',
    entries: [
      { section: 'audit', label: 'Audit events', icon: IconHistory, path: '/audit_events' },
      { section: 'settings', label: 'Settings', icon: IconSettings, path: '/settings' },
    ],
  },
]
