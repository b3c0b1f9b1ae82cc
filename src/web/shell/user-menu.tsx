import { Divider, Popover, Text, UnstyledButton } from '@mantine/core'
import { type Icon, IconChevronDown, IconLogout, IconLogout2, IconUserCog } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { signOut, signOutEverywhere } from '../../contract/session.ts'
import { PersonSign } from '../components/person-link.tsx'
import { profilePath } from '../paths.ts'
import { useUser } from '../session/use-session.ts'
import { useSignOut } from '../session/use-sign-out.ts'
import { ThemeChoice } from './theme-choice.tsx'
import classes from './user-menu.module.css'

/** Who is signed in, the theme, and the ways out. */
export function UserMenu() {
  const user = useUser()
  const leave = useSignOut()
  const [open, setOpen] = useState(false)
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width={260}
      withinPortal={false}
      trapFocus
      shadow="md"
    >
      <Popover.Target>
        <UnstyledButton
          className={classes.target}
          aria-label={`Account of ${user.name}`}
          onClick={() => setOpen(!open)}
        >
          <PersonSign name={user.name} />
          <span className={classes.name}>{user.name}</span>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={6}>
        <div className={classes.who}>
          <Text fw={600}>{user.name}</Text>
          <Text size="sm" c="dimmed">
            @{user.username}
            {user.is_admin ? ' · administrator' : ''}
          </Text>
        </div>
        <Divider my={6} />
        <ThemeChoice />
        <Divider my={6} />
        <UnstyledButton component={Link} to={profilePath} className={classes.item} onClick={() => setOpen(false)}>
          <IconUserCog size={16} aria-hidden />
          Your account
        </UnstyledButton>
        <MenuButton icon={IconLogout} label="Sign out" onClick={() => void leave(signOut)} />
        <MenuButton icon={IconLogout2} label="Sign out everywhere" onClick={() => void leave(signOutEverywhere)} />
      </Popover.Dropdown>
    </Popover>
  )
}

interface MenuButtonProps {
  readonly icon: Icon
  readonly label: string
  readonly onClick: () => void
}

function MenuButton({ icon: Sign, label, onClick }: MenuButtonProps) {
  return (
    <UnstyledButton className={classes.item} onClick={onClick}>
      <Sign size={16} aria-hidden />
      {label}
    </UnstyledButton>
  )
}
