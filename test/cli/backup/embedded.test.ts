import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { apiAt } from '../../helpers/api.ts'
import { aServerProcess, type ServerProcess } from '../../helpers/server-process.ts'
import { as, run, scratchDir, start } from '../helpers/run.ts'

const servers: ServerProcess[] = []
let folder: Awaited<ReturnType<typeof scratchDir>>
beforeEach(async () => {
  folder = await scratchDir()
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.dispose()
  await folder.remove()
})

async function aServer(): Promise<ServerProcess> {
  const server = await aServerProcess()
  servers.push(server)
  return server
}

const at = (dataDir: string) => ({ env: { COUNTERSIGN_DATA_DIR: dataDir } })
const usernames = async ({ url, rootToken }: ServerProcess) =>
  (await apiAt(url, rootToken).get<{ username: string }[]>('/users?sort=asc')).body.map((user) => user.username)
const addUser = (server: ServerProcess, name: string) =>
  run(['admin', 'user', 'create', name, '--name', name, '--email', `${name}@example.com`, '--no-password'], {
    env: as(server.rootToken, server),
  })

test('beside a running server, without one, into a fresh directory, and in place of what a running server has', async () => {
  const first = await aServer()
  await first.start()
  expect((await addUser(first, 'ada')).code).toBe(0)
  const running = join(folder.path, 'running.tar')
  expect(await run(['backup', running], at(first.dataDir))).toMatchObject({ code: 0, stderr: '' })
  expect((await addUser(first, 'grace')).code).toBe(0)
  expect(await first.terminate()).toBe(0)
  const stopped = join(folder.path, 'stopped.tar')
  expect(await run(['backup', stopped], at(first.dataDir))).toMatchObject({ code: 0, stderr: '' })
  await databaseIsStopped(first.dataDir)

  const second = await aServer()
  expect(await run(['restore', stopped], at(second.dataDir))).toMatchObject({ code: 0, stderr: '' })
  await databaseIsStopped(second.dataDir)
  await second.start()
  expect(await usernames(second)).toEqual(['root', 'ada', 'grace'])

  const refused = await run(['restore', running], at(second.dataDir))
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Use --replace') })
  expect(await usernames(second)).toEqual(['root', 'ada', 'grace'])
  const replaced = await run(['restore', running, '--replace'], at(second.dataDir))
  expect(replaced).toMatchObject({ code: 0, stderr: expect.stringContaining('The server goes on') })
  expect(await usernames(second)).toEqual(['root', 'ada'])
  // What is made next gets an id that nobody had.
  expect((await addUser(second, 'lin')).code).toBe(0)
  expect(await usernames(second)).toEqual(['root', 'ada', 'lin'])
  expect(await second.terminate()).toBe(0)
})

test('a database that was started for a restore is stopped when it is interrupted', async () => {
  const dataDir = join(folder.path, 'data')
  const running = start(['restore', '-'], { ...at(dataDir), input: '', inputStaysOpen: true })
  const end = Date.now() + 45_000
  while (!(await readdir(dataDir).catch(() => [])).some((name) => name.startsWith('restore-'))) {
    if (Date.now() > end || running.child.exitCode !== null) throw new Error(`it does not begin: ${running.stderr()}`)
    await delay(20)
  }
  running.child.kill('SIGINT')
  expect(await running.ended).toEqual({ code: 1, stdout: '', stderr: 'Interrupted before it was done.\n' })
  await databaseIsStopped(dataDir)
  expect((await readdir(dataDir)).filter((name) => name.startsWith('restore-'))).toEqual([])
})

/** PostgreSQL removes the file by which it claims its directory. */
async function databaseIsStopped(dataDir: string): Promise<void> {
  await expect(access(join(dataDir, 'postgres', 'data', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
}
