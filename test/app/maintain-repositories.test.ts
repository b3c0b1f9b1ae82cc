import { access, mkdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { maintainRepositories } from '../../src/app/maintain-repositories.ts'
import { claimMaintenance } from '../../src/db/maintenance.ts'
import type { Project } from '../../src/db/projects.ts'
import { notePushes, settlePush } from '../../src/db/pushes.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { zeroSha } from '../../src/git/ref-name.ts'
import { aProject, aUser, type TestUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

const day = 86_400_000

let server: TestServer
let user: TestUser
let project: Project
beforeAll(async () => {
  server = await startTestServer()
  user = await aUser(server)
})
afterAll(() => server.stop())
beforeEach(async () => {
  await inTransaction(server.db, (tx) => tx.deleteFrom('projects').execute())
  project = await aProject(server)
})

/** A push that was settled at once, so many days ago. */
async function pushTo(to: Project, daysAgo = 0, settled = true): Promise<number> {
  const push = {
    projectId: to.id,
    userId: user.id,
    ref: 'refs/heads/main',
    beforeSha: zeroSha,
    afterSha: zeroSha,
    options: [],
  }
  return inTransaction(server.db, async (tx) => {
    const [noted] = await notePushes(tx, [push])
    const id = noted?.id ?? 0
    if (settled) await settlePush(tx, id)
    const at = new Date(Date.now() - daysAgo * day)
    await tx
      .updateTable('pushes')
      .set({ created_at: at, ...(settled ? { settled_at: at } : {}) })
      .where('id', '=', id)
      .execute()
    return id
  })
}

/** What a killed commit would have left an hour and more ago. */
async function leftover(of: Project): Promise<string> {
  const path = join(server.app.repositories.open(of.id).path, 'tmp-commit-left')
  await mkdir(path)
  const old = new Date(Date.now() - day)
  await utimes(path, old, old)
  return path
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

const maintainedAgo = (of: Project, days: number) =>
  inTransaction(server.db, (tx) =>
    tx
      .updateTable('projects')
      .set({ repository_maintained_at: new Date(Date.now() - days * day) })
      .where('id', '=', of.id)
      .execute(),
  )

describe('maintenance of repositories', () => {
  it('is for those that were pushed to', async () => {
    const quiet = await aProject(server)
    await pushTo(project)
    const [busyLeft, quietLeft] = [await leftover(project), await leftover(quiet)]
    await maintainRepositories(server.app)
    expect([await exists(busyLeft), await exists(quietLeft)]).toEqual([false, true])
  })

  it('comes once a day, and only when there was another push', async () => {
    await pushTo(project)
    await maintainRepositories(server.app)
    await pushTo(project)
    const left = await leftover(project)
    await maintainRepositories(server.app)
    expect(await exists(left)).toBe(true)
    await maintainedAgo(project, 1.1)
    await maintainRepositories(server.app)
    expect(await exists(left)).toBe(false)
    // A day later again, and nothing was pushed since.
    await leftover(project)
    await maintainedAgo(project, 1.1)
    await inTransaction(server.db, (tx) =>
      tx
        .updateTable('pushes')
        .set({ created_at: new Date(Date.now() - 2 * day) })
        .execute(),
    )
    await maintainRepositories(server.app)
    expect(await exists(left)).toBe(true)
  })

  it('gives servers that ask at once different repositories', async () => {
    const projects = [project, await aProject(server), await aProject(server)]
    for (const one of projects) await pushTo(one)
    const claimed = await Promise.all([1, 2, 3, 4].map(() => inTransaction(server.db, (tx) => claimMaintenance(tx))))
    const ids = claimed.filter((id) => id !== null)
    expect(new Set(ids).size).toBe(ids.length)
    // One that found only rows others had locked comes back with the next turn.
    const rest: number[] = []
    for (;;) {
      const id = await inTransaction(server.db, (tx) => claimMaintenance(tx))
      if (id === null) break
      rest.push(id)
    }
    expect(new Set([...ids, ...rest])).toEqual(new Set(projects.map(({ id }) => id)))
    expect(ids.length + rest.length).toBe(3)
  })

  it('goes on after a repository that is gone', async () => {
    const other = await aProject(server)
    await pushTo(project)
    await pushTo(other)
    await server.app.repositories.remove(project.id)
    const left = await leftover(other)
    await maintainRepositories(server.app)
    expect(await exists(left)).toBe(false)
  })

  it('ends when the server stops', async () => {
    await pushTo(project)
    await maintainRepositories({ ...server.app, closing: AbortSignal.abort() })
    const row = await server.db.selectFrom('projects').select('repository_maintained_at').executeTakeFirstOrThrow()
    expect(row.repository_maintained_at).toBeNull()
  })

  it('forgets what was settled a month ago', async () => {
    const [old, late, open] = [await pushTo(project, 31), await pushTo(project, 29), await pushTo(project, 31, false)]
    await maintainRepositories(server.app)
    const left = await server.db.selectFrom('pushes').select('id').orderBy('id').execute()
    expect(left.map(({ id }) => id)).toEqual([late, open])
    expect(left).not.toContainEqual({ id: old })
  })
})
