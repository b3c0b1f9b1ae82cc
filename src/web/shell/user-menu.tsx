import { Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconChevronDown, IconLogout, IconLogout2 } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { signOut, signOutEverywhere } from '../../contract/session.ts'
import { client } from '../api/client.ts'
import { PersonSign } from '../components/person-link.tsx'
import { signInPage } from '../session/sign-in-path.ts'
import { useUser } from '../session/use-session.ts'
import classes from './user-menu.module.css'

export function UserMenu() {
  const user = useUser()
  const leave = useSignOut()
  return (
    <Menu position="bottom-end" width={260} withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.target} aria-label={`Account of ${user.name}`}>
          <PersonSign name={user.name} />
          <span className={classes.name}>{user.name}</span>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <Text fw={600}>{user.name}</Text>
          <Text size="sm" c="dimmed">
            @{user.username}
            {user.is_admin ? ' · administrator' : ''}
          </Text>
        </div>
        <Menu.Divider />
        <ThemeChoice />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave(signOut)}>
          Sign out
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout2 size={16} aria-hidden />} onClick={() => void leave(signOutEverywhere)}>
          Sign out everywhere
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SegmentedControl
      className={classes.themes}
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
