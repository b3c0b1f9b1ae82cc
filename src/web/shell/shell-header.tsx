import { VisuallyHidden } from '@mantine/core'
import { type Icon, IconFolders, IconInbox, IconShieldCog, IconUsersGroup } from '@tabler/icons-react'
import { Link, useLocation } from 'react-router'
import { adminPath, groupsPath, inboxPath, projectsPath } from '../paths.ts'
import { useInboxCount } from '../session/use-inbox-count.ts'
import { useUser } from '../session/use-session.ts'
import { BrandSign } from './brand-sign.tsx'
import classes from './shell.module.css'
import { UserMenu } from './user-menu.tsx'

export function ShellHeader() {
  const waiting = useInboxCount()
  const user = useUser()
  return (
    <header className={classes.header}>
      <Link to={inboxPath} className={classes.brand}>
        <BrandSign />
        <span>Countersign</span>
      </Link>
      <nav className={classes.nav} aria-label="Main">
        <NavLink to={inboxPath} icon={IconInbox} label="Inbox">
          {waiting > 0 ? (
            <span className={classes.count}>
              {waiting}
              <VisuallyHidden> waiting for you</VisuallyHidden>
            </span>
          ) : null}
        </NavLink>
        <NavLink to={projectsPath} icon={IconFolders} label="Projects" />
        <NavLink to={groupsPath} icon={IconUsersGroup} label="Groups" />
        {user.is_admin ? <NavLink to={adminPath} icon={IconShieldCog} label="Admin" /> : null}
      </nav>
      <UserMenu />
    </header>
  )
}

interface NavLinkProps {
  readonly to: string
  readonly icon: Icon
  readonly label: string
  readonly children?: React.ReactNode
}

function NavLink({ to, icon: Sign, label, children }: NavLinkProps) {
  const { pathname } = useLocation()
  return (
    <Link
      to={to}
      className={classes.navLink}
      aria-current={pathname === to ? 'page' : to !== inboxPath && pathname.startsWith(`${to}/`) ? true : undefined}
    >
      <Sign size={18} stroke={1.7} aria-hidden />
      {label}
      {children}
    </Link>
  )
}
