import { matchPath, useLocation } from 'react-router'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState, RefusedState } from '../../components/page-state.tsx'
import { adminPath } from '../../paths.ts'
import { useUser } from '../../session/use-session.ts'
import { Main } from '../../shell/main.tsx'
import { SideNav } from '../../shell/side-nav.tsx'
import { adminNavigation, adminPages } from './admin-pages.ts'

/** /admin and everything below it. */
export function AdminArea() {
  const { pathname } = useLocation()
  const user = useUser()
  if (!user.is_admin) {
    return (
      <Main>
        <PageHeader title="Administration" />
        <RefusedState sentence="403 Forbidden" />
      </Main>
    )
  }
  for (const { path, section, Page } of adminPages) {
    const match = matchPath(path, pathname)
    if (!match) continue
    return (
      <Main side={<AdminNav section={section} />}>
        <Page key={pathname} params={match.params} />
      </Main>
    )
  }
  return (
    <Main side={<AdminNav section="" />}>
      <PageHeader title="Not found" />
      <MissingState>The administration has no such page.</MissingState>
    </Main>
  )
}

function AdminNav({ section }: { readonly section: string }) {
  return (
    <SideNav
      label="Administration"
      title="Administration"
      groups={adminNavigation}
      section={section}
      addressOf={(path) => `${adminPath}${path}`}
    />
  )
}
