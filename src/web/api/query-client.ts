import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from '../../contract/client.ts'
import { sessionKey } from '../session/session-key.ts'

/** Answers are shown at once from here and asked again when something changed (live/) or the page is looked at again. */
export function makeQueryClient(): QueryClient {
  // Signed out elsewhere: asking for the session again shows the sign-in page.
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401) void queries.invalidateQueries({ queryKey: sessionKey })
  }
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => failures < 2 && !isRefusal(error),
      },
    },
  })
  return queries
}

/** The server said no; asking again would not change its mind. */
function isRefusal(error: Error): boolean {
  return error instanceof ApiError && error.status < 500
}
