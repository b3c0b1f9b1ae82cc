/** The API as these pages call it: with the browser's session cookie, and the CSRF token of that session on every write. */
import { fetchTransport, makeClient, type Transport } from '../../contract/client.ts'
import { getSession, type Session } from '../../contract/session.ts'

let csrfToken: string | null = null

const transport: Transport = (request) =>
  fetchTransport({ baseUrl: '', headers: csrfToken === null ? {} : { 'x-csrf-token': csrfToken } })(request)

/** The one client of these pages. Pages ask through api/query.ts, which caches. */
export const client = makeClient(transport)

/** Takes the CSRF token of a session that the server answered, for every later write. */
export function adoptSession(session: Session): Session {
  csrfToken = session.csrf_token
  return session
}

/** Asks who is signed in with this browser, and takes the CSRF token along. */
export async function fetchSession(): Promise<Session> {
  return adoptSession(await client.call(getSession, {}))
}
