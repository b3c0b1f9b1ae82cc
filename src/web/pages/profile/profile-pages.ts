/** Every page of a person's own account: its address below `/profile`, its code, and its place in the navigation. */
import { IconAdjustments, IconKey, IconPassword } from '@tabler/icons-react'
import type { ComponentType } from 'react'
import { lazyPage } from '../../components/lazy-page.tsx'
import type { NavigationGroup } from '../../shell/side-nav.tsx'

export interface ProfilePage {
  /** Below `/profile`; empty for its first page. */
  readonly path: string
  readonly Page: ComponentType
}

export const profilePages: readonly ProfilePage[] = [
  {
    path: '',
    Page: lazyPage(async () => ({ default: (await import('./preferences-page.tsx')).PreferencesPage })),
  },
  {
    path: '/personal_access_tokens',
    Page: lazyPage(async () => ({ default: (await import('./tokens-page.tsx')).TokensPage })),
  },
  {
    path: '/password',
    Page: lazyPage(async () => ({ default: (await import('./password-page.tsx')).PasswordPage })),
  },
]

/** Each page is its own section. */
export const profileNavigation: readonly NavigationGroup[] = [
  {
    label: null,
    entries: [
      { section: '', label: 'Preferences', icon: IconAdjustments, path: '' },
      {
        section: '/personal_access_tokens',
        label: 'Access tokens',
        icon: IconKey,
        path: '/personal_access_tokens',
      },
      { section: '/password', label: 'Password and sessions', icon: IconPassword, path: '/password' },
    ],
  },
]
