/**
 * Rate limits of this process: with several servers behind one address each counts for itself, so that counting costs nothing but
 * memory. Runners and health checks are never limited: a queue that stands still helps nobody.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import { readSettings } from '../db/settings.ts'
import type { Actor } from '../domain/access.ts'
import { limitOf, type Quota, quotaHeaders, quotaOf, type Throttle, type ThrottleSettings } from '../domain/throttle.ts'

/** Settings are read again when they change, and after this time in case nobody was told, in milliseconds. */
const settingsAge = 60_000

/** Names are chosen by strangers; the oldest give way. */
const mostCounted = 100_000

const standardText = 'Retry later'

export interface Throttling {
  /** Counts a request. True when it was one too many, and has been answered with 429. */
  refuses(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<boolean>
}

export interface Caller {
  readonly actor: Actor | null
  /** `web`: pages, and git. */
  readonly kind: 'api' | 'web'
}

export function makeThrottling(app: App): Throttling {
  const counters = new Map<Throttle, Counter>()
  const settings = watchSettings(app)
  return {
    async refuses(request, reply, { actor, kind }) {
      const known = await settings()
      const name = `${actor === null ? 'unauthenticated' : 'authenticated'}_${kind}` as const
      const limit = limitOf(known, name)
      if (limit === null) return false
      const now = app.now()
      const counter = counterOf(counters, name, Math.floor(now.getTime() / 1000 / limit.period))
      const observed = count(counter, actor === null ? request.ip : String(actor.userId))
      const quota = quotaOf(name, limit, observed, now)
      reply.headers(quotaHeaders(quota))
      if (observed <= limit.limit) return false
      await refuse(reply, quota, known.rate_limiting_response_text)
      return true
    },
  }
}

/** The settings as they are or were a moment ago; nobody but the first request waits for them. */
function watchSettings(app: App): () => Promise<ThrottleSettings> {
  let known: ThrottleSettings | null = null
  let dueAt = 0
  app.wake.on('changes', (payload) => {
    // Without a payload something may have been missed.
    if (payload === undefined || payload === '' || payload.includes('"ApplicationSetting:')) dueAt = 0
  })
  return async () => {
    if (Date.now() < dueAt && known !== null) return known
    dueAt = Date.now() + settingsAge
    const reading = readSettings(app.db).then((settings) => {
      known = settings
      return settings
    })
    if (known === null) return reading
    reading.catch(() => {
      dueAt = 0
    })
    return known
  }
}

interface Counter {
  readonly period: number
  readonly counts: Map<string, number>
}

/** A new period begins with empty counts. */
function counterOf(counters: Map<Throttle, Counter>, name: Throttle, period: number): Counter {
  const known = counters.get(name)
  if (known?.period === period) return known
  const made = { period, counts: new Map<string, number>() }
  counters.set(name, made)
  return made
}

function count({ counts }: Counter, key: string): number {
  const observed = (counts.get(key) ?? 0) + 1
  counts.set(key, observed)
  const oldest = counts.keys().next()
  if (counts.size > mostCounted && !oldest.done) counts.delete(oldest.value)
  return observed
}

async function refuse(reply: FastifyReply, quota: Quota, text: string | null): Promise<void> {
  reply.code(429).header('retry-after', String(quota.retryAfter)).type('text/plain')
  await reply.send(`${text || standardText}\n`)
}
