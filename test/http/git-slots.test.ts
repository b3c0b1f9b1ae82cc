/** Only so many git processes at once, and what becomes of those who wait. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { addGitRoutes } from '../../src/http/git-routes.ts'
import { type GitLimits, makeGitSlots } from '../../src/http/git-slots.ts'
import { createServer } from '../../src/http/server.ts'
import { makeThrottling } from '../../src/http/throttle.ts'
import { commitFiles, makeWorkTree, until } from '../git/git-fixtures.ts'
import { aMember, aProject, aUser, type TestUser } from '../helpers/builders.ts'
import { basic, startPush } from '../helpers/git-client.ts'
import { pipelinesOf, unsettled } from '../helpers/repository-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

describe('places', () => {
  const never = new AbortController().signal

  it('are given to so many, and then in the order of asking', async () => {
    const slots = makeGitSlots({ places: 2, placesPerClient: 2 })
    const first = await slots.take('a', never)
    const second = await slots.take('b', never)
    const order: string[] = []
    const third = slots.take('c', never).then((place) => (order.push('c'), place))
    const fourth = slots.take('d', never).then((place) => (order.push('d'), place))
    expect([slots.taken, slots.waiting, first?.waited]).toEqual([2, 2, false])
    second?.release()
    second?.release()
    expect(await third).toMatchObject({ waited: true })
    expect([slots.taken, slots.waiting]).toEqual([2, 1])
    first?.release()
    await fourth
    expect(order).toEqual(['c', 'd'])
    ;(await third)?.release()
    ;(await fourth)?.release()
    expect([slots.taken, slots.waiting]).toEqual([0, 0])
  })

  it('are not all given to one client', async () => {
    const slots = makeGitSlots({ places: 3, placesPerClient: 2 })
    const mine = [await slots.take('greedy', never), await slots.take('greedy', never)]
    const third = slots.take('greedy', never)
    expect([slots.taken, slots.waiting]).toEqual([2, 1])
    const other = await slots.take('other', never)
    expect(other).toMatchObject({ waited: false })
    other?.release()
    expect(slots.waiting).toBe(1)
    mine[0]?.release()
    expect(await third).toMatchObject({ waited: true })
  })

  it('are not waited for by who has left', async () => {
    const slots = makeGitSlots({ places: 1, placesPerClient: 1 })
    const first = await slots.take('a', never)
    const leaving = new AbortController()
    const second = slots.take('b', leaving.signal)
    const third = slots.take('c', never)
    leaving.abort()
    expect(await second).toBeNull()
    expect(await slots.take('d', leaving.signal)).toBeNull()
    first?.release()
    expect(await third).toMatchObject({ waited: true })
    expect(slots.taken).toBe(1)
  })
})

describe('a server with one place', () => {
  let server: TestServer
  let dir: string
  let project: Project
  let developer: TestUser
  let other: TestUser
  let small: { url: string; close(): Promise<void> }
  let work: string
  let sha: string
  let count = 0

  beforeAll(async () => {
    server = await startTestServer()
    dir = await mkdtemp(join(tmpdir(), 'countersign-git-slots-'))
  })
  afterAll(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    count += 1
    project = await aProject(server)
    developer = await aMember(server, { project }, 'developer')
    other = await aMember(server, { project }, 'reporter', { user: await aUser(server) })
    work = await makeWorkTree(dir, `work-${count}`)
    sha = await commitFiles(work, { '.gitlab-ci.yml': 'build:\n  script: make\n' })
  })
  afterEach(() => small.close())

  /** The same database and repositories behind other limits. */
  async function serve(limits: Partial<GitLimits>): Promise<void> {
    const made: FastifyInstance = createServer(server.app)
    addGitRoutes(made, server.app, makeThrottling(server.app), {
      places: 1,
      placesPerClient: 1,
      waitMs: 20_000,
      idleMs: 20_000,
      ...limits,
    })
    const url = await made.listen({ host: '127.0.0.1', port: 0 })
    small = {
      url,
      close: async () => {
        made.server.closeAllConnections()
        await made.close()
      },
    }
  }

  /** A push that has the place and does not come to its end by itself. */
  async function holdPlace() {
    const push = { project, token: developer.token, work, sha, ref: 'refs/heads/main', keep: 20 }
    const socket = await startPush(small, push)
    await until(async () => (await unsettled(server, project)) === 1)
    return socket
  }

  const ask = (by = other) =>
    fetch(`${small.url}/${project.full_path}.git/info/refs?service=git-upload-pack`, {
      headers: basic('anyone', by.token),
    })

  it('lets the next one in when the first is done', async () => {
    await serve({})
    const socket = await holdPlace()
    let answered = false
    const waiting = ask().then((answer) => {
      answered = true
      return answer
    })
    // Whoever may not come in is told at once; by then the one who may is in line.
    const stranger = await ask(await aUser(server))
    expect([stranger.status, answered]).toEqual([404, false])
    socket.write(socket.rest)
    await until(async () => (await pipelinesOf(server, project)).length === 1)
    socket.destroy()
    const answer = await waiting
    expect([answer.status, (await answer.text()).includes(sha)]).toEqual([200, true])
  })

  it('sends away who waited too long', async () => {
    await serve({ waitMs: 100 })
    const socket = await holdPlace()
    const answer = await ask()
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      503,
      '30',
      'The server is busy with other git requests: try again.\n',
    ])
    socket.destroy()
  })

  it('gives up a client that is silent, and forgets its push', async () => {
    await serve({ idleMs: 200 })
    const socket = await holdPlace()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const answer = await ask()
    expect(answer.status).toBe(200)
    await answer.arrayBuffer()
    await closed
    await until(async () => (await unsettled(server, project)) === 0)
    expect(await pipelinesOf(server, project)).toEqual([])
  })

  it('has the place again when a client leaves, waiting or served', async () => {
    await serve({})
    const socket = await holdPlace()
    const leaver = connect(Number(new URL(small.url).port), '127.0.0.1')
    leaver.write(
      `GET /${project.full_path}.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: x\r\n` +
        `Authorization: ${basic('anyone', other.token).authorization}\r\n\r\n`,
    )
    await ask(await aUser(server))
    leaver.destroy()
    socket.destroy()
    expect((await ask()).status).toBe(200)
  })

  it('T3 asks again who may when somebody waited', async () => {
    await serve({})
    const socket = await holdPlace()
    const waiting = ask()
    await ask(await aUser(server))
    await inTransaction(server.db, (tx) => tx.deleteFrom('members').where('user_id', '=', other.id).execute())
    socket.destroy()
    expect((await waiting).status).toBe(404)
  })
})
