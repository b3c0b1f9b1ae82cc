/** Every page of the administration: its address below `/admin`, its code, and its place in the navigation. */
import { IconActivity, IconHistory, IconServerBolt, IconUsers, IconUsersGroup } from '@tabler/icons-react'
import type { ComponentType } from 'react'
import { lazyPage } from '../../components/lazy-page.tsx'
import type { NavigationGroup } from '../../shell/side-nav.tsx'

export interface AdminPageProps {
  /** What the parts of the address that begin with a colon are. */
  readonly params: Readonly<Record<string, string | undefined>>
}

export interface AdminPage {
  /** For react-router's matchPath. */
  readonly path: string
  readonly Page: ComponentType<AdminPageProps>
  /** Of the page in the navigation that this one belongs to. */
  readonly section: string
}

export const adminPages: readonly AdminPage[] = [
  {
    path: '/admin',
    section: 'status',
    Page: lazyPage(async () => ({ default: (await import('./status-page.tsx')).StatusPage })),
  },
  {
    path: '/admin/users',
    section: 'users',
    Page: lazyPage(async () => ({ default: (await import('./users-page.tsx')).UsersPage })),
  },
  {
    path: '/admin/users/new',
    section: 'users',
    Page: lazyPage(async () => ({ default: (await import('./new-user-page.tsx')).NewUserPage })),
  },
  {
    path: '/admin/users/:userId',
    section: 'users',
    Page: lazyPage(async () => ({ default: (await import('./user-page.tsx')).UserPage })),
  },
  {
    path: '/admin/groups',
    section: 'groups',
    Page: lazyPage(async () => ({ default: (await import('./admin-groups-page.tsx')).AdminGroupsPage })),
  },
  {
    path: '/admin/runners',
    section: 'runners',
    Page: lazyPage(async () => ({ default: (await import('./runners-page.tsx')).RunnersPage })),
  },
  {
    path: '/admin/audit_logs',
    section: 'audit',
    Page: lazyPage(async () => ({ default: (await import('../audit/instance-audit-page.tsx')).InstanceAuditPage })),
  },
]

/** The navigation beside the pages of the administration. */
export const adminNavigation: readonly NavigationGroup[] = [
  {
    label: null,
    entries: [
      { section: 'status', label: 'Server', icon: IconActivity, path: '' },
      { section: 'users', label: 'Users', icon: IconUsers, path: '/users' },
      { section: 'groups', label: 'Groups', icon: IconUsersGroup, path: '/groups' },
      { section: 'runners', label: 'Runners', icon: IconServerBolt, path: '/runners' },
      { section: 'audit', label: 'Audit events', icon: IconHistory, path: '/audit_logs' },
    ],
  },
]
