/** A person's session in a browser, without the form. */
import { randomBytes } from 'node:crypto'
import { digestOf } from '../../src/db/digest.ts'
import { insertSession } from '../../src/db/sessions.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { sessionCookie } from '../../src/http/authenticate.ts'
import type { TestServer } from './server.ts'

/** Begins a session and answers its cookie, as a browser context takes it. */
export async function cookieOf({ app, url }: Pick<TestServer, 'app' | 'url'>, user: { readonly id: number }) {
  const value = randomBytes(24).toString('hex')
  const session = { userId: user.id, digest: digestOf(value), ip: null, userAgent: 'a test' }
  await inTransaction(app.db, (tx) => insertSession(tx, session))
  return { name: sessionCookie, value, url, httpOnly: true, sameSite: 'Lax' as const }
}
