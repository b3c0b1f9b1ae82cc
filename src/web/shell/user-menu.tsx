import { Divider, Popover, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type Icon, IconChevronDown, IconLogout, IconLogout2 } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { signOut, signOutEverywhere } from '../../contract/session.ts'
import { client } from '../api/client.ts'
import { PersonSign } from '../components/person-link.tsx'
import { signInPage } from '../session/sign-in-path.ts'
import { useUser } from '../session/use-session.ts'
import classes from './user-menu.module.css'

/** Who is signed in, the theme, and the ways out. */
export function UserMenu() {
  const user = useUser()
  const leave = useSignOut()
  return (
    <Popover position="bottom-end" width={260} withinPortal={false} trapFocus shadow="md">
      <Popover.Target>
        <UnstyledButton className={classes.target} aria-label={`Account of ${user.name}`}>
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

function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label="Theme"
      value={colorScheme}
      onChange={(value) => setColorScheme(value)}
      data={[
        { value: 'light', label: 'Light' },
        { value: 'dark', label: 'Dark' },
        { value: 'auto', label: 'System' },
      ]}
    />
  )
}

function useSignOut() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async (operation: typeof signOut) => {
    try {
      await client.call(operation, {})
    } catch (error) {
      notifications.show({ color: 'reject', title: 'You are still signed in', message: (error as Error).message })
      return
    }
    await navigate(signInPage)
    // Nothing of this person stays in the page's memory.
    queries.clear()
  }
}
