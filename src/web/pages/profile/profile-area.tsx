import { useLocation } from 'react-router'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState } from '../../components/page-state.tsx'
import { profilePath } from '../../paths.ts'
import { useUser } from '../../session/use-session.ts'
import { Main } from '../../shell/main.tsx'
import { SideNav } from '../../shell/side-nav.tsx'
import { profileNavigation, profilePages } from './profile-pages.ts'

/** /profile and everything below it: one's own account. */
export function ProfileArea() {
  const { pathname } = useLocation()
  const user = useUser()
  const rest = pathname.slice(profilePath.length).replace(/\/$/, '')
  const found = profilePages.find(({ path }) => path === rest)
  return (
    <Main
      side={
        <SideNav
          label="Your account"
          title={user.name}
          groups={profileNavigation}
          section={found ? rest : 'none'}
          addressOf={(path) => `${profilePath}${path}`}
        />
      }
    >
      {found ? (
        <found.Page key={rest} />
      ) : (
        <>
          <PageHeader title="Not found" />
          <MissingState>Your account has no such page.</MissingState>
        </>
      )}
    </Main>
  )
}
