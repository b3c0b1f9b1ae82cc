/** An unmodified `gitlab-runner` program with the shell executor, in directories of its own. Its path comes from GITLAB_RUNNER_BIN. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { apiAt } from './api.ts'
import { until } from './until.ts'

const binary = process.env['GITLAB_RUNNER_BIN'] ?? ''

/** `describe` for tests that need the program. Without it they are skipped, and their name says why. */
export function describeWithGitlabRunner(name: string, tests: () => void): void {
  if (binary !== '') describe(name, tests)
  else describe.skip(`${name} (GITLAB_RUNNER_BIN does not name a gitlab-runner program)`, tests)
}

/** A place for a configuration, builds and caches of one machine. */
export interface RunnerHome {
  readonly dir: string
  readonly config: string
  /** Runs a command of the program with this configuration; what it printed, and its exit status. */
  command(...args: string[]): Promise<{ readonly code: number; readonly output: string }>
  readConfig(): Promise<string>
  dispose(): Promise<void>
}

export async function aRunnerHome(): Promise<RunnerHome> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-gitlab-runner-'))
  const config = join(dir, 'config.toml')
  return {
    dir,
    config,
    command: (verb, ...args) =>
      new Promise((resolve) => {
        execFile(binary, [verb ?? '', '--config', config, ...args], { env: environment(dir) }, (error, out, errors) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: `${out}${errors}` }),
        )
      }),
    readConfig: () => readFile(config, 'utf8'),
    dispose: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export interface GitlabRunner extends RunnerHome {
  readonly id: number
  readonly token: string
  /** What it printed so far. */
  output(): string
  /** SIGQUIT: waits for its jobs. Answers the exit status. */
  stop(): Promise<number | null>
  /** SIGKILL, as a machine that loses power. What its jobs started lives on. */
  kill(): Promise<void>
}

/** Where runners are made: any server of which root's token is known. */
interface RunnersServer {
  readonly url: string
  readonly rootToken: string
}

/** Makes an instance runner over the API, and starts the program with it. `dispose` ends it. */
export async function aGitlabRunner(
  server: RunnersServer,
  options: { readonly concurrent?: number; readonly tags?: readonly string[]; readonly environment?: string[] } = {},
): Promise<GitlabRunner> {
  const { id, token } = await aRunnerToken(server, { tag_list: (options.tags ?? []).join(','), run_untagged: true })
  const home = await aRunnerHome()
  await writeFile(home.config, configuration(server.url, home.dir, { id, token, ...options }))
  return { ...home, id, token, ...started(home) }
}

/** An instance runner made over the API by root. */
export async function aRunnerToken(server: RunnersServer, body: object = {}): Promise<{ id: number; token: string }> {
  const made = await apiAt(server.url, server.rootToken).post<{ id: number; token: string }>('/user/runners', {
    runner_type: 'instance_type',
    ...body,
  })
  if (made.status !== 201) throw new Error(`user/runners: ${made.status} ${JSON.stringify(made.body)}`)
  return made.body
}

function started(home: RunnerHome): Pick<GitlabRunner, 'output' | 'stop' | 'kill' | 'dispose'> {
  let printed = ''
  const child = spawn(binary, ['run', '--config', home.config, '--working-directory', home.dir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(home.dir),
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += text.toString()))
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await until(`the end of gitlab-runner after ${signal}: ${printed}`, async () => over(child) || undefined)
    return child.exitCode
  }
  return {
    output: () => printed,
    stop: () => end('SIGQUIT'),
    kill: async () => void (await end('SIGKILL')),
    dispose: async () => {
      if (!over(child)) await end('SIGTERM')
      await home.dispose()
    },
  }
}

function over(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function configuration(
  url: string,
  dir: string,
  of: { id: number; token: string; concurrent?: number; environment?: string[] },
): string {
  return `concurrent = ${of.concurrent ?? 1}
check_interval = 1
log_level = "info"
shutdown_timeout = 5

[[runners]]
  name = "shell"
  url = "${url}"
  id = ${of.id}
  token = "${of.token}"
  executor = "shell"
  shell = "bash"
  request_concurrency = ${of.concurrent ?? 1}
  builds_dir = "${join(dir, 'builds')}"
  cache_dir = "${join(dir, 'cache')}"
  environment = ${JSON.stringify(of.environment ?? [])}
`
}

/** Its own home: neither the configuration of whoever runs the tests, nor that of a runner on this machine. */
function environment(dir: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: dir, LANG: 'C.UTF-8' }
}
