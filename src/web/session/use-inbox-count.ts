import { useQuery } from '@tanstack/react-query'
import { inboxCount } from '../../contract/inbox.ts'
import { query } from '../api/query.ts'
import { useSession } from './use-session.ts'

/** How many deployments wait for the person who is signed in; 0 until it is known. */
export function useInboxCount(): number {
  const { data: session } = useSession()
  // A hidden tab has no live updates, but its title is still seen.
  const { data } = useQuery({
    ...query(inboxCount, {}),
    enabled: session?.user != null,
    refetchInterval: 60_000,
    refetchIntervalInBackground: true,
  })
  return data?.waiting_for_me ?? 0
}
