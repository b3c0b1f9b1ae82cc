import { sql } from 'kysely'
import { Client, escapeIdentifier } from 'pg'
import type { Tx } from './open.ts'
import { callSafely } from './safely.ts'
import { clientConfig, type Target } from './target.ts'

/** The name of each server's connection that listens; by it the servers of a database are counted (server-status.ts). */
export const wakeName = 'countersign wake'

/** `payload` is undefined when something may have happened unheard: look, do not assume. */
export type WakeListener = (payload: string | undefined) => void

export type Wake = {
  /**
   * Calls `listener` for every notification on `channel`, and once with undefined as soon as PostgreSQL is sure to be listening:
   * after this call, and again after each lost connection. Whoever looks then has missed nothing. Returns what ends it.
   */
  on(channel: string, listener: WakeListener): () => void
  close(): Promise<void>
}

export type WakeOptions = {
  /** How often to ask whether the connection still works; default 15 s. */
  readonly heartbeatMs?: number
  /** After how long without an answer a connection counts as lost; default 10 s. */
  readonly answerMs?: number
}

/**
 * Opens the process's one connection that listens for notifications, and keeps it: a lost one is replaced, waiting from 0.1 s up
 * to 5 s between attempts. Notifications sent meanwhile are lost, which costs their listeners one look. Throws when the first
 * connection fails.
 */
export async function openWake(target: Target, options: WakeOptions = {}): Promise<Wake> {
  const { heartbeatMs = 15_000, answerMs = 10_000 } = options
  const listeners = new Map<string, Set<WakeListener>>()
  const untold = new Set<WakeListener>()
  let current: { readonly client: Client; readonly listening: Set<string> } | undefined
  let closed = false
  let retry: NodeJS.Timeout | undefined
  let failures = 0
  let syncing: Promise<void> = Promise.resolve()

  const tell = (channel: string, payload: string) => {
    for (const listener of listeners.get(channel) ?? []) callSafely(() => listener(payload))
  }

  const tellNew = (channel: string) => {
    for (const listener of listeners.get(channel) ?? [])
      if (untold.delete(listener)) callSafely(() => listener(undefined))
  }

  const connect = async () => {
    const config = { ...clientConfig(target), application_name: wakeName, query_timeout: answerMs }
    const client = new Client(config)
    client.on('error', () => lose(client))
    client.on('end', () => lose(client))
    client.on('notification', ({ channel, payload }) => tell(channel, payload ?? ''))
    await client.connect()
    if (closed) return client.end()
    current = { client, listening: new Set() }
    failures = 0
    for (const channelListeners of listeners.values()) for (const listener of channelListeners) untold.add(listener)
    await sync()
  }

  const lose = (client: Client) => {
    if (current?.client !== client) return
    current = undefined
    client.end().catch(() => undefined)
    reconnectLater()
  }

  const reconnectLater = () => {
    if (closed) return
    const limit = Math.min(100 * 2 ** failures++, 5_000)
    retry = setTimeout(() => void connect().catch(reconnectLater), limit * (0.5 + Math.random() / 2))
    retry.unref()
  }

  /**
   * Makes the connection listen to every channel somebody ever asked for; what fails here shows as a lost connection. Nothing is
   * given up again: the channels are few, and a runner's next held request is there within milliseconds.
   */
  const sync = () => (syncing = syncing.then(syncNow).catch(() => undefined))
  const syncNow = async () => {
    if (!current) return
    const { client, listening } = current
    try {
      for (const channel of listeners.keys()) {
        if (!listening.has(channel)) await client.query(`listen ${escapeIdentifier(channel)}`)
        listening.add(channel)
        tellNew(channel)
      }
    } catch {
      lose(client)
    }
  }

  // A peer that vanished says nothing: only an unanswered question shows it.
  const beat = async ({ client }: NonNullable<typeof current>) => client.query('select 1').catch(() => lose(client))
  const heartbeat = setInterval(() => void (current && beat(current)), heartbeatMs)
  heartbeat.unref()

  try {
    await connect()
  } catch (error) {
    clearInterval(heartbeat)
    throw error
  }

  return {
    on(channel, listener) {
      const channelListeners = listeners.get(channel) ?? new Set()
      // One entry per call, even for a function that is registered twice.
      const entry: WakeListener = (payload) => listener(payload)
      listeners.set(channel, channelListeners.add(entry))
      untold.add(entry)
      void sync()
      return () => {
        channelListeners.delete(entry)
        untold.delete(entry)
      }
    },
    async close() {
      closed = true
      clearTimeout(retry)
      clearInterval(heartbeat)
      const client = current?.client
      current = undefined
      await client?.end()
    },
  }
}

/** Notifies once `tx` commits, never when it rolls back; the same notification twice in one transaction is one. */
export async function notify(tx: Tx, channel: string, payload = ''): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(tx)
}
