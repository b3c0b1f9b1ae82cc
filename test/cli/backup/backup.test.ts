import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeBackup } from '../../../src/cli/backup/make-backup.ts'
import { settleRestore } from '../../../src/cli/backup/settle-restore.ts'
import { exportDatabase } from '../../../src/db/backup.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { closeDatabase, type Db, openDatabase } from '../../../src/db/open.ts'
import { whileAloneRestoring } from '../../../src/db/restore.ts'
import { inTransaction } from '../../../src/db/transaction.ts'
import { openStore } from '../../../src/git/repository-store.ts'
import { aProject, aUser, unique } from '../../helpers/builders.ts'
import { createEmptyDatabase } from '../../helpers/database.ts'
import { aDeploymentWorld, type DeploymentWorld, deploymentOf, push } from '../../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { deadUrl, oneSentence, type Running, run, scratchDir, start } from '../helpers/run.ts'

/** What a server keeps: where its rows and its files are. */
interface Place {
  readonly db: Db
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
}

type Files = Pick<Place, 'dataDir' | 'env'>

let server: TestServer
let source: Place
let world: DeploymentWorld
beforeAll(async () => {
  server = await startTestServer()
  const env = { DATABASE_URL: server.database.url, COUNTERSIGN_DATA_DIR: server.dataDir }
  source = { db: server.db, dataDir: server.dataDir, env }
  world = await aDeploymentWorld(server)
  return () => server.stop()
})

const undo: (() => Promise<void>)[] = []
let folder: string
beforeEach(async () => {
  const scratch = await scratchDir()
  undo.push(() => scratch.remove())
  folder = scratch.path
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

/** An empty database and a data directory that is not there yet. */
async function emptyPlace(): Promise<Place> {
  const database = await createEmptyDatabase()
  const db = await openDatabase({ kind: 'url', url: database.url }, { poolSize: 2 })
  undo.push(async () => {
    await closeDatabase(db)
    await database.drop()
  })
  const dataDir = join(folder, unique('data'))
  return { db, dataDir, env: { DATABASE_URL: database.url, COUNTERSIGN_DATA_DIR: dataDir } }
}

/** A job's log in the blob store, as archiving leaves it. */
async function archiveLog(jobId: number, content: Buffer): Promise<void> {
  const key = `jobs/${jobId}/log`
  await server.app.blobs.put(key, Readable.from([content]), 10_000_000)
  await inTransaction(server.db, (tx) =>
    tx.updateTable('jobs').set({ log_blob: key }).where('id', '=', jobId).execute(),
  )
}

/** Every row, without the lines that name the moment of the export. */
async function rowsOf({ db }: Place): Promise<string[]> {
  const output = new PassThrough()
  const [bytes] = await Promise.all([buffer(output), exportDatabase(db, output)])
  return bytes.toString().split('\n').slice(1, -2)
}

const git = (repository: string, args: readonly string[], input = '') =>
  execFileSync('git', ['-c', 'safe.directory=*', '--git-dir', repository, ...args], { encoding: 'utf8', input })
const repositoryOf = ({ dataDir }: Place, projectId: number) => join(dataDir, 'repositories', `${projectId}.git`)

function refsOf(place: Place, projectId: number): string {
  const repository = repositoryOf(place, projectId)
  return git(repository, ['symbolic-ref', 'HEAD']) + git(repository, ['for-each-ref'])
}

/** What must hold wherever a backup was taken: what the rows name is in the files. */
async function expectWhole(place: Place): Promise<void> {
  const projects = await place.db.selectFrom('projects').select('id').execute()
  const repositories = (await readdir(join(place.dataDir, 'repositories'))).filter((name) => name.endsWith('.git'))
  expect(new Set(repositories)).toEqual(new Set(projects.map(({ id }) => `${id}.git`)))
  const deployed = await place.db.selectFrom('deployments').select(['project_id', 'sha']).execute()
  for (const { id } of projects) {
    const shas = deployed.filter((one) => one.project_id === id).map((one) => one.sha)
    const types = git(repositoryOf(place, id), ['cat-file', '--batch-check=%(objecttype)'], shas.join('\n'))
    expect(types).toBe('commit\n'.repeat(shas.length))
  }
  const logs = await place.db.selectFrom('jobs').select('log_blob').where('log_blob', 'is not', null).execute()
  for (const { log_blob: key } of logs)
    expect((await stat(join(place.dataDir, 'blobs', key ?? ''))).isFile()).toBe(true)
}

const backupTo = (place: Place, file: string) => run(['backup', file], { env: place.env })
const restoreFrom = (place: Place, file: string, ...more: string[]) =>
  run(['restore', file, ...more], { env: place.env })

describe('backup and restore', () => {
  test('rows, refs, objects that no ref leads to, and blobs come back as they were', async () => {
    const { pipelineId } = await push(world)
    const { jobId } = await deploymentOf(world, pipelineId)
    const log = randomBytes(300_000)
    await archiveLog(jobId, log)
    await aProject(server)
    const repository = server.app.repositories.open(world.project.id)
    const lost = execFileSync('git', ['--git-dir', repository.path, 'hash-object', '-w', '--stdin'], {
      input: 'lost',
      encoding: 'utf8',
    })

    const file = join(folder, 'backup.tar')
    const made = await run(['backup', file, '--json'], { env: source.env })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(made.stdout)).toMatchObject({ file, repositories: 2 })
    // It holds digests and secrets.
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['backup.tar'])

    const target = await emptyPlace()
    const restored = await restoreFrom(target, file)
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Restored \d+ rows, 2 repositories and \d+ blobs?\.\n$/),
    })
    const before = await rowsOf(source)
    const after = await rowsOf(target)
    // Only the record of the restore is new.
    const added = after.filter((line) => !before.includes(line))
    expect(added.filter((line) => line.startsWith('['))).toEqual([expect.stringContaining('instance_restored')])
    expect(before.filter((line) => !after.includes(line) && line.startsWith('['))).toEqual([])
    expect(refsOf(target, world.project.id)).toBe(refsOf(source, world.project.id))
    expect(git(repositoryOf(target, world.project.id), ['cat-file', 'blob', lost.trim()])).toBe('lost')
    expect(await readFile(join(target.dataDir, 'blobs', `jobs/${jobId}/log`))).toEqual(log)
    await expectWhole(target)

    // And a server goes on with it.
    const url = target.env['DATABASE_URL'] ?? ''
    const database = { db: target.db, url, target: { kind: 'url', url }, drop: () => Promise.resolve() } as const
    const again = await startTestServer({ database, dataDir: target.dataDir })
    const deployments = await again
      .api(world.developer.token)
      .get(`/projects/${world.project.id}/deployments?status=blocked`)
    expect(deployments.status).toBe(200)
    await push({ ...world, server: again })
    await again.stop()
  })

  test('while a server writes: what was acknowledged before is there, and what is there is whole', async () => {
    const before = await push(world)
    const over = new AbortController()
    let writes = 0
    const writing = (async () => {
      while (!over.signal.aborted) {
        const { pipelineId } = await push(world)
        const { jobId } = await deploymentOf(world, pipelineId)
        await archiveLog(jobId, randomBytes(10_000))
        if (writes % 3 === 0) git(repositoryOf(source, world.project.id), ['gc', '--quiet'])
        if (writes % 3 === 1) await aProject(server)
        writes += 1
      }
    })()
    const file = join(folder, 'busy.tar')
    const backups = []
    for (let round = 0; round < 2; round += 1) backups.push(await backupTo(source, file))
    over.abort()
    await writing
    expect(backups.map((one) => [one.code, one.stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(writes).toBeGreaterThan(0)

    const target = await emptyPlace()
    expect(await restoreFrom(target, file)).toMatchObject({ code: 0 })
    await expectWhole(target)
    git(repositoryOf(target, world.project.id), ['fsck', '--strict', '--no-progress'])
    const found = await target.db
      .selectFrom('pipelines')
      .select('sha')
      .where('id', '=', before.pipelineId)
      .executeTakeFirst()
    expect(found).toEqual({ sha: before.sha })
  })

  test('rows are read before the files that they need, whatever is written in between', async () => {
    for (let blob = 10; blob < 50; blob += 1) {
      await server.app.blobs.put(`z/${blob}`, Readable.from([Buffer.from('blob')]), 100)
    }
    const kept: Buffer[] = []
    let pushed: { readonly sha: string } | null = null
    const output = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        kept.push(chunk)
        // Repositories and logs came before it, and more is to come than streams hold on their way.
        if (!chunk.includes('blobs/z/10')) return done()
        pushAndArchive().then(() => done(), done)
      },
    })
    const pushAndArchive = async () => {
      const made = await push(world)
      await archiveLog((await deploymentOf(world, made.pipelineId)).jobId, randomBytes(100))
      pushed = made
    }
    const storage = { ...source, serverRuns: 'yes', close: () => Promise.resolve() } as const
    await makeBackup(storage, output, { spoolDir: folder, signal: new AbortController().signal })
    expect(pushed).not.toBeNull()
    const file = join(folder, 'paused.tar')
    await writeFile(file, Buffer.concat(kept))
    const target = await emptyPlace()
    expect(await restoreFrom(target, file)).toMatchObject({ code: 0 })
    await expectWhole(target)
  })

  test('through pipes', async () => {
    const made = start(['backup', '-'], { env: source.env })
    const chunks: Buffer[] = []
    made.child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    expect(await made.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Backed up \d+ rows/) })
    const target = await emptyPlace()
    const restored = await run(['restore', '-', '--json'], { env: target.env, input: Buffer.concat(chunks) })
    expect(JSON.parse(restored.stdout)).toMatchObject({ rows: expect.any(Number), repositories: expect.any(Number) })
    await expectWhole(target)
  })

  test('a project whose repository was removed meanwhile gets an empty one', async () => {
    const target = await emptyPlace()
    const project = await aProject(server)
    await server.app.repositories.remove(project.id)
    const file = join(folder, 'backup.tar')
    await backupTo(source, file)
    await server.app.repositories.create(project.id, 'main')
    expect((await restoreFrom(target, file)).code).toBe(0)
    expect(refsOf(target, project.id)).toBe('refs/heads/main\n')
    await expectWhole(target)
  })
})

describe('a restore', () => {
  let file: string
  beforeEach(async () => {
    file = join(folder, 'backup.tar')
    expect((await backupTo(source, file)).code).toBe(0)
  })

  test('into a place that is not empty is refused and changes nothing; --replace replaces everything', async () => {
    const target = await emptyPlace()
    expect((await restoreFrom(target, file)).code).toBe(0)
    // A later state of the target, which the backup knows nothing of.
    const stranger = await aUser({ app: { ...server.app, db: target.db } })
    await writeFile(join(target.dataDir, 'blobs', 'later'), 'later')
    const before = await rowsOf(target)

    const refused = await restoreFrom(target, file)
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/is not empty\. Use --replace/),
    })
    expect(refused.stderr).toMatch(oneSentence)
    expect(await rowsOf(target)).toEqual(before)
    expect(await readFile(join(target.dataDir, 'blobs', 'later'), 'utf8')).toBe('later')

    expect(await restoreFrom(target, file, '--replace')).toMatchObject({ code: 0 })
    const users = await target.db.selectFrom('users').select('id').where('username', '=', stranger.username).execute()
    expect(users).toEqual([])
    await expect(stat(join(target.dataDir, 'blobs', 'later'))).rejects.toMatchObject({ code: 'ENOENT' })
    await expectWhole(target)
    expect(await leftovers(target)).toEqual([])
  })

  test('with files but no rows is refused too', async () => {
    const target = await emptyPlace()
    expect((await restoreFrom(target, file)).code).toBe(0)
    const other = await emptyPlace()
    const env = { ...other.env, COUNTERSIGN_DATA_DIR: target.dataDir }
    expect(await run(['restore', file], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('repositories is not empty'),
    })
    expect(await other.db.selectFrom('users').select('id').execute()).toEqual([])
  })

  test('of a damaged backup is refused and leaves nothing', async () => {
    const bytes = await readFile(file)
    for (const damaged of [
      bytes.subarray(0, -2_000),
      Buffer.concat([bytes.subarray(0, 5_000), bytes.subarray(5_001)]),
    ]) {
      const target = await emptyPlace()
      await writeFile(file, damaged)
      const refused = await restoreFrom(target, file)
      expect(refused).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('not a whole Countersign backup'),
      })
      expect(await target.db.selectFrom('users').select('id').execute()).toEqual([])
      expect(await readdir(target.dataDir)).toEqual([])
    }
  })

  test('killed in the middle of reading leaves nothing, and the next one succeeds', async () => {
    const target = await emptyPlace()
    const running = await halfRestore(target)
    running.child.kill('SIGKILL')
    await running.ended
    expect(await target.db.selectFrom('users').select('id').execute()).toEqual([])
    expect(await leftovers(target)).toHaveLength(1)
    expect(await readdir(target.dataDir)).toHaveLength(1)

    expect(await restoreFrom(target, file)).toMatchObject({ code: 0 })
    expect(await leftovers(target)).toEqual([])
    await expectWhole(target)
  })

  test('killed at any moment leaves all of the old or all of the new', async () => {
    const target = await emptyPlace()
    expect((await restoreFrom(target, file)).code).toBe(0)
    const repositories = await openStore(join(target.dataDir, 'repositories'))
    const old = await aProject({ app: { ...server.app, db: target.db, repositories } })
    await repositories.close()
    const isOld = async () =>
      (await target.db.selectFrom('projects').select('id').where('path', '=', old.path).execute()).length === 1
    let kills = 0
    for (let life = 100; await isOld(); life += 120) {
      const { child, ended } = start(['restore', file, '--replace'], { env: target.env })
      await Promise.race([ended, delay(life)])
      child.kill('SIGKILL')
      await ended
      kills += 1
      // What a server does when it starts.
      await settleRestore(target.db, target.dataDir)
      await expectWhole(target)
      expect(await leftovers(target)).toEqual([])
    }
    expect(kills).toBeGreaterThan(2)
  })

  test('interrupted says so and leaves nothing', async () => {
    const target = await emptyPlace()
    const running = await halfRestore(target)
    running.child.kill('SIGTERM')
    expect(await running.ended).toEqual({ code: 1, stdout: '', stderr: 'Interrupted before it was done.\n' })
    expect(await readdir(target.dataDir)).toEqual([])
    expect(await target.db.selectFrom('users').select('id').execute()).toEqual([])
  })

  test('whose database goes away is told in one sentence', async () => {
    const database = await createEmptyDatabase()
    const dataDir = join(folder, 'data')
    const target = { dataDir, env: { DATABASE_URL: database.url, COUNTERSIGN_DATA_DIR: dataDir } }
    const running = await halfRestore(target)
    await database.drop()
    running.child.stdin?.end((await readFile(file)).subarray(running.given))
    const done = await running.ended
    expect(done).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(oneSentence) })
    expect((await readdir(dataDir)).filter((name) => !name.startsWith('restore-'))).toEqual([])
  })

  test('while another one is under way is refused', async () => {
    const target = await emptyPlace()
    await migrate(target.db)
    await whileAloneRestoring(target.db, false, async () => {
      expect(await restoreFrom(target, file)).toMatchObject({ code: 1, stderr: 'Another restore is under way.\n' })
    })
  })

  /** A restore that has read nine tenths of the backup and waits for the rest. */
  async function halfRestore(target: Files): Promise<Running & { readonly given: number }> {
    const bytes = await readFile(file)
    const input = bytes.subarray(0, Math.floor(bytes.length * 0.9))
    const running = start(['restore', '-'], { env: target.env, input, inputStaysOpen: true })
    const end = Date.now() + 45_000
    while (!(await stagedRepositories(target))) {
      if (Date.now() > end || running.child.exitCode !== null) throw new Error(`nothing is staged: ${running.stderr()}`)
      await delay(20)
    }
    return { ...running, given: input.length }
  }
})

const leftovers = async ({ dataDir }: Files) => (await readdir(dataDir)).filter((name) => name.startsWith('restore-'))

async function stagedRepositories(place: Files): Promise<boolean> {
  const [staging] = await leftovers(place).catch(() => [])
  if (staging === undefined) return false
  const names = await readdir(join(place.dataDir, staging, 'repositories')).catch(() => [])
  return names.some((name) => name.endsWith('.git'))
}

describe('called in vain', () => {
  const env = (): Record<string, string> => ({ COUNTERSIGN_DATA_DIR: join(folder, 'none') })
  test('a directory without a Countersign', async () => {
    const done = await run(['backup', join(folder, 'b.tar')], { env: env() })
    expect(done).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('There is no Countersign in') })
    expect(await readdir(folder)).toEqual([])
  })

  test('a file that cannot be written, and one that is not there', async () => {
    const nowhere = join(folder, 'no', 'where.tar')
    expect(await backupTo(source, nowhere)).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') })
    const done = await run(['restore', nowhere], { env: env() })
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot read') })
    expect(await readdir(folder)).toEqual([])
  })

  test('a database that cannot be reached', async () => {
    const url = (await deadUrl()).replace('http://', 'postgres://me:secret@')
    const done = await run(['backup', join(folder, 'b.tar')], { env: { ...env(), DATABASE_URL: `${url}/x` } })
    expect(done).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('Cannot use PostgreSQL at') })
    expect(done.stderr).not.toContain('secret')
    expect(await readdir(folder)).toEqual([])
  })

  test('a database without a schema', async () => {
    const target = await emptyPlace()
    const done = await run(['backup', join(folder, 'b.tar')], { env: target.env })
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing to back up') })
    expect(await readdir(folder)).toEqual([])
  })

  test.each<[string, string[], Record<string, string>]>([
    ['no file', ['backup'], {}],
    ['JSON beside the archive', ['backup', '-', '--json'], {}],
    ['a setting that cannot be', ['backup', 'x.tar'], { DATABASE_URL: 'mysql://x' }],
    ['an unknown option', ['restore', 'x.tar', '--force'], {}],
  ])('%s is wrong usage', async (_, args, more) => {
    const done = await run(args, { env: { ...env(), ...more }, cwd: folder })
    expect(done).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(oneSentence) })
  })
})
