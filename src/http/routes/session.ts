/** Signing in and out with a browser. */

import { changeOwnPassword } from '../../app/change-own-password.ts'
import type { App } from '../../app/context.ts'
import { signIn as openSession } from '../../app/sign-in.ts'
import { changePassword, getSession, type Session, signIn, signOut, signOutEverywhere } from '../../contract/session.ts'
import { deleteSession, endSessions, extendSession } from '../../db/sessions.ts'
import { inTransaction } from '../../db/transaction.ts'
import { findUser, type User } from '../../db/users.ts'
import { err, ok } from '../../domain/result.ts'
import { countAttempts } from '../attempts.ts'
import { cookie, sessionCookie } from '../authenticate.ts'
import { implement, implementOpen, Raw, type Route } from '../call.ts'
import { csrfToken } from '../csrf.ts'
import { presentUserBasic } from '../present/user.ts'

const tenMinutes = 600_000
const byAccount = countAttempts(10, tenMinutes)
const byAddress = countAttempts(50, tenMinutes)

export const sessionRoutes: Route[] = [
  implementOpen(getSession, async ({ app, actor, request }) => {
    const token = cookie(request.headers.cookie, sessionCookie)
    const user = actor && (await findUser(app.db, actor.userId))
    if (!actor || !user) return ok({ user: null, csrf_token: null })
    const { credential } = actor
    if (credential.kind === 'session') await inTransaction(app.db, (tx) => extendSession(tx, credential.id))
    return ok(present(app, user, credential.kind === 'session' ? token : undefined))
  }),

  implementOpen(signIn, async ({ app, input, request, reply }) => {
    const account = `${input.login.toLowerCase()} ${request.ip}`
    const wait = Math.max(byAccount.wait(account), byAddress.wait(request.ip))
    if (wait > 0) return ok(tooMany(wait))
    const opened = await openSession(app, {
      ...input,
      ip: request.ip,
      userAgent: request.headers['user-agent'] ?? null,
    })
    if (!opened) {
      byAccount.failed(account)
      byAddress.failed(request.ip)
      return err({ code: 'refused', sentence: 'Invalid login or password.' })
    }
    byAccount.succeeded(account)
    reply.header('set-cookie', cookieHeader(app, opened.token, 30 * 24 * 3600))
    return ok(present(app, opened.user, opened.token))
  }),

  implement(signOut, async ({ app, actor, reply }) => {
    const { credential } = actor
    if (credential.kind === 'session') await inTransaction(app.db, (tx) => deleteSession(tx, credential.id))
    reply.header('set-cookie', cookieHeader(app, '', 0))
    return ok(undefined)
  }),

  implement(signOutEverywhere, async ({ app, actor, reply }) => {
    await inTransaction(app.db, (tx) => endSessions(tx, actor.userId))
    reply.header('set-cookie', cookieHeader(app, '', 0))
    return ok(undefined)
  }),

  implement(changePassword, async ({ app, actor, input }) => {
    // A token that leaked must not become an account that is taken over.
    if (actor.credential.kind !== 'session') return err({ code: 'forbidden' })
    const account = `password ${actor.userId}`
    const wait = byAccount.wait(account)
    if (wait > 0) return ok(tooMany(wait))
    const changed = await changeOwnPassword(app, actor, actor.credential.id, input)
    if (changed.ok) byAccount.succeeded(account)
    else if (changed.error.code === 'refused') byAccount.failed(account)
    return changed
  }),
]

function tooMany(wait: number): Raw {
  const sentence = `Too many failed attempts to sign in. Try again in ${Math.ceil(wait / 60)} minutes.`
  return new Raw(429, { message: sentence }, { 'retry-after': String(wait), 'content-type': 'application/json' })
}

function present(app: App, user: User, token: string | undefined): Session {
  return {
    user: { ...presentUserBasic(app, user), is_admin: user.is_admin, email: user.email },
    csrf_token: token === undefined ? null : csrfToken(token),
  }
}

/** `Lax`: the cookie comes along when a link is followed, never with another site's writes. */
function cookieHeader(app: App, value: string, maxAge: number): string {
  const secure = app.externalUrl.startsWith('https:') ? '; Secure' : ''
  return `${sessionCookie}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure}`
}
