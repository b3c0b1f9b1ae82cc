import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startRunner } from '../../src/runner/start-runner.ts'
import { type FakeServer, RUNNER_TOKEN, startFakeServer } from './helpers/fake-server.ts'
import { allDead, FAMILY, isAlive, pidsIn } from './helpers/processes.ts'
import { plain, runnerOptions, scratchDir } from './helpers/test-runner.ts'

const PROGRAM = join(import.meta.dirname, 'helpers/run-runner.ts')

async function startVictim(): Promise<{ dir: string; server: FakeServer; process: ChildProcess }> {
  const dir = await scratchDir()
  const server = await startFakeServer(dir)
  const child = spawn(process.execPath, [PROGRAM, server.url, RUNNER_TOKEN, join(dir, 'state'), join(dir, 'builds')], {
    stdio: 'inherit',
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await server.close()
  })
  return { dir, server, process: child }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve))
}

/** The watchdogs of a runner, recognised by the marker of its job records. */
function watchdogsOf(stateDir: string): number[] {
  const markers = readdirSync(join(stateDir, 'running')).map((name) => name.replace('.json', ''))
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        return markers.some((marker) => commandLine.includes(`countersign-watchdog\0COUNTERSIGN_JOB_MARKER=${marker}`))
      } catch {
        return false
      }
    })
    .map(Number)
}

describe.runIf(process.platform === 'linux')('a runner that is killed', () => {
  it('leaves no process of its jobs, not even those that left their group', async () => {
    const { dir, server, process: victim } = await startVictim()
    const job = server.job({ script: FAMILY })
    await job.logged('\nfamily complete\n')
    const pids = pidsIn(plain(job.log()), 'child', 'grandchild', 'shell')
    const watchdogs = watchdogsOf(join(dir, 'state'))
    expect(watchdogs).toHaveLength(1)
    expect(pids.map(isAlive)).toEqual([true, true, true])
    victim.kill('SIGKILL')
    await allDead([...pids, ...watchdogs])
  })

  it('together with its watchdog has its leftovers ended by the next one', async () => {
    const { dir, server, process: victim } = await startVictim()
    const job = server.job({ script: FAMILY })
    await job.logged('\nfamily complete\n')
    const pids = pidsIn(plain(job.log()), 'child', 'grandchild', 'shell')
    for (const pid of watchdogsOf(join(dir, 'state'))) process.kill(pid, 'SIGKILL')
    victim.kill('SIGKILL')
    await exited(victim)
    expect(pids.map(isAlive)).toEqual([true, true, true])
    job.status = 'canceled'
    const next = await startRunner(runnerOptions(dir, server.url))
    expect(pids.filter(isAlive)).toEqual([])
    expect(await readdir(join(dir, 'state/running'))).toEqual([])
    const after = server.job({})
    expect(await after.finished()).toMatchObject({ state: 'success' })
    await next.stop(true)
  })

  it('does not take strangers for its leftovers', async () => {
    const dir = await scratchDir()
    const server = await startFakeServer(dir)
    const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    onTestFinished(async () => {
      stranger.kill('SIGKILL')
      await server.close()
    })
    const { pid = 0 } = stranger
    const record = { job: 1, marker: '0'.repeat(32), group: { pid, start: 'another process with this id' } }
    await mkdir(join(dir, 'state/running'), { recursive: true })
    await writeFile(join(dir, 'state/running/x.json'), JSON.stringify(record))
    await writeFile(join(dir, 'state/running/broken.json'), '{')
    const runner = await startRunner(runnerOptions(dir, server.url))
    await runner.stop(false)
    expect(isAlive(pid)).toBe(true)
    expect(await readdir(join(dir, 'state/running'))).toEqual([])
  })
})

describe('a state directory', () => {
  it('belongs to one runner at a time', async () => {
    const dir = await scratchDir()
    const server = await startFakeServer(dir)
    onTestFinished(() => server.close())
    const first = await startRunner(runnerOptions(dir, server.url))
    await expect(startRunner(runnerOptions(dir, server.url))).rejects.toThrow(
      'Another runner is using the state directory',
    )
    await first.stop(false)
    const second = await startRunner(runnerOptions(dir, server.url))
    expect(second.systemId).toBe(first.systemId)
    await second.stop(false)
  })
})
