import { open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readZipDirectory } from '../../src/runner/zip-reader.ts'
import { plain, scratchDir, sections, startWorld } from './helpers/test-runner.ts'

const NO_GIT = { key: 'GIT_STRATEGY', value: 'none' }

async function namesIn(zip: Buffer): Promise<string[]> {
  const path = join(await scratchDir(), 'x.zip')
  await writeFile(path, zip)
  const file = await open(path)
  const entries = await readZipDirectory(file)
  await file.close()
  return entries.map((entry) => entry.name)
}

describe('artifacts', () => {
  it('go to the server and from there into a later job', async () => {
    const { server } = await startWorld()
    const maker = server.job({
      script: [
        'mkdir -p dist/sub .hidden',
        'echo built > dist/app.js; echo map > dist/app.js.map; echo x > dist/sub/x',
        'ln -s app.js dist/link',
        'echo h > .hidden/h; chmod 700 dist/app.js',
      ],
      variables: [NO_GIT, { key: 'VERSION', value: '1.2' }],
      artifacts: [
        { name: 'app-$VERSION', paths: ['dist/', '.hidden/*', 'missing'], exclude: ['**/*.map'], expire_in: '1 week' },
      ],
    })
    expect(await maker.finished()).toMatchObject({ state: 'success' })
    const [upload] = maker.uploads
    expect(upload).toMatchObject({ type: 'archive', format: 'zip', expireIn: '1 week', fileName: 'app-1.2.zip' })
    const bytes = upload?.bytes ?? Buffer.alloc(0)
    expect(await namesIn(bytes)).toEqual(['.hidden/h', 'dist', 'dist/app.js', 'dist/link', 'dist/sub', 'dist/sub/x'])
    expect(plain(maker.log())).toContain('WARNING: missing: no matching files')
    expect(sections(maker.log())).toContain('upload_artifacts_on_success')

    server.archives.set(maker.payload.id, bytes)
    const user = server.job({
      script: ['cat dist/link; test -x dist/app.js && test -O dist/app.js && ls -A'],
      dependencies: [
        {
          id: maker.payload.id,
          name: 'maker',
          token: maker.token,
          artifacts_file: { filename: 'artifacts.zip', size: bytes.length },
        },
      ],
    })
    expect(await user.finished()).toMatchObject({ state: 'success' })
    expect(plain(user.log())).toMatch(/\nbuilt\n\.hidden\ndist\n/)
    expect(sections(user.log())).toContain('download_artifacts')
  })

  it('of each kind are packed as the server wants them', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: ['echo A=1 > .env; echo B=2 > other.env; echo "{}" > report.json'],
      artifacts: [
        { artifact_type: 'dotenv', artifact_format: 'gzip', name: '.env', paths: ['*.env'], when: 'always' },
        {
          artifact_type: 'sast',
          artifact_format: 'raw',
          name: 'gl-sast-report.json',
          paths: ['report.json'],
          when: 'always',
        },
        { artifact_type: 'junit', artifact_format: 'gzip', paths: [] },
      ],
    })
    await job.finished()
    expect(job.uploads.map(({ type, fileName }) => [type, fileName])).toEqual([
      ['dotenv', '.env.gz'],
      ['sast', 'gl-sast-report.json'],
    ])
    expect(gunzipSync(job.uploads[0]?.bytes ?? Buffer.alloc(0)).toString()).toBe('A=1\nB=2\n')
    expect(job.uploads[1]?.bytes.toString()).toBe('{}\n')
  })

  it('of a failed job are those that say so', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: ['echo x > log.txt; exit 5'],
      artifacts: [
        { name: 'success', paths: ['log.txt'] },
        { name: 'failure', paths: ['log.txt'], when: 'on_failure' },
        { name: 'always', paths: ['log.txt'], when: 'always' },
      ],
    })
    expect(await job.finished()).toMatchObject({ state: 'failed', exit_code: 5 })
    expect(job.uploads.map((upload) => upload.fileName)).toEqual(['failure.zip', 'always.zip'])
    expect(sections(job.log())).toContain('upload_artifacts_on_failure')
  })

  it('include untracked files on request', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: ['git init -q . && echo t > tracked && git add tracked', 'echo u > untracked; echo secret > .gitignore'],
      artifacts: [{ untracked: true }],
    })
    await job.finished()
    expect(await namesIn(job.uploads[0]?.bytes ?? Buffer.alloc(0))).toEqual(['.gitignore', 'untracked'])
  })

  it('that match nothing are no failure', async () => {
    const { server } = await startWorld()
    const job = server.job({ artifacts: [{ paths: ['nothing'] }] })
    expect(await job.finished()).toMatchObject({ state: 'success' })
    expect(plain(job.log())).toContain('WARNING: No files to upload')
  })

  it.each([
    { status: 413, calls: 1 },
    { status: 400, calls: 3 },
    { status: 503, calls: 6 },
  ])('that the server refuses with $status fail the job after $calls tries', async ({ status, calls }) => {
    const { server } = await startWorld()
    let seen = 0
    server.intercept = (request, response) => {
      if (request.url?.includes('/artifacts') !== true) return false
      seen += 1
      request.resume()
      response.writeHead(status).end('{"message": "too large"}')
      return true
    }
    const job = server.job({ script: ['echo x > x'], artifacts: [{ paths: ['x'] }] })
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'script_failure' })
    expect(seen).toBe(calls)
    expect(plain(job.log())).toContain('too large')
  })

  it('that are gone fail the job that needs them', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: ['echo never'],
      dependencies: [
        { id: 1, name: 'gone', token: 'glcbt-dependency', artifacts_file: { filename: 'a.zip', size: 1 } },
      ],
    })
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' })
    expect(plain(job.log())).not.toContain('never')
  })

  it('are fetched from an object store without the token of the job', async () => {
    const { server } = await startWorld()
    const maker = server.job({ script: ['echo stored > f'], artifacts: [{ paths: ['f'] }] })
    await maker.finished()
    const seen: (string | undefined)[] = []
    server.intercept = (request, response) => {
      if (request.url === '/store/a.zip') {
        seen.push(request.headers['job-token'] as string | undefined)
        response.writeHead(200).end(maker.uploads[0]?.bytes)
        return true
      }
      if (request.method !== 'GET' || request.url?.includes('/artifacts') !== true) return false
      response.writeHead(302, { location: `${server.url}/store/a.zip` }).end()
      return true
    }
    const job = server.job({
      script: ['cat f'],
      dependencies: [
        {
          id: maker.payload.id,
          name: 'maker',
          token: 'glcbt-dependency',
          artifacts_file: { filename: 'a.zip', size: 1 },
        },
      ],
    })
    expect(await job.finished()).toMatchObject({ state: 'success' })
    expect(plain(job.log())).toContain('\nstored\n')
    expect(seen).toEqual([undefined])
  })
})

describe('the cache', () => {
  const paths = ['deps/']

  it('carries files from one job to the next, links included', async () => {
    const { server, options } = await startWorld()
    const cache = [{ key: '$CI_COMMIT_REF_SLUG', paths }]
    const variables = [NO_GIT, { key: 'CI_COMMIT_REF_SLUG', value: 'main' }]
    const first = server.job({ script: ['mkdir deps; echo lib > deps/lib; ln -s lib deps/link'], cache, variables })
    expect(await first.finished()).toMatchObject({ state: 'success' })
    expect(plain(first.log())).toContain('No cache for main')
    expect(sections(first.log())).toEqual(expect.arrayContaining(['restore_cache', 'archive_cache']))
    const second = server.job({ script: ['cat deps/link'], cache, variables })
    expect(await second.finished()).toMatchObject({ state: 'success' })
    expect(plain(second.log())).toContain('\nlib\n')
    expect(await readdir(join(options.stateDir, 'spool'))).toEqual([])
  })

  it('follows policy, when and fallback keys', async () => {
    const { server } = await startWorld({ concurrency: 1 })
    const write = (key: string, text: string, more: object = {}) =>
      server.job({ script: [`mkdir -p deps; echo ${text} > deps/text`], cache: [{ key, paths, ...more }] })
    const read = (cache: object, variables: { key: string; value: string }[] = []) =>
      server.job({
        script: ['cat deps/text || echo nothing'],
        cache: [{ key: 'other', paths, policy: 'pull', ...cache }],
        variables: [NO_GIT, ...variables],
      })
    await write('a', 'from-a', { policy: 'push' }).finished()
    await write('a', 'not-written', { policy: 'pull' }).finished()
    await write('a', 'not-failed', { when: 'on_failure' }).finished()
    const plainRead = read({ key: 'a' })
    const fallback = read({ fallback_keys: ['none', 'a'] })
    const global = read({}, [{ key: 'CACHE_FALLBACK_KEY', value: 'a' }])
    const none = read({})
    for (const job of [plainRead, fallback, global, none]) await job.finished()
    expect([plainRead, fallback, global].map((job) => plain(job.log()).includes('\nfrom-a\n'))).toEqual([
      true,
      true,
      true,
    ])
    expect(plain(none.log())).toContain('\nnothing\n')
  })

  it('is not shared between projects, whatever the key', async () => {
    const { server } = await startWorld()
    const info = (project_id: number) => ({ name: 'j', project_id })
    await server
      .job({ script: ['mkdir deps; echo one > deps/x'], cache: [{ key: 'k', paths }], job_info: info(1) })
      .finished()
    const other = server.job({
      script: ['ls -A'],
      cache: [
        { key: '../1/k', paths },
        { key: 'k', paths },
      ],
      job_info: info(2),
    })
    await other.finished()
    expect(plain(other.log())).toContain('$ ls -A\n')
    expect(plain(other.log())).not.toContain('deps\n')
  })

  it('with an unknown policy is a warning', async () => {
    const { server } = await startWorld()
    const job = server.job({ cache: [{ key: 'k', paths, policy: 'sometimes' }] })
    expect(await job.finished()).toMatchObject({ state: 'success' })
    expect(plain(job.log())).toContain('WARNING: unknown cache policy sometimes')
  })
})
