/** Logs on their way out of the database: read at any moment, killed at any moment. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { archiveFinishedLogs, archiveLog } from '../../src/app/archive-log.ts'
import type { App } from '../../src/app/context.ts'
import { removeBlobs } from '../../src/app/expire-artifacts.ts'
import { readLogRange } from '../../src/app/read-log.ts'
import { eraseJobData } from '../../src/db/erase-job.ts'
import { appendLog, resetLog } from '../../src/db/job-logs.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 50 } })
  world = await aDeploymentWorld(server)
})
afterAll(() => server.stop())

/** A job that is over, with a log of several parts. */
async function aFinishedJob(parts: readonly string[], end = true): Promise<number> {
  await push(world, 'workflow: { auto_cancel: { on_new_commit: none } }\njob: { script: [x] }\n')
  const runner = await aRunner(server, { projectId: world.project.id })
  const job = await runner.request()
  if (!job) throw new Error('the runner got no job')
  await runner.update(job, 'running')
  let size = 0
  for (const part of parts) {
    await runner.log(job, size, part)
    size += Buffer.byteLength(part)
  }
  if (end) await runner.update(job, 'success')
  return job.id
}

async function stateOf(jobId: number) {
  const job = await server.db
    .selectFrom('jobs')
    .select(['log_size', 'log_blob'])
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow()
  const chunks = await server.db
    .selectFrom('job_log_chunks')
    .select('start_offset')
    .where('job_id', '=', jobId)
    .execute()
  return { size: job.log_size, archived: job.log_blob !== null, chunks: chunks.length }
}

async function dueBlobs(jobId: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('blob_removals')
    .select('key')
    .where('key', 'like', `logs/%/${jobId}-%`)
    .execute()
  return rows.map((row) => row.key)
}

const textOf = async (jobId: number, from: number, to: number) =>
  (await buffer(readLogRange(server.app, jobId, from, to))).toString()

const real: App['blobs']['put'] = (key, content, max) => server.app.blobs.put(key, content, max)
/** The same app with a store that does something else when a blob is put. */
const withPut = (put: App['blobs']['put']): App => ({ ...server.app, blobs: { ...server.app.blobs, put } })

const parts = ['first part\n', 'second part\n', 'third part\n']
const text = parts.join('')

describe('archiving a log', () => {
  it('moves it, and it reads the same, whole and in part', async () => {
    const id = await aFinishedJob(parts)
    expect(await stateOf(id)).toEqual({ size: text.length, archived: false, chunks: 3 })
    expect(await archiveLog(server.app, id)).toBe(true)
    expect(await stateOf(id)).toEqual({ size: text.length, archived: true, chunks: 0 })
    for (const [from, to] of [
      [0, text.length],
      [5, 20],
      [text.length - 1, text.length],
    ] as const) {
      expect(await textOf(id, from, to)).toBe(text.slice(from, to))
    }
    const api = server.api(world.developer.token)
    const path = `/projects/${world.project.id}/jobs/${id}`
    expect((await api.get(`${path}/trace`)).body).toBe(text)
    expect((await api.get(`${path}/trace`, { range: 'bytes=6-9' })).body).toBe('part')
    expect((await api.get(path)).body).toMatchObject({
      artifacts: [{ file_type: 'trace', size: text.length, filename: 'job.log', file_format: null }],
    })
    expect(await archiveLog(server.app, id)).toBe(false)
    expect(await dueBlobs(id)).toEqual([])
  })

  it('four at once: one does it, and the blobs of the others go', async () => {
    const id = await aFinishedJob(parts)
    const done = await Promise.all(Array.from({ length: 4 }, () => archiveLog(server.app, id)))
    expect(done.filter(Boolean)).toHaveLength(1)
    await removeBlobs(server.app)
    expect(await dueBlobs(id)).toEqual([])
    expect(await textOf(id, 0, text.length)).toBe(text)
  })

  it('killed before, while and after the blob is stored, loses nothing and leaves nothing', async () => {
    const id = await aFinishedJob(parts)
    const crash = new Error('killed')
    const before = withPut(() => Promise.reject(crash))
    const halfway = withPut(async (key, content, max) => {
      await real(key, Readable.from([(await buffer(content)).subarray(0, 5)]), max)
      throw crash
    })
    const after = withPut(async (key, content, max) => {
      await real(key, content, max)
      throw crash
    })
    for (const app of [before, halfway, after]) {
      await expect(archiveLog(app, id)).rejects.toBe(crash)
      expect(await stateOf(id)).toEqual({ size: text.length, archived: false, chunks: 3 })
      expect(await textOf(id, 0, text.length)).toBe(text)
    }
    // Known to the worker, which removes them when they are due.
    const left = await dueBlobs(id)
    expect(left).toHaveLength(3)
    expect(await archiveLog(server.app, id)).toBe(true)
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('blob_removals').set({ due_at: new Date() }).where('key', 'in', left).execute(),
    )
    await removeBlobs(server.app)
    for (const key of left) expect(await server.app.blobs.get(key)).toBeNull()
    expect(await textOf(id, 0, text.length)).toBe(text)
  })

  it('a store that answers another size is not believed', async () => {
    const id = await aFinishedJob(parts)
    const short = withPut(async (key, content, max) => ({ ...(await real(key, content, max)), size: 1 }))
    expect(await archiveLog(short, id)).toBe(false)
    expect(await stateOf(id)).toMatchObject({ archived: false, chunks: 3 })
  })

  it('an erased log does not come back', async () => {
    const id = await aFinishedJob(parts)
    const erasing = withPut(async (key, content, max) => {
      const stored = await real(key, content, max)
      await inTransaction(server.app.db, (tx) => eraseJobData(tx, id, world.maintainer.id))
      return stored
    })
    expect(await archiveLog(erasing, id)).toBe(false)
    expect(await stateOf(id)).toEqual({ size: 0, archived: false, chunks: 0 })
    await removeBlobs(server.app)
    expect(await dueBlobs(id)).toEqual([])
  })

  it('is read on while it is archived', async () => {
    const many = Array.from({ length: 40 }, (_, index) => `${String(index).padStart(9)}\n`.repeat(2_000))
    const id = await aFinishedJob(many)
    const whole = many.join('')
    const stream = readLogRange(server.app, id, 0, whole.length)
    const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    const read: Buffer[] = []
    const first = await iterator.next()
    if (!first.done) read.push(first.value)
    expect(await archiveLog(server.app, id)).toBe(true)
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) read.push(next.value)
    expect(Buffer.concat(read).toString() === whole).toBe(true)
  })

  it('late words of a runner change nothing', async () => {
    const id = await aFinishedJob(parts)
    await archiveLog(server.app, id)
    const late = await inTransaction(server.app.db, (tx) => appendLog(tx, id, text.length, Buffer.from('late')))
    expect(late).toEqual({ appended: false, size: text.length })
    await inTransaction(server.app.db, (tx) => resetLog(tx, id))
    expect(await stateOf(id)).toEqual({ size: text.length, archived: true, chunks: 0 })
  })

  it('goes over all jobs that are over, and over no other', async () => {
    const [over, empty, running] = [await aFinishedJob(parts), await aFinishedJob([]), await aFinishedJob(parts, false)]
    await archiveFinishedLogs(server.app)
    expect(await stateOf(over)).toMatchObject({ archived: true, chunks: 0 })
    expect(await stateOf(empty)).toMatchObject({ archived: false, chunks: 0 })
    expect(await stateOf(running)).toMatchObject({ archived: false, chunks: 3 })
  })
})
