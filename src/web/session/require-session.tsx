import { Navigate, useLocation } from 'react-router'
import { FailedState, LoadingState } from '../components/page-state.tsx'
import { Shell } from '../shell/shell.tsx'
import { signInPath } from './sign-in-path.ts'
import { useSession } from './use-session.ts'

/** The shell with its pages for whoever is signed in; everybody else signs in first and comes back. */
export function RequireSession() {
  const session = useSession()
  const location = useLocation()
  if (session.data?.user) return <Shell />
  if (session.data) return <Navigate to={signInPath(location)} replace />
  if (session.error) return <FailedState error={session.error} retry={() => session.refetch()} />
  return <LoadingState label="Countersign" />
}
