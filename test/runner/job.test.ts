import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSystemId } from '../../src/runner/system-id.ts'
import { ESCAPE, plain, scratchDir, sections, startWorld } from './helpers/test-runner.ts'

const NO_GIT = { key: 'GIT_STRATEGY', value: 'none' }

describe('a job', () => {
  it('runs its script and reports success with a complete log', async () => {
    const { server, runner } = await startWorld()
    const job = server.job({
      script: ['echo "hello $CI_JOB_NAME"', 'echo one >&2\necho two'],
      variables: [NO_GIT, { key: 'CI_JOB_NAME', value: 'build' }],
    })
    const end = await job.finished()
    expect(end).toMatchObject({ state: 'success', output: { bytesize: job.trace.length } })
    expect(end.exit_code).toBeUndefined()
    expect(plain(job.log())).toContain('$ echo "hello $CI_JOB_NAME"\nhello build\n')
    expect(job.log()).toContain(`${ESCAPE}[32;1m$ echo one >&2 # and 1 more lines${ESCAPE}[0;m\none\ntwo\n`)
    expect(job.log().endsWith(`${ESCAPE}[32;1mJob succeeded${ESCAPE}[0;m\n`)).toBe(true)
    expect(sections(job.log())).toEqual(['prepare_executor', 'prepare_script', 'get_sources', 'step_script'])
    expect([...server.systemIds]).toEqual([runner.systemId])
    expect(runner.systemId).toMatch(/^s_[0-9A-Za-z]{12}$/)
  })

  it('is acknowledged before anything else, with the features of this runner', async () => {
    const { server } = await startWorld()
    const job = server.job({})
    await job.finished()
    const [first] = job.updates
    expect(first).toMatchObject({
      state: 'running',
      info: { executor: 'shell', features: { cancel_gracefully: true, image: false } },
    })
    expect(server.lastUpdates.slice(0, 2)).toEqual([undefined, 'v1'])
  })

  it('stops at the first command that fails and reports its exit code', async () => {
    const { server, ends } = await startWorld()
    const job = server.job({ script: ['echo before', 'sh -c "exit 42"', 'echo after'] })
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 42 })
    expect(plain(job.log())).toContain('before')
    expect(plain(job.log())).not.toContain('\nafter')
    expect(job.log()).toContain(`${ESCAPE}[31;1mERROR: Job failed: exit code 42${ESCAPE}[0;m`)
    await expect.poll(() => ends).toEqual([{ job: job.payload.id, result: 'script_failure', end: 'delivered' }])
  })

  it('fails when a command in a pipe fails', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['false | cat'] })
    expect(await job.finished()).toMatchObject({ state: 'failed', exit_code: 1 })
  })

  it('runs further steps in order, exports GITLAB_ENV to them, and runs after_script in the end', async () => {
    const { server } = await startWorld()
    const job = server.job({
      steps: [
        { name: 'script', script: ['echo "FROM_SCRIPT=it works" >> "$GITLAB_ENV"'] },
        { name: 'release', script: ['echo "release: $FROM_SCRIPT" \'$$NAME $NAME\''] },
        { name: 'after_script', script: ['echo "after: $CI_JOB_STATUS $FROM_SCRIPT"', 'false'] },
      ],
      variables: [NO_GIT, { key: 'NAME', value: 'v1' }, { key: 'FROM_SCRIPT', value: '$$FROM_SCRIPT' }],
    })
    expect(await job.finished()).toMatchObject({ state: 'success' })
    expect(plain(job.log())).toContain('\nrelease: it works $NAME v1\n')
    expect(plain(job.log())).toContain('\nafter: success it works\n')
    expect(plain(job.log())).toContain('WARNING: after_script failed (exit code 1)')
    expect(sections(job.log()).slice(-3)).toEqual(['step_script', 'step_release', 'after_script'])
  })

  it('runs after_script when the script failed, and skips the other steps', async () => {
    const { server } = await startWorld()
    const job = server.job({
      steps: [
        { name: 'script', script: ['exit 3'] },
        { name: 'release', script: ['echo released'] },
        { name: 'after_script', script: ['echo "status=$CI_JOB_STATUS"'] },
      ],
    })
    expect(await job.finished()).toMatchObject({ state: 'failed', exit_code: 3 })
    expect(plain(job.log())).toContain('\nstatus=failed\n')
    expect(plain(job.log())).not.toContain('released')
  })

  it('streams its log while it runs', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['echo first', 'sleep 600', 'echo second'] })
    await job.logged('\nfirst\n')
    expect(job.status).toBe('running')
    // Nothing to say, but alive.
    const before = job.updates.length
    await expect.poll(() => job.updates.length, { timeout: 10_000 }).toBeGreaterThan(before + 1)
    expect(job.updates.at(-1)).toMatchObject({ state: 'running', output: { bytesize: job.trace.length } })
    expect(plain(job.log())).not.toContain('\nsecond\n')
  })

  it('shows no masked value, also when it is written in pieces', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: [
        'printf "begin top-"; sleep 0.1; printf "secret-"; sleep 0.1; printf "value end\\n"',
        'echo "$CI_JOB_TOKEN glpat-abcdefghij0123456789"',
        'cat "$KEYFILE"',
      ],
      variables: [
        NO_GIT,
        { key: 'SECRET', value: 'top-secret-value', masked: true },
        { key: 'KEYFILE', value: 'content-of-key', masked: true, file: true },
        { key: 'CI_JOB_TOKEN', value: 'unlike-the-real-token', masked: true },
      ],
    })
    await job.finished()
    expect(plain(job.log())).toContain('begin [MASKED] end\n')
    expect(plain(job.log())).toContain('\n[MASKED] glpat-[MASKED]\n')
    for (const secret of ['top-secret', 'content-of-key', 'unlike-the-real', 'abcdefghij'])
      expect(job.log()).not.toContain(secret)
  })

  it('gets file variables as private files and nothing of the runner environment', async () => {
    process.env.LEAKED_FROM_RUNNER = 'yes'
    const { server } = await startWorld()
    const job = server.job({
      script: [
        'ls -l "$CONFIG" | cut -c1-10; cat "$CONFIG"',
        'echo "leaked=$LEAKED_FROM_RUNNER"; env | sort | cut -d= -f1 | tr "\\n" " "',
      ],
      variables: [NO_GIT, { key: 'CONFIG', value: "it's $$5\nline two", file: true }],
    })
    await job.finished()
    delete process.env.LEAKED_FROM_RUNNER
    expect(plain(job.log())).toContain("-rw-------\nit's $5\nline two")
    expect(plain(job.log())).toContain('leaked=\n')
    expect(plain(job.log())).not.toContain('VITEST')
  })

  it('is cut off at the output limit, with a notice, and goes on', async () => {
    const { server } = await startWorld({ outputLimit: 20_000 })
    const job = server.job({ script: ['head -c 100000 /dev/zero | tr "\\0" x', 'false'] })
    expect(await job.finished()).toMatchObject({ state: 'failed', exit_code: 1 })
    expect(job.log()).toContain('longer than 20000 bytes')
    expect(job.trace.length).toBeLessThan(20_400)
  })

  it('fails when its time is over', async () => {
    const { server } = await startWorld()
    const job = server.job({
      steps: [
        { name: 'script', script: ['echo started', 'sleep 600'] },
        { name: 'after_script', script: ['echo never'] },
      ],
      runner_info: { timeout: 1 },
    })
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'job_execution_timeout' })
    expect(plain(job.log())).toContain('ERROR: Job failed: execution took longer than 1 seconds')
    expect(plain(job.log())).not.toContain('never')
  })

  it('may bound its script by RUNNER_SCRIPT_TIMEOUT and still run after_script', async () => {
    const { server } = await startWorld()
    const job = server.job({
      steps: [
        { name: 'script', script: ['sleep 600'] },
        { name: 'after_script', script: ['echo cleaned up'] },
      ],
      variables: [NO_GIT, { key: 'RUNNER_SCRIPT_TIMEOUT', value: '300ms' }],
    })
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'job_execution_timeout' })
    expect(plain(job.log())).toContain('\ncleaned up\n')
  })

  it('that needs what this runner cannot do fails with the reason', async () => {
    const { server } = await startWorld()
    const job = server.job({ secrets: { PASSWORD: { vault: {} } } })
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'runner_configuration_error' })
    expect(plain(job.log())).toContain('ERROR: Job failed: this runner cannot fetch external secrets')
  })

  it('leaves nothing behind', async () => {
    const { server, options } = await startWorld()
    const job = server.job({
      script: ['mkdir -p a/b && touch a/b/c && chmod 500 a/b', 'echo x > ~/in-home', 'sleep 600 &'],
    })
    await job.finished()
    await expect.poll(() => readdir(join(options.buildsDir, '0'))).toEqual([])
    expect(await readdir(join(options.stateDir, 'running'))).toEqual([])
  })

  it('runs beside others up to the concurrency, in directories of their own', async () => {
    const { server } = await startWorld({ concurrency: 2 })
    const wait = 'sleep 600'
    const [a, b, c] = [
      server.job({ script: ['pwd; echo ready', wait] }),
      server.job({ script: ['pwd; echo ready', wait] }),
      server.job({}),
    ]
    await Promise.all([a.logged('\nready\n'), b.logged('\nready\n')])
    expect(c.status).toBe('pending')
    const where = (log: string): string | undefined => /\n(\/.*)\nready/.exec(plain(log))?.[1]
    expect(where(a.log())).not.toBe(where(b.log()))
    a.status = 'canceled'
    expect(await c.finished()).toMatchObject({ state: 'success' })
    b.status = 'canceled'
  })

  it('that the server took back is not started', async () => {
    const { server, dir } = await startWorld()
    const refused = server.job({ script: [`touch ${dir}/ran`] })
    server.intercept = (request, response) => {
      if (request.method !== 'PUT' || request.url !== `/api/v4/jobs/${refused.payload.id}`) return false
      response.writeHead(403, { 'Job-Status': 'canceled' }).end()
      return true
    }
    const next = server.job({})
    expect(await next.finished()).toMatchObject({ state: 'success' })
    expect(refused.pieces).toBe(0)
    expect(existsSync(join(dir, 'ran'))).toBe(false)
  })

  it('that cannot be read is failed instead of coming back for ever', async () => {
    const { server, complaints } = await startWorld()
    const sent: string[] = []
    server.intercept = (request, response) => {
      if (request.url === '/api/v4/jobs/request' && sent.length === 0) {
        sent.push('job')
        response.writeHead(201, { 'content-type': 'application/json' }).end('{"id": 5, "token": "t", "steps": 7}')
        return true
      }
      if (request.url !== '/api/v4/jobs/5') return false
      request.on('data', (chunk) => sent.push(JSON.parse(String(chunk)).state))
      request.on('end', () => response.writeHead(200).end())
      return true
    }
    await expect.poll(() => sent).toEqual(['job', 'running', 'failed'])
    expect(complaints.join()).toContain('cannot read')
  })
})

describe('the identity of a runner', () => {
  it('is made once', async () => {
    const dir = await scratchDir()
    const first = await loadSystemId(dir)
    expect(await loadSystemId(dir)).toBe(first)
    expect(await readFile(join(dir, 'system_id'), 'utf8')).toBe(`${first}\n`)
  })
})
