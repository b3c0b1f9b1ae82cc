import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { EmbeddedPostgres } from '../../src/db/embedded.ts'
import { locateBinaries } from '../../src/db/embedded-binaries.ts'
import { embeddedUrl } from '../../src/db/target.ts'
import { createScratch, isRoot, isRunning, nobody, othersCanRun, query, stranger } from './scratch.ts'

const scratch = createScratch()
let shared: EmbeddedPostgres
let sharedDir: string
beforeAll(async () => {
  sharedDir = await scratch.directory()
  await writeFile(join(sharedDir, 'postgres.log'), 'x'.repeat(9 * 1024 * 1024))
  shared = await scratch.start(sharedDir)
})
afterAll(scratch.clean)

describe('starting', () => {
  test('makes a cluster that outlives a stop, and stopping twice is stopping once', async () => {
    const dataDir = join(await scratch.directory(0o711), 'new')
    const first = await scratch.start(dataDir)
    await query(first, 'create table kept (id int)')
    await Promise.all([first.stop(), first.stop()])
    expect(isRunning(first.pid)).toBe(false)

    const second = await scratch.start(dataDir)
    const rows = await query(
      second,
      `select (select count(*)::int from kept) as kept, current_setting('server_version_num')::int / 10000 as major,
        current_setting('fsync') as fsync, current_setting('server_encoding') as encoding, current_setting('listen_addresses') as tcp,
        (select rolsuper from pg_roles where rolname = current_user) as superuser`,
    )
    expect(rows).toEqual([{ kept: 0, major: 18, fsync: 'on', encoding: 'UTF8', tcp: '', superuser: false }])
    const names = (await readdir(dataDir)).filter((name) => !name.startsWith('postgres-')) // a copy of the programs
    expect(names.sort()).toEqual(['postgres', 'postgres.lock', 'postgres.log', 'postgres.owner'])
  })

  test('an initdb that was killed leaves nothing that looks like a cluster', async () => {
    const dataDir = await scratch.directory()
    const owner = scratch.owner(dataDir)
    const half = () => readdir(dataDir).then((names) => names.find((name) => name.startsWith('postgres.new-')))
    await vi.waitFor(async () => expect(await readdir(join(dataDir, (await half()) ?? '-', 'data'))).not.toEqual([]), {
      timeout: 20_000,
      interval: 5,
    })
    await owner.kill('SIGKILL')
    expect(await readdir(dataDir)).not.toContain('postgres')

    const server = await scratch.start(dataDir)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    const startAgain = async () => {
      await (await scratch.start(dataDir)).stop()
      expect(await half()).toBeUndefined()
    }
    await vi.waitFor(startAgain, { timeout: 20_000 })
  })

  test('a cluster of another major version is refused', async () => {
    const dataDir = await scratch.directory()
    await mkdir(join(dataDir, 'postgres/data'), { recursive: true })
    await writeFile(join(dataDir, 'postgres/data/PG_VERSION'), '17\n')
    await expect(scratch.start(dataDir)).rejects.toMatchObject({
      code: 'cluster_version',
      message: expect.stringContaining('belongs to PostgreSQL 17'),
    })
  })

  test('what PostgreSQL itself refuses is told in one sentence, and frees the directory', async () => {
    const dataDir = await scratch.directory()
    await expect(scratch.start(dataDir, { settings: { max_connections: 'many' } })).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining('max_connections'),
    })
    expect(await query(await scratch.start(dataDir), 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a socket path too long for the system goes to a short private directory', async () => {
    const dataDir = join(await scratch.directory(0o711), 'd'.repeat(100))
    const server = await scratch.start(dataDir)
    expect(server.connection.host.length).toBeLessThan(90)
    expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })

  test('the log begins anew when it has grown large', async () => {
    const log = await readFile(join(sharedDir, 'postgres.log'), 'utf8')
    expect(log.length).toBeLessThan(100_000)
    expect(log).toContain('ready to accept connections')
  })

  test.runIf(process.platform === 'linux')(
    'PostgreSQL has a session of its own, so Ctrl-C does not reach it',
    async () => {
      const fields = (await readFile(`/proc/${shared.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')
      expect(Number(fields?.[3])).toBe(shared.pid)
    },
  )
})

describe('one owner', () => {
  test('a second server on the same directory is refused until the first has stopped', async () => {
    const dataDir = await scratch.directory()
    const refusal = { code: 'data_dir_in_use', message: expect.stringContaining(`using ${dataDir}: stop it`) }
    const server = await scratch.start(dataDir)
    await expect(scratch.start(dataDir)).rejects.toMatchObject(refusal)
    const other = scratch.owner(dataDir)
    await other.closed
    expect(other.errors()).toContain(`Another Countersign server (process ${process.pid} on `)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])

    await server.stop()
    const next = scratch.owner(dataDir)
    await next.ready()
    await expect(scratch.start(dataDir)).rejects.toMatchObject(refusal)
    await next.kill('SIGTERM')
  })

  test('of two that start at once on a new directory one wins and the other is refused', async () => {
    const dataDir = await scratch.directory()
    const results = await Promise.allSettled([scratch.owner(dataDir).ready(), scratch.owner(dataDir).ready()])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const [lost] = results.filter((result) => result.status === 'rejected')
    expect(String(lost?.reason)).toContain('Another Countersign server')
  })
})

describe('after a kill -9', () => {
  test('the next start stops the orphan and has every acknowledged row', async () => {
    const dataDir = await scratch.directory()
    const owner = scratch.owner(dataDir, 'insert')
    const orphan = await owner.ready()
    await vi.waitFor(() => expect(owner.lines.length).toBeGreaterThan(200), { timeout: 20_000 })
    await owner.kill('SIGKILL') // returns: PostgreSQL does not hold the owner's output open
    expect(isRunning(orphan.pid)).toBe(true)

    const server = await scratch.start(dataDir)
    expect(isRunning(orphan.pid)).toBe(false)
    const acknowledged = Number(owner.lines.at(-1))
    const [row] = await query(server, 'select count(*)::int as count, max(id) as max from acknowledged')
    expect(row?.['count']).toBe(row?.['max'])
    expect(row?.['max']).toBeGreaterThanOrEqual(acknowledged)
    expect(acknowledged).toBeGreaterThanOrEqual(200)
  })

  test('of the server and of PostgreSQL, while sessions are open, nothing acknowledged is lost', async () => {
    const dataDir = await scratch.directory()
    const owner = scratch.owner(dataDir, 'insert')
    const { pid } = await owner.ready()
    await vi.waitFor(() => expect(owner.lines.length).toBeGreaterThan(200), { timeout: 20_000 })
    owner.child.kill('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await owner.closed

    const server = await scratch.start(dataDir)
    const [row] = await query(server, 'select max(id) as max from acknowledged')
    expect(row?.['max']).toBeGreaterThanOrEqual(Number(owner.lines.at(-1)))
  })

  test('of PostgreSQL alone it is started again', async () => {
    const exits: boolean[] = []
    const server = await scratch.start(await scratch.directory(), {
      onUnexpectedExit: ({ restarted }) => exits.push(restarted),
    })
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(exits).toEqual([true]), { timeout: 20_000 })
    expect(server.pid).not.toBe(pid)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test.runIf(othersCanRun || !isRoot)(
    'a postmaster.pid whose number is now another program does not block',
    async () => {
      // PostgreSQL believes the file only when the number belongs to a process of its own account.
      const dataDir = await scratch.directory(isRoot ? 0o777 : 0o700)
      const account = isRoot ? nobody : {}
      const first = scratch.owner(dataDir, '', account)
      await first.ready()
      await first.kill('SIGTERM')
      const bystander = scratch.owner(join(dataDir, 'other'), '', account)
      await bystander.ready()
      const number = bystander.child.pid ?? 0
      await writeFile(join(dataDir, 'postgres/data/postmaster.pid'), `${number}\n${join(dataDir, 'postgres/data')}\n`)
      const again = scratch.owner(dataDir, '', account)
      await again.ready()
      expect(isRunning(number)).toBe(true)
      await again.kill('SIGTERM')
      await bystander.kill('SIGTERM')
    },
  )
})

describe.runIf(isRoot)('as root', () => {
  test('PostgreSQL runs as nobody, and its files let nobody else in', async () => {
    expect((await stat(`/proc/${shared.pid}`)).uid).toBe(nobody.uid)
    const home = await stat(join(sharedDir, 'postgres'))
    expect([home.uid, home.mode & 0o777]).toEqual([nobody.uid, 0o700])
    const outer = await stat(sharedDir)
    expect([outer.uid, outer.gid, outer.mode & 0o777]).toEqual([0, nobody.gid, 0o710])
  })

  test.runIf(othersCanRun)('a job of another account cannot reach the socket, the account of PostgreSQL can', () => {
    const path = JSON.stringify(join(shared.connection.host, '.s.PGSQL.5432'))
    const code = `require('net').connect(${path}).on('connect', () => process.exit(0)).on('error', (e) => { console.log(e.code); process.exit(1) })`
    const as = (account: object) =>
      spawnSync(process.execPath, ['-e', code], { ...account, encoding: 'utf8', cwd: '/' })
    expect(as(stranger).stdout.trim()).toBe('EACCES')
    expect(as(nobody).status).toBe(0)
  })

  test('the superuser and a wrong password are refused even with the socket at hand', async () => {
    const url = embeddedUrl(shared.connection)
    await expect(query(url.replace('//countersign:', '//postgres:'), 'select 1')).rejects.toThrow('pg_hba.conf')
    await expect(query(url.replace('//countersign:', '//countersign:x'), 'select 1')).rejects.toThrow('password')
  })

  test('a closed directory above the data directory is named', async () => {
    const closed = await scratch.directory()
    await expect(scratch.start(join(closed, 'data'))).rejects.toMatchObject({
      code: 'data_dir_unreachable',
      message: expect.stringContaining(`cannot enter ${closed}: run chmod o+x ${closed}`),
    })
    expect((await stat(closed)).mode & 0o777).toBe(0o700)
  })

  test.runIf(othersCanRun)(
    'started by another account it needs no root, and root goes on as that account',
    async () => {
      const dataDir = await scratch.directory(0o777)
      const owner = scratch.owner(dataDir, '', nobody)
      const { pid, url } = await owner.ready()
      expect((await stat(`/proc/${pid}`)).uid).toBe(nobody.uid)
      await query(url, 'create table kept (id int)')
      await owner.kill('SIGTERM')
      expect(isRunning(pid)).toBe(false)
      const server = await scratch.start(dataDir)
      expect(await query(server, 'select * from kept')).toEqual([])
    },
  )

  test('programs that PostgreSQL cannot reach are copied, links included', async () => {
    const { directory: packaged } = await locateBinaries('/nonexistent', undefined)
    const closed = await scratch.directory()
    await symlink(packaged, join(closed, 'native'))
    await writeFile(join(closed, 'package.json'), '{"version":"18.4.0-test"}')
    const dataDir = await scratch.directory(0o711)
    const copy = await locateBinaries(dataDir, nobody, join(closed, 'native'))
    expect(copy).toEqual({ directory: join(dataDir, 'postgres-18.4.0-test'), major: '18' })
    const run = spawnSync(join(copy.directory, 'bin/postgres'), ['--version'], {
      ...nobody,
      encoding: 'utf8',
      cwd: '/',
    })
    expect(run.stdout).toContain('PostgreSQL) 18')
    expect(await locateBinaries(dataDir, nobody, join(closed, 'native'))).toEqual(copy)
  })
})
