/** Logs and artifacts of a server that keeps them in an S3-compatible store, from the runner's upload to their removal. */
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archiveFinishedLogs } from '../../src/app/archive-log.ts'
import { removeBlobs } from '../../src/app/expire-artifacts.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aDeploymentWorld, push } from '../helpers/deployment-world.ts'
import { type S3Server, startS3Server } from '../helpers/s3-server.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'
import { zipOf } from '../helpers/zip.ts'

let s3: S3Server
let server: TestServer
beforeAll(async () => {
  s3 = await startS3Server()
  server = await startTestServer({ timing: { holdMs: 0 }, objectStore: s3.target })
})
afterAll(async () => {
  await server.stop()
  await s3.close()
})

test('artifacts and a log go there, are read whole and in part, and are removed', async () => {
  const world = await aDeploymentWorld(server)
  await push(world, 'make: {script: [make], artifacts: {paths: [out]}}')
  const runner = await aRunner(server, { projectId: world.project.id })
  const job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.update(job, 'running')
  await runner.log(job, 0, 'line one\nline two\n')

  // More than one part of a multipart upload.
  const zip = zipOf([
    { name: 'out/large', data: randomBytes(9 * 1024 * 1024).toString('hex') },
    { name: 'out/page.html', data: '<h1>it</h1>' },
  ])
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(zip)]), 'artifacts.zip')
  const headers = { 'job-token': job.token }
  const uploaded = await fetch(`${server.url}/api/v4/jobs/${job.id}/artifacts`, { method: 'POST', headers, body: form })
  expect(uploaded.status).toBe(201)
  await runner.update(job, 'success')
  await archiveFinishedLogs(server.app)

  const kinds = [...s3.objects.keys()].map((key) => key.split('/')[0])
  expect([new Set(kinds), s3.objects.size, s3.unfinished.size]).toEqual([new Set(['artifacts', 'logs']), 2, 0])
  expect(await readdir(server.dataDir)).not.toContain('blobs')

  const get = async (path: string, range?: string) => {
    const response = await fetch(`${server.url}/api/v4/projects/${world.project.id}/jobs/${job.id}/${path}`, {
      headers: { 'private-token': world.developer.token, ...(range ? { range } : {}) },
    })
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
  }
  expect((await get('artifacts')).body.equals(zip)).toBe(true)
  expect((await get('artifacts', 'bytes=100-199')).body.equals(zip.subarray(100, 200))).toBe(true)
  expect((await get('artifacts/out/page.html')).body.toString()).toBe('<h1>it</h1>')
  expect((await get('trace')).body.toString()).toBe('line one\nline two\n')

  expect(
    (await server.api(world.maintainer.token).post(`/projects/${world.project.id}/jobs/${job.id}/erase`)).status,
  ).toBe(201)
  await expect
    .poll(async () => {
      await inTransaction(server.app.db, (tx) =>
        tx
          .updateTable('blob_removals')
          .set({ due_at: new Date(0) })
          .execute(),
      )
      await removeBlobs(server.app)
      return s3.objects.size
    })
    .toBe(0)
}, 30_000)
