/** The README's commands as a newcomer runs them, on real processes. */
import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aServerProcess, type ServerProcess } from '../helpers/server-process.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const run = promisify(execFile)

describe('demo --exit', () => {
  it('plays the whole story with real parts and ends with status 0', async () => {
    const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'demo', '--exit'], {
      env: { PATH: process.env['PATH'], PORT: '0', TMPDIR: process.env['TMPDIR'] ?? '/tmp' },
      timeout: 120_000,
    })
    for (const step of [
      'the deployment is blocked',
      'the creator cannot approve, and is told why',
      "the deployment's status is success",
      "the job's log says: Deploying to production",
      "the deployment's status is failed",
      'Every step came out as the page says.',
    ]) {
      expect(stdout).toContain(step)
    }
    const lines = stdout.split('\n').filter((line) => line.startsWith('$ curl '))
    expect(lines.length).toBeGreaterThan(15)
    // Pasted into a shell, each line is one command: quotes are closed and nothing is left to expand.
    for (const line of lines) expect(line).toMatch(/^\$ curl( (--[a-z]+ )?('[^']*'|[A-Z]+))+$/)
  }, 150_000)
})

describe('serve', () => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await aServerProcess()
    await server.start()
  })
  afterAll(() => server.dispose())

  it('answers health, liveness and readiness as GitLab does', async () => {
    const ask = async (path: string) => {
      const response = await fetch(`${server.url}/-/${path}`)
      return { status: response.status, body: await response.text() }
    }
    expect(await ask('health')).toEqual({ status: 200, body: 'GitLab OK' })
    expect(await ask('liveness')).toEqual({ status: 200, body: '{"status":"ok"}' })
    expect(JSON.parse((await ask('readiness')).body)).toMatchObject({ status: 'ok', master_check: [{ status: 'ok' }] })
  })

  it('refuses a second server on the same data directory with one sentence', async () => {
    const { code, text } = await startSecond(server)
    expect(code).toBe(1)
    expect(text.trim().split('\n').at(-1)).toContain(server.dataDir)
    expect(text).not.toContain('    at ')
  })

  it('ends with status 0 on SIGTERM, and starts again on what it left', async () => {
    expect(await server.terminate()).toBe(0)
    await server.start()
    const response = await fetch(`${server.url}/api/v4/user`, { headers: { 'private-token': server.rootToken } })
    expect(response.status).toBe(200)
  })
})

function startSecond(server: ServerProcess): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      COUNTERSIGN_DATA_DIR: server.dataDir,
      COUNTERSIGN_LOG_LEVEL: 'silent',
    },
  })
  let text = ''
  child.stdout.on('data', (part: Buffer) => (text += part.toString()))
  child.stderr.on('data', (part: Buffer) => (text += part.toString()))
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, text })))
}
