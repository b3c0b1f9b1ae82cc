/** Every address that is not a project's or a group's; those have their own tables (pages/project/project-pages.ts). */
import type { QueryClient } from '@tanstack/react-query'
import { createBrowserRouter } from 'react-router'
import { LoadingState } from './components/page-state.tsx'
import { adminPath, groupsPath, newGroupPath, newProjectPath, profilePath, projectsPath } from './paths.ts'
import { RequireSession } from './session/require-session.tsx'
import { signInPage } from './session/sign-in-path.ts'
import { sessionQuery } from './session/use-session.ts'
import { BrokenPage } from './shell/broken-page.tsx'

export function makeRouter(queries: QueryClient) {
  // Asked while the first page's code is still on its way.
  void queries.prefetchQuery(sessionQuery)
  return createBrowserRouter([
    {
      errorElement: <BrokenPage />,
      HydrateFallback: () => <LoadingState label="Countersign" />,
      children: [
        {
          path: signInPage,
          lazy: async () => ({ Component: (await import('./pages/sign-in/sign-in-page.tsx')).SignInPage }),
        },
        {
          Component: RequireSession,
          children: [
            {
              index: true,
              lazy: async () => ({ Component: (await import('./pages/inbox/inbox-page.tsx')).InboxPage }),
            },
            {
              path: projectsPath,
              lazy: async () => ({ Component: (await import('./pages/projects/projects-page.tsx')).ProjectsPage }),
            },
            {
              path: groupsPath,
              lazy: async () => ({ Component: (await import('./pages/groups/groups-page.tsx')).GroupsPage }),
            },
            {
              path: newProjectPath,
              lazy: async () => ({ Component: (await import('./pages/projects/new-project-page.tsx')).NewProjectPage }),
            },
            {
              path: newGroupPath,
              lazy: async () => ({ Component: (await import('./pages/groups/new-group-page.tsx')).NewGroupPage }),
            },
            {
              path: `${adminPath}/*`,
              lazy: async () => ({ Component: (await import('./pages/admin/admin-area.tsx')).AdminArea }),
            },
            {
              path: `${profilePath}/*`,
              lazy: async () => ({ Component: (await import('./pages/profile/profile-area.tsx')).ProfileArea }),
            },
            {
              path: '/groups/*',
              lazy: async () => ({ Component: (await import('./pages/groups/group-route.tsx')).GroupRoute }),
            },
            {
              path: '*',
              lazy: async () => ({ Component: (await import('./pages/project/project-area.tsx')).ProjectArea }),
            },
          ],
        },
      ],
    },
  ])
}
