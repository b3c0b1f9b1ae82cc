import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { defaultJobAccount } from '../../../src/runner/account.ts'
import type { RunnerLogger, RunnerOptions, RunningRunner } from '../../../src/runner/options.ts'
import { startRunner } from '../../../src/runner/start-runner.ts'
import { type FakeServer, RUNNER_TOKEN, startFakeServer } from './fake-server.ts'

export interface World {
  readonly dir: string
  readonly server: FakeServer
  readonly runner: RunningRunner
  readonly options: RunnerOptions
  /** What the runner logged about jobs that are over. */
  readonly ends: object[]
  /** Messages of warnings and errors of the runner. */
  readonly complaints: string[]
}

/** A scratch directory that other accounts can pass through; removed after the test. */
export async function scratchDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-runner-'))
  await chmod(dir, 0o711)
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

export function runnerOptions(dir: string, url: string, more: Partial<RunnerOptions> = {}): RunnerOptions {
  const logger: RunnerLogger = { info: () => {}, warn: () => {}, error: () => {} }
  return {
    url,
    token: RUNNER_TOKEN,
    concurrency: 2,
    name: 'test runner',
    version: '0.0.0',
    stateDir: join(dir, 'state'),
    buildsDir: join(dir, 'builds'),
    jobAccount: defaultJobAccount(),
    logger,
    ...more,
    timing: { poll: 5, retry: 20, retryMax: 200, traceInterval: 10, keepAlive: 100, killGrace: 2000, ...more.timing },
  }
}

/** A server and a runner that polls it. When the test is over, the runner is stopped and must have broken no rule. */
export async function startWorld(more: Partial<RunnerOptions> = {}): Promise<World> {
  const dir = await scratchDir()
  const server = await startFakeServer(dir)
  const complaints: string[] = []
  const ends: object[] = []
  const logger: RunnerLogger = {
    info: (details) => void ('end' in details && ends.push(details)),
    warn: (details, message) => void complaints.push(`${message} ${JSON.stringify(details)}`),
    error: (details, message) => void complaints.push(`${message} ${JSON.stringify(details)}`),
  }
  const options = runnerOptions(dir, server.url, { logger, ...more })
  const runner = await startRunner(options)
  onTestFinished(async () => {
    await runner.stop(false)
    await server.close()
    if (server.violations.length > 0) throw new Error(`the runner broke the protocol: ${server.violations.join('; ')}`)
  })
  return { dir, server, runner, options, ends, complaints }
}

export function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'init.defaultBranch=main']
  return execFileSync('git', [...identity, '-c', 'protocol.file.allow=always', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim()
}

export const ESCAPE = '\u001b'
const SECTION_MARK = new RegExp(`section_(start|end):\\d+:[\\w.-]+\r${ESCAPE}\\[0K`, 'g')
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*[mK]`, 'g')

/** Text of a log without section marks and colours. */
export function plain(log: string): string {
  return log.replaceAll(SECTION_MARK, '').replaceAll(COLOUR, '')
}

/** Names of the sections of a log, in order. */
export function sections(log: string): string[] {
  return [...log.matchAll(/section_start:\d+:([\w.-]+)\r/g)].map(([, name = '']) => name)
}
