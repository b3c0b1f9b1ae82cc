/** Keyset pagination: each row once, whatever comes and goes between two pages. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
  for (const name of ['Eve', 'adam', 'Same', 'Same', 'Ärger', 'Same']) await aUser(server, { name })
  for (const path of ['zeta', 'alpha', 'beta', 'gamma']) await aGroup(server, { path, visibility: 'public' })
})
afterAll(() => server.stop())

interface Row {
  readonly id: number
}

const nextOf = (headers: Headers) => /^<[^>]*\/api\/v4([^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]

/** Every page, by following the links alone. */
async function follow(api: Api, path: string, between: () => Promise<unknown> = async () => undefined) {
  const ids: number[] = []
  const pages: number[] = []
  for (let next: string | undefined = path; next; await between()) {
    const { status, body, headers }: Awaited<ReturnType<typeof api.get<Row[]>>> = await api.get<Row[]>(next)
    expect(status).toBe(200)
    expect(headers.get('x-total')).toBeNull()
    ids.push(...body.map(({ id }) => id))
    pages.push(body.length)
    next = nextOf(headers)
  }
  return { ids, pages }
}

describe('users', () => {
  const orders = ['id', 'name', 'username', 'created_at', 'updated_at'].flatMap((order) => [
    [order, 'asc'],
    [order, 'desc'],
  ])
  it.each(orders)('by %s, %s: the same rows in the same order as by offset', async (order, sort) => {
    const query = `order_by=${order}&sort=${sort}`
    const all = (await root.get<Row[]>(`/users?${query}&per_page=100`)).body.map(({ id }) => id)
    const { ids, pages } = await follow(root, `/users?pagination=keyset&${query}&per_page=2`)
    expect(ids).toEqual(all)
    expect(pages.slice(0, -1).every((size) => size === 2)).toBe(true)
  })

  it('whose times differ by less than a millisecond', async () => {
    await inTransaction(server.db, async (tx) => {
      const users = await tx.selectFrom('users').select('id').orderBy('id').execute()
      for (const [at, { id }] of users.entries()) {
        const created_at = sql<Date>`'2026-01-01T00:00:00Z'::timestamptz + make_interval(secs => ${at} * 0.000001)`
        await tx.updateTable('users').set({ created_at }).where('id', '=', id).execute()
      }
    })
    const { ids } = await follow(root, '/users?pagination=keyset&order_by=created_at&sort=asc&per_page=1')
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('people who come meanwhile move nobody', async () => {
    const before = (await root.get<Row[]>('/users?order_by=id&sort=asc&per_page=100')).body.map(({ id }) => id)
    const path = '/users?pagination=keyset&order_by=name&sort=desc&per_page=3'
    const { ids } = await follow(root, path, () => aUser(server, { name: 'Zz' }))
    expect(ids.filter((id) => before.includes(id)).toSorted((a, b) => a - b)).toEqual(before)
  })
})

it('groups by name, for anybody; other orders have no keys', async () => {
  const all = (await server.api().get<Row[]>('/groups')).body.map(({ id }) => id)
  const { ids } = await follow(server.api(), '/groups?pagination=keyset&order_by=name&sort=asc&per_page=1')
  expect(ids).toEqual(all)
  for (const query of ['order_by=id', 'order_by=name&sort=desc']) {
    expect(await root.get(`/groups?pagination=keyset&${query}`)).toMatchObject({
      status: 405,
      body: { error: 'Keyset pagination is not yet available for this type of request' },
    })
  }
})

it('a cursor that is none of ours is refused, and never an error', async () => {
  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const cursors = ['x', '', forged(['a', -1]), forged([1, 1]), forged(['\0', 1]), forged({})]
  for (const order of ['id', 'name', 'created_at']) {
    for (const cursor of cursors) {
      const { status } = await root.get(`/users?pagination=keyset&order_by=${order}&cursor=${cursor}`)
      expect([order, cursor, status]).toEqual([order, cursor, cursor === '' ? 200 : 400])
    }
  }
  for (const time of ['2026-13-40', '2026-02-31 00:00:00+00', 'now', '2026-01-01 00:00:00+14']) {
    const { status } = await root.get(`/users?pagination=keyset&order_by=created_at&cursor=${forged([time, 1])}`)
    expect([time, status]).toEqual([time, 400])
  }
})
