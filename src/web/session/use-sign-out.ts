import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import type { signOut } from '../../contract/session.ts'
import { client } from '../api/client.ts'
import { signInPage } from './sign-in-path.ts'

/** Ends this session, or all of them, and leads to the sign-in page. */
export function useSignOut() {
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
