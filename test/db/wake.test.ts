import { connect, createServer, type Socket } from 'node:net'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { notify, openWake, type Wake } from '../../src/db/wake.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
let wake: Wake
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  wake = await openWake(database.target)
})
afterEach(() => wake.close())

const send = (channel: string, payload?: string) => inTransaction(database.db, (tx) => notify(tx, channel, payload))

/** Listens, and waits until PostgreSQL listens too. */
async function listen(channel: string) {
  const heard: (string | undefined)[] = []
  const stop = wake.on(channel, (payload) => heard.push(payload))
  await vi.waitFor(() => expect(heard).toEqual([undefined]))
  heard.length = 0
  return { heard, stop }
}

/** A TCP way to the test database that can be cut or made to carry nothing, as networks do. */
async function startProxy() {
  const real = new Client({ connectionString: database.url })
  const path = real.host.startsWith('/')
    ? { path: `${real.host}/.s.PGSQL.${real.port}` }
    : { host: real.host, port: real.port }
  const sockets = new Set<Socket>()
  let accepted = 0
  let held = false
  const server = createServer((socket) => {
    accepted++
    const onward = connect(path)
    sockets.add(socket)
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.pipe(other)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
    socket.on('close', () => sockets.delete(socket))
    if (held) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const target = {
    kind: 'url' as const,
    url: `postgres://${real.user}:${real.password}@127.0.0.1:${port}/${real.database}`,
  }
  return {
    target,
    accepted: () => accepted,
    open: () => sockets.size,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    hold: () => {
      held = true
      for (const socket of sockets) socket.pause()
    },
    release: () => {
      held = false
      for (const socket of sockets) socket.resume()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const terminateWake = () =>
  sql<{ done: boolean }>`select pg_terminate_backend(pid) as done from pg_stat_activity
    where application_name = 'countersign wake' and datname = current_database()`.execute(database.db)

describe('wake', () => {
  test('hears its channel with the payload, and no other', async () => {
    const jobs = await listen('jobs')
    const odd = await listen('odd "channel"')
    await send('other')
    await send('jobs', 'a')
    await send('odd "channel"')
    await send('jobs', 'b')
    await vi.waitFor(() => expect(jobs.heard).toEqual(['a', 'b']))
    expect(odd.heard).toEqual([''])
  })

  test('hears nothing of what was rolled back, and nothing before the commit', async () => {
    const { heard } = await listen('jobs')
    await expect(
      inTransaction(database.db, async (tx) => {
        await notify(tx, 'jobs', 'lost')
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await inTransaction(database.db, async (tx) => {
      await notify(tx, 'jobs', 'kept')
      await sql`select 1`.execute(tx)
      expect(heard).toEqual([])
    })
    await vi.waitFor(() => expect(heard).toEqual(['kept']))
  })

  test('a listener that has ended hears nothing, the others of its channel do', async () => {
    const first = await listen('jobs')
    const heard: (string | undefined)[] = []
    wake.on('jobs', (payload) => heard.push(payload))
    first.stop()
    await send('jobs', 'a')
    await vi.waitFor(() => expect(heard).toEqual([undefined, 'a']))
    expect(first.heard).toEqual([])
  })

  test('a channel whose last listener left is still listened to, and a new one hears it', async () => {
    const { heard, stop } = await listen('jobs')
    stop()
    const again = await listen('jobs')
    await send('jobs', 'a')
    await vi.waitFor(() => expect(again.heard).toEqual(['a']))
    expect(heard).toEqual([])
  })

  test('an error of one listener reaches no other', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    wake.on('jobs', () => {
      throw new Error('mine')
    })
    const heard: (string | undefined)[] = []
    wake.on('jobs', (payload) => heard.push(payload))
    await vi.waitFor(() => expect(heard).toEqual([undefined]))
    await send('jobs', 'a')
    await vi.waitFor(() => expect(heard).toEqual([undefined, 'a']))
    expect(warned).toHaveBeenCalledWith(expect.objectContaining({ message: 'mine' }))
    warned.mockRestore()
  })

  test('after a lost connection it listens again and tells every listener to look', async () => {
    const jobs = await listen('jobs')
    const events = await listen('events')
    expect((await terminateWake()).rows).toEqual([{ done: true }])
    await send('jobs', 'sent into the gap')
    await vi.waitFor(() => expect([jobs.heard.at(-1), events.heard]).toEqual([undefined, [undefined]]), {
      timeout: 10_000,
    })
    await send('jobs', 'after')
    await vi.waitFor(() => expect(jobs.heard.at(-1)).toBe('after'))
  })

  test('closing ends the connection for good, even when it was lost just before', async () => {
    const { heard } = await listen('jobs')
    await terminateWake()
    await wake.close()
    await vi.waitFor(async () => expect((await terminateWake()).rows).toEqual([]))
    await send('jobs', 'a')
    expect(heard).toEqual([])
  })

  test('closing while it connects again leaves no connection behind', async () => {
    const proxy = await startProxy()
    const remote = await openWake(proxy.target)
    proxy.hold()
    proxy.cut()
    await vi.waitFor(() => expect([proxy.accepted(), proxy.open()]).toEqual([2, 1]), { timeout: 10_000 })
    await remote.close()
    proxy.release()
    await vi.waitFor(() => expect(proxy.open()).toBe(0))
    await proxy.close()
  })

  test('a connection that falls silent is replaced', async () => {
    const proxy = await startProxy()
    const remote = await openWake(proxy.target, { heartbeatMs: 50, answerMs: 100 })
    const heard: (string | undefined)[] = []
    remote.on('jobs', (payload) => heard.push(payload))
    await vi.waitFor(() => expect(heard).toEqual([undefined]))
    proxy.hold()
    await vi.waitFor(() => expect(proxy.accepted()).toBeGreaterThan(1), { timeout: 10_000 })
    proxy.release()
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(1), { timeout: 10_000 })
    await remote.close()
    await proxy.close()
  })

  test('a server that cannot be reached is an error at once', async () => {
    await expect(openWake({ kind: 'url', url: 'postgres://me@127.0.0.1:1/db' })).rejects.toThrow('ECONNREFUSED')
  })
})
