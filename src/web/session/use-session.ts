import { useQuery } from '@tanstack/react-query'
import type { Session } from '../../contract/session.ts'
import { fetchSession } from '../api/client.ts'
import type { ApiFailure } from '../api/query.ts'
import { sessionKey } from './session-key.ts'

export type SignedInUser = NonNullable<Session['user']>

export const sessionQuery = { queryKey: sessionKey, queryFn: fetchSession, staleTime: 5 * 60_000 } as const

/** Who is signed in, while it is asked and afterwards. */
export function useSession() {
  return useQuery<Session, ApiFailure>(sessionQuery)
}

/** The person who is signed in. Only below `RequireSession`. */
export function useUser(): SignedInUser {
  const { data } = useSession()
  if (!data?.user) throw new Error('nobody is signed in')
  return data.user
}
