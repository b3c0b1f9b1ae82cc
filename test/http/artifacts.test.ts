/** Artifacts over real HTTP: uploaded by a runner, downloaded by people and jobs, kept, deleted and expired. */
import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expireArtifacts, removeBlobs } from '../../src/app/expire-artifacts.ts'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { deleteRef } from '../../src/git/refs.ts'
import { aMember, aUser } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, inviteOperators, protect, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'
import { zipOf } from '../helpers/zip.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 50 } })
})
afterAll(() => server.stop())

const file = `stages: [build, deploy]
workflow: { auto_cancel: { on_new_commit: none } }
compile: { stage: build, script: [make], artifacts: { paths: [out/] } }
ship: { stage: deploy, script: [./ship] }
`
const zip = zipOf([
  { name: 'out/app.txt', data: 'the application' },
  { name: 'out/page.html', data: '<script>alert(1)</script>' },
])

interface Running {
  readonly world: DeploymentWorld
  readonly runner: TestRunner
  readonly job: JobPayload
  readonly pipelineId: number
}

async function aRunningJob(config = file): Promise<Running> {
  const world = await aDeploymentWorld(server)
  const { pipelineId } = await push(world, config)
  const runner = await aRunner(server, { projectId: world.project.id })
  return { world, runner, job: await begin(runner), pipelineId }
}

async function begin(runner: TestRunner): Promise<JobPayload> {
  const job = await runner.request()
  if (!job) throw new Error('the runner got no job')
  await runner.update(job, 'running')
  return job
}

async function upload(
  job: { readonly id: number; readonly token: string },
  content: Buffer | string = zip,
  options: { query?: string; filename?: string; field?: string } = {},
) {
  const form = new FormData()
  form.append(
    options.field ?? 'file',
    new Blob([new Uint8Array(Buffer.from(content))]),
    options.filename ?? 'artifacts.zip',
  )
  const response = await fetch(`${server.url}/api/v4/jobs/${job.id}/artifacts${options.query ?? ''}`, {
    method: 'POST',
    headers: { 'job-token': job.token },
    body: form,
  })
  return { status: response.status, body: (await response.json()) as { message?: unknown; error?: string } }
}

const dotenv = { query: '?artifact_type=dotenv&artifact_format=gzip', filename: '.env' }
const jobPath = ({ world, job }: Pick<Running, 'world' | 'job'>) => `/projects/${world.project.id}/jobs/${job.id}`

async function bytes(path: string, headers: Record<string, string>) {
  const response = await fetch(`${server.url}/api/v4${path}`, { headers })
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
}
const as = (user: { readonly token: string }) => ({ 'private-token': user.token })

async function rowsOf(jobId: number) {
  return server.db.selectFrom('job_artifacts').selectAll().where('job_id', '=', jobId).orderBy('id').execute()
}

async function dueKeys(): Promise<string[]> {
  return (await server.db.selectFrom('blob_removals').select('key').execute()).map((row) => row.key)
}

describe('upload', () => {
  it('stores the archive, tells the job, and keeps it 30 days', async () => {
    const running = await aRunningJob()
    expect(await upload(running.job, zip, { filename: '../../evil.zip' })).toMatchObject({ status: 201 })
    const [row] = await rowsOf(running.job.id)
    expect(row).toMatchObject({ file_type: 'archive', file_format: 'zip', filename: 'evil.zip', size: zip.length })
    const days = ((row?.expire_at?.getTime() ?? 0) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(29.9)
    expect(days).toBeLessThan(30.1)
    const { body } = await server.api(running.world.developer.token).get(jobPath(running))
    expect(body).toMatchObject({
      artifacts_file: { filename: 'evil.zip', size: zip.length },
      artifacts: [{ file_type: 'archive', size: zip.length, filename: 'evil.zip', file_format: 'zip' }],
      artifacts_expire_at: row?.expire_at?.toISOString(),
    })
    expect(await dueKeys()).not.toContain(row?.blob)
  })

  it.each([
    ['1 week', 7 * 86_400],
    ['90', 90],
    ['never', null],
    ['0', null],
  ])('expires in %s', async (expireIn, seconds) => {
    const { job } = await aRunningJob()
    expect((await upload(job, zip, { query: `?expire_in=${encodeURIComponent(expireIn)}` })).status).toBe(201)
    const [row] = await rowsOf(job.id)
    if (seconds === null) expect(row?.expire_at).toBeNull()
    else expect(Math.abs((row?.expire_at?.getTime() ?? 0) - Date.now() - seconds * 1000)).toBeLessThan(30_000)
  })

  it('takes the same file again, and refuses another one of the same type', async () => {
    const { job } = await aRunningJob()
    expect((await upload(job)).status).toBe(201)
    expect((await upload(job)).status).toBe(201)
    expect(await upload(job, zipOf([{ name: 'other', data: 'x' }]))).toMatchObject({
      status: 400,
      body: { message: 'another artifact of the same type already exists' },
    })
    const rows = await rowsOf(job.id)
    expect(rows).toHaveLength(1)
    // The blobs of the other two uploads go.
    expect(await dueNow(job.id)).toHaveLength(2)
    await removeBlobs(server.app)
    expect(await server.app.blobs.get(rows[0]?.blob ?? '').then((blob) => blob?.destroy() ?? null)).not.toBeNull()
  })

  it('sent five times at once is stored once', async () => {
    const { job } = await aRunningJob()
    const answers = await Promise.all(Array.from({ length: 5 }, () => upload(job)))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    expect(await rowsOf(job.id)).toHaveLength(1)
  })

  it.each([
    ['?artifact_type=nonsense', 400, { error: 'artifact_type does not have a valid value' }],
    ['?artifact_format=tar', 400, { error: 'artifact_format does not have a valid value' }],
    ['?artifact_format=raw', 400, { message: 'Invalid file format with specified file type' }],
    ['?expire_in=whenever', 400, { error: 'expire_in is invalid' }],
  ])('refuses %s', async (query, status, body) => {
    const { job } = await aRunningJob()
    expect(await upload(job, zip, { query })).toMatchObject({ status, body })
    expect(await rowsOf(job.id)).toEqual([])
  })

  it('refuses a form without the file, something else than a form, and a form that breaks off', async () => {
    const { job } = await aRunningJob()
    expect(await upload(job, zip, { field: 'other' })).toMatchObject({
      status: 400,
      body: { error: 'file is missing' },
    })
    const headers = { 'job-token': job.token }
    const path = `/jobs/${job.id}/artifacts`
    expect(await server.api().post(path, 'plain', { ...headers, 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      body: { error: 'file is missing' },
    })
    expect((await server.api().post(path, 'x', { ...headers, 'content-type': 'multipart/form-data' })).status).toBe(400)
    const cut = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\nhalf of it'
    expect(
      await server.api().post(path, cut, { ...headers, 'content-type': 'multipart/form-data; boundary=b' }),
    ).toMatchObject({ status: 400, body: { message: '400 Bad request - The upload broke off' } })
    expect(await rowsOf(job.id)).toEqual([])
  })

  it('keeps nothing of an upload whose connection ends', async () => {
    const { job } = await aRunningJob()
    const sent = httpRequest(`${server.url}/api/v4/jobs/${job.id}/artifacts`, {
      method: 'POST',
      headers: { 'job-token': job.token, 'content-type': 'multipart/form-data; boundary=b' },
    })
    sent.on('error', () => undefined)
    sent.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\nhalf')
    await expect.poll(() => reservedFor(job.id), { timeout: 20_000 }).toBe(1)
    sent.destroy()
    await expect.poll(() => dueNow(job.id), { timeout: 20_000 }).toHaveLength(1)
    expect(await rowsOf(job.id)).toEqual([])
    await removeBlobs(server.app)
    expect(await dueNow(job.id)).toEqual([])
  })

  it('refuses what arrives after its job has ended', async () => {
    const { job, runner } = await aRunningJob()
    const answer = new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest(`${server.url}/api/v4/jobs/${job.id}/artifacts`, {
        method: 'POST',
        headers: { 'job-token': job.token, 'content-type': 'multipart/form-data; boundary=b' },
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\nhalf')
      void endWhile(job, runner).then(() => sent.end('\r\n--b--\r\n'), reject)
    })
    expect(await answer).toBe(403)
    expect(await rowsOf(job.id)).toEqual([])
    expect(await dueNow(job.id)).toHaveLength(1)
  })

  it('413 for a file above the limit of its type, and the blob goes', async () => {
    const { job } = await aRunningJob()
    const query = '?artifact_type=terraform&artifact_format=raw'
    expect(await upload(job, Buffer.alloc(5 * 1024 * 1024 + 1), { query })).toMatchObject({
      status: 413,
      body: { message: '413 Request Entity Too Large' },
    })
    expect(await rowsOf(job.id)).toEqual([])
    expect(await dueNow(job.id)).toHaveLength(1)
    expect((await upload(job, Buffer.alloc(5 * 1024 * 1024), { query })).status).toBe(201)
  })

  it('needs the token of the job itself while it runs', async () => {
    const [mine, other] = [await aRunningJob(), await aRunningJob()]
    expect((await upload({ id: mine.job.id, token: other.job.token })).status).toBe(403)
    expect((await upload({ id: mine.job.id, token: 'nobody' })).status).toBe(403)
    expect((await upload({ id: 999_999, token: mine.job.token })).status).toBe(404)
    await mine.runner.update(mine.job, 'success')
    expect((await upload(mine.job)).status).toBe(403)
    expect(await rowsOf(mine.job.id)).toEqual([])
  })
})

describe('a dotenv report', () => {
  it('becomes variables of the jobs that follow', async () => {
    const { job, runner } = await aRunningJob()
    const members = Buffer.concat([gzipSync('URL=https://x/?a=b\n'), gzipSync('VERSION=1.2\n')])
    expect(await upload(job, members, dotenv)).toMatchObject({ status: 201 })
    await runner.update(job, 'success')
    const ship = await begin(runner)
    const values = Object.fromEntries(ship.variables.map(({ key, value }) => [key, value]))
    expect(values).toMatchObject({ URL: 'https://x/?a=b', VERSION: '1.2' })
  })

  it.each([
    ['no assignment', gzipSync('nonsense\n'), 'Invalid Format'],
    ['a bad key', gzipSync('A-B=1\n'), "Validation failed: Key can contain only letters, digits and '_'."],
    ['too many', gzipSync(lines(151)), 'Dotenv files cannot have more than 150 variables'],
    ['too big', gzipSync(`A=${'x'.repeat(5_119)}`), 'Dotenv Artifact Too Big. Maximum Allowable Size: 5120'],
    ['a bomb', gzipSync(Buffer.alloc(20_000_000)), 'Dotenv Artifact Too Big. Maximum Allowable Size: 5120'],
    ['damaged', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'Invalid Format'],
  ])('with %s is refused', async (_, content, message) => {
    const { job } = await aRunningJob()
    expect(await upload(job, content, dotenv)).toMatchObject({ status: 400, body: { message } })
    expect(await rowsOf(job.id)).toEqual([])
    expect(await server.db.selectFrom('job_variables').selectAll().where('job_id', '=', job.id).execute()).toEqual([])
  })
})

describe('download', () => {
  it('of the archive and of one file, for people and for a job of the project', async () => {
    const running = await aRunningJob()
    await upload(running.job)
    await running.runner.update(running.job, 'success')
    const ship = await begin(running.runner)
    expect(ship.dependencies).toEqual([
      {
        id: running.job.id,
        name: 'compile',
        token: ship.token,
        artifacts_file: { filename: 'artifacts.zip', size: zip.length },
      },
    ])
    const { developer } = running.world
    for (const [path, headers] of [
      [`${jobPath(running)}/artifacts`, as(developer)],
      [`${jobPath(running)}/artifacts`, { 'job-token': ship.token }],
      [`/jobs/${running.job.id}/artifacts?direct_download=true`, { 'job-token': ship.token }],
      [`/projects/${running.world.project.id}/jobs/artifacts/main/download?job=compile`, as(developer)],
    ] as const) {
      if (path.includes('/main/')) await finish(running.runner, ship)
      const answer = await bytes(path, headers)
      expect([path, answer.status, answer.body.equals(zip)]).toEqual([path, 200, true])
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/zip',
        'content-disposition': `attachment; filename="artifacts.zip"; filename*=UTF-8''artifacts.zip`,
        'content-length': String(zip.length),
      })
    }
    const part = await bytes(`${jobPath(running)}/artifacts`, { ...as(developer), range: 'bytes=2-9' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-9/${zip.length}`])
    expect(part.body.equals(zip.subarray(2, 10))).toBe(true)
    for (const path of [
      `${jobPath(running)}/artifacts/out/app.txt`,
      `${jobPath(running)}/artifacts/out%2Fapp.txt`,
      `/projects/${running.world.project.id}/jobs/artifacts/main/raw/out/app.txt?job=compile`,
    ]) {
      const one = await bytes(path, as(developer))
      expect([path, one.status, one.body.toString()]).toEqual([path, 200, 'the application'])
      expect(one.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    }
    const page = await bytes(`${jobPath(running)}/artifacts/out/page.html`, as(developer))
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-disposition': expect.stringMatching(/^attachment/),
      'content-security-policy': expect.stringContaining('sandbox'),
      'x-content-type-options': 'nosniff',
    })
  })

  it('refuses what is not there, and paths that leave the archive', async () => {
    const running = await aRunningJob()
    const api = server.api(running.world.developer.token)
    expect((await api.get(`${jobPath(running)}/artifacts`)).status).toBe(404)
    await upload(running.job)
    for (const [path, status] of [
      ['nothing.txt', 404],
      ['out', 404],
      ['..%2F..%2Fetc%2Fpasswd', 400],
      ['%2Fetc%2Fpasswd', 400],
      ['out%2F..%2F..%2Fx', 400],
      ['a%00b', 400],
    ] as const) {
      expect([path, (await api.get(`${jobPath(running)}/artifacts/${path}`)).status]).toEqual([path, status])
    }
    const base = `/projects/${running.world.project.id}/jobs/artifacts`
    expect((await api.get(`${base}/main/download?job=compile`)).status).toBe(404)
    expect(await api.get(`${base}/main/download`)).toMatchObject({ status: 400, body: { error: 'job is missing' } })
    expect((await api.get(`${base}/no/such/branch/download?job=compile`)).status).toBe(404)
  })

  it('T18 is for running jobs of the same project and for those who may read', async () => {
    const [running, other] = [await aRunningJob(), await aRunningJob()]
    await upload(running.job)
    await aMember(server, { project: running.world.project }, 'owner', { user: other.world.developer })
    const runnerPath = `/jobs/${running.job.id}/artifacts`
    const status = async (path: string, headers: Record<string, string>) => (await bytes(path, headers)).status
    expect(await status(runnerPath, { 'job-token': running.job.token })).toBe(200)
    expect(await status(runnerPath, { 'job-token': other.job.token })).toBe(403)
    expect(await status(runnerPath, {})).toBe(403)
    expect(await status(runnerPath, as(running.world.developer))).toBe(403)
    expect(await status(`${jobPath(running)}/artifacts`, { 'job-token': other.job.token })).toBe(404)
    expect(await status(`${jobPath(running)}/artifacts`, as(await aUser(server)))).toBe(404)
    await running.runner.update(running.job, 'success')
    expect(await status(runnerPath, { 'job-token': running.job.token })).toBe(403)
  })

  it('follows artifacts:access', async () => {
    const running = await aRunningJob(
      'compile: { stage: build, script: [x], artifacts: { paths: [out/], access: developer } }\nlater: { stage: deploy, script: [y] }\n',
    )
    await upload(running.job)
    const reporter = await aMember(server, { project: running.world.project }, 'reporter')
    expect((await bytes(`${jobPath(running)}/artifacts`, as(reporter))).status).toBe(403)
    expect((await bytes(`${jobPath(running)}/artifacts/out/app.txt`, as(reporter))).status).toBe(403)
    expect((await bytes(`${jobPath(running)}/artifacts`, as(running.world.developer))).status).toBe(200)
  })
})

describe('keep, delete, expire', () => {
  it('keep makes them stay, delete removes them for maintainers', async () => {
    const running = await aRunningJob()
    const { world } = running
    const path = `${jobPath(running)}/artifacts`
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    expect((await server.api(world.developer.token).post(`${path}/keep`)).status).toBe(404)
    await upload(running.job)
    expect((await server.api(reporter.token).post(`${path}/keep`)).status).toBe(403)
    expect(await server.api(world.developer.token).post(`${path}/keep`)).toMatchObject({
      status: 200,
      body: { id: running.job.id, artifacts_expire_at: null },
    })
    const [row] = await rowsOf(running.job.id)
    expect((await server.api(world.developer.token).delete(path)).status).toBe(403)
    expect(await server.api(world.maintainer.token).delete(path)).toMatchObject({ status: 204, body: null })
    expect(await rowsOf(running.job.id)).toEqual([])
    expect(await dueKeys()).toContain(row?.blob)
    await removeBlobs(server.app)
    expect(await server.app.blobs.get(row?.blob ?? '')).toBeNull()
    expect(await dueKeys()).not.toContain(row?.blob)
  })

  it('nothing for whom a protected environment keeps out', async () => {
    const world = await aDeploymentWorld(server)
    await inviteOperators(world)
    await protect(world, { name: 'production', deploy_access_levels: [{ group_id: world.operators.id }] })
    const excluded = await aMember(server, { project: world.project }, 'maintainer')
    await push(world, 'ship: { script: [x], environment: production, artifacts: { paths: [out/] } }\n')
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await begin(runner)
    await upload(job)
    const path = `${jobPath({ world, job })}/artifacts`
    expect((await server.api(excluded.token).delete(path)).status).toBe(403)
    expect((await server.api(excluded.token).post(`${path}/keep`)).status).toBe(403)
    expect(await rowsOf(job.id)).toHaveLength(1)
  })

  it('expired ones go, but the newest of a branch stay as long as it exists', async () => {
    const running = await aRunningJob('compile: { stage: build, script: [x], artifacts: { paths: [out/] } }\n')
    const { world, runner } = running
    await upload(running.job)
    await runner.update(running.job, 'success')
    await push(world, 'compile: { stage: build, script: [x], artifacts: { paths: [out/] } }\n')
    const second = await begin(runner)
    await upload(second)
    const third = { query: '?artifact_type=junit&artifact_format=gzip', filename: 'junit.xml' }
    await upload(second, gzipSync('<x/>'), third)
    await runner.update(second, 'success')
    await expire([running.job.id, second.id])
    await expireArtifacts(server.app)
    expect(await rowsOf(running.job.id)).toEqual([])
    expect(await rowsOf(second.id)).toHaveLength(2)
    const latest = `/projects/${world.project.id}/jobs/artifacts/main/download?job=compile`
    expect((await bytes(latest, as(world.developer))).status).toBe(200)

    await deleteRef(server.app.repositories.open(world.project.id), { type: 'branch', name: 'main' })
    await expireArtifacts(server.app)
    expect(await rowsOf(second.id)).toEqual([])
  })

  it('a child pipeline is neither newer than its parent nor older', async () => {
    const running = await aRunningJob('compile: { stage: build, script: [x], artifacts: { paths: [out/] } }\n')
    const { world, runner, pipelineId } = running
    await upload(running.job)
    await runner.update(running.job, 'success')
    await push(world, 'compile: { stage: build, script: [x], artifacts: { paths: [out/] } }\n')
    const second = await begin(runner)
    await upload(second)
    await runner.update(second, 'success')
    // The first one becomes a pipeline that the second one started.
    const parent = await server.db
      .selectFrom('jobs')
      .select('pipeline_id')
      .where('id', '=', second.id)
      .executeTakeFirst()
    const child = { parent_pipeline_id: parent?.pipeline_id ?? null, source: 'parent_pipeline' }
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('pipelines').set(child).where('id', '=', pipelineId).execute(),
    )
    await expire([running.job.id, second.id])
    await expireArtifacts(server.app)
    const left = await Promise.all([running.job.id, second.id].map(async (id) => (await rowsOf(id)).length))
    expect(left).toEqual([1, 1])
  })

  it('deleting those of a project leaves running jobs and the newest alone', async () => {
    const config = 'compile: { stage: build, script: [x], artifacts: { paths: [out/] } }\n'
    const running = await aRunningJob(config)
    const { world, runner } = running
    await upload(running.job)
    await runner.update(running.job, 'success')
    await push(world, config)
    const second = await begin(runner)
    await upload(second)
    await runner.update(second, 'success')
    await push(world, config)
    const third = await begin(runner)
    await upload(third)
    const path = `/projects/${world.project.id}/artifacts`
    expect((await server.api(world.developer.token).delete(path)).status).toBe(403)
    expect(await server.api(world.maintainer.token).delete(path)).toMatchObject({
      status: 202,
      body: { message: '202 Accepted' },
    })
    const left = await Promise.all([running.job.id, second.id, third.id].map(async (id) => (await rowsOf(id)).length))
    expect(left).toEqual([0, 1, 1])
  })

  it('blobs of a deleted pipeline go too', async () => {
    const running = await aRunningJob()
    await upload(running.job)
    const [row] = await rowsOf(running.job.id)
    const path = `/projects/${running.world.project.id}/pipelines/${running.pipelineId}`
    expect((await server.api(server.rootToken).delete(path)).status).toBe(204)
    await removeBlobs(server.app)
    expect(await server.app.blobs.get(row?.blob ?? '')).toBeNull()
  })
})

/** Ends the job as soon as its upload has begun. */
async function endWhile(job: JobPayload, runner: TestRunner): Promise<void> {
  await expect.poll(() => reservedFor(job.id), { timeout: 20_000 }).toBe(1)
  await runner.update(job, 'success')
}

async function finish(runner: TestRunner, job: JobPayload): Promise<void> {
  await runner.update(job, 'success')
}

async function expire(jobIds: readonly number[]): Promise<void> {
  await inTransaction(server.app.db, (tx) =>
    tx
      .updateTable('job_artifacts')
      .set({ expire_at: new Date(Date.now() - 1_000) })
      .where('job_id', 'in', [...jobIds])
      .execute(),
  )
}

async function reservedFor(jobId: number): Promise<number> {
  const rows = server.db.selectFrom('blob_removals').select('key').where('key', 'like', `artifacts/%/${jobId}-%`)
  return (await rows.execute()).length
}

async function dueNow(jobId: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('blob_removals')
    .select('key')
    .where('key', 'like', `artifacts/%/${jobId}-%`)
    .where('due_at', '<=', new Date())
    .execute()
  return rows.map((row) => row.key)
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `K${index}=v`).join('\n')
}
