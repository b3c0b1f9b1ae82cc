/** `countersign runner`: the program of the built-in runner by itself, on this machine, for any server. */
import { mkdir } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { ApiError, Unreachable } from '../../contract/client.ts'
import { verifyRunner } from '../../contract/runners.ts'
import { createLog } from '../../log.ts'
import { accountNotice, defaultBuildsDir, defaultJobAccount } from '../../runner/account.ts'
import type { RunnerOptions, RunningRunner } from '../../runner/options.ts'
import { runnerInfo, startRunner } from '../../runner/start-runner.ts'
import { loadSystemId } from '../../runner/system-id.ts'
import { version } from '../../version.ts'
import { connectAnonymously } from '../connect.ts'
import { checkedToken, serverUrl } from '../credentials.ts'
import { refused } from '../failure.ts'
import { note, print } from '../output.ts'
import { positiveNumber, withExample } from './options.ts'

interface Options {
  readonly url: string
  readonly token: string
  readonly concurrency: number
  readonly name: string
  readonly stateDir: string
  readonly buildsDir?: string
}

export function configureRunner(command: Command): void {
  command
    .description(
      'Run jobs on this machine for any server that speaks the protocol of GitLab Runner: an executor for shell scripts with a clean clone for each job. ' +
        'SIGTERM lets running jobs end; a second one ends them.',
    )
    .addOption(new Option('--url <url>', "the server's URL").env('COUNTERSIGN_URL').makeOptionMandatory())
    .addOption(
      new Option(
        '--token <token>',
        "the runner's authentication token; others on this machine can see arguments, so prefer the variable",
      )
        .env('COUNTERSIGN_RUNNER_TOKEN')
        .makeOptionMandatory(),
    )
    .option('--concurrency <number>', 'jobs at the same time', positiveNumber, 1)
    .addOption(
      new Option('--name <name>', 'what the server shows of this machine').default(hostname(), 'its host name'),
    )
    .addOption(
      new Option('--state-dir <path>', 'private directory: identity, caches, records of running jobs').default(
        defaultStateDir(),
        'countersign-runner where this system keeps state',
      ),
    )
    .option('--builds-dir <path>', 'directory of the working copies')
  withExample(
    command,
    'COUNTERSIGN_RUNNER_TOKEN=glrt-… countersign runner --url https://countersign.example.com --concurrency 4',
  )
  command.action(run)
}

async function run(options: Options): Promise<void> {
  const settings = runnerOptions(options)
  print(accountNotice(settings.jobAccount))
  await checkToken(settings)
  let runner: RunningRunner
  try {
    runner = await startRunner(settings)
  } catch (error) {
    // What it cannot use is for the operator to mend; its message says so in one sentence.
    throw refused(error instanceof Error ? error.message : String(error), { cause: error })
  }
  print(`Runner ${runner.systemId} asks ${settings.url} for jobs.`)
  stopOnSignals(runner)
}

function runnerOptions(options: Options): RunnerOptions {
  const stateDir = resolve(options.stateDir)
  const jobAccount = defaultJobAccount()
  return {
    url: serverUrl(options.url, '--url'),
    token: checkedToken(options.token),
    concurrency: options.concurrency,
    name: options.name,
    version,
    stateDir,
    buildsDir: options.buildsDir === undefined ? defaultBuildsDir(stateDir, jobAccount) : resolve(options.buildsDir),
    jobAccount,
    logger: createLog('info'),
  }
}

/** A wrong token is a mistake to be told at once; a server that is away comes back. */
async function checkToken(settings: RunnerOptions): Promise<void> {
  await mkdir(settings.stateDir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw refused(error instanceof Error ? error.message : String(error), { cause: error })
  })
  const who = { token: settings.token, system_id: await loadSystemId(settings.stateDir), info: runnerInfo(settings) }
  try {
    await connectAnonymously(settings.url).call(verifyRunner, who)
  } catch (error) {
    if (error instanceof Unreachable || (error instanceof ApiError && error.status >= 500)) {
      note(`${error.message}; the runner starts all the same and goes on trying.`)
      return
    }
    if (!(error instanceof ApiError)) throw error
    throw refused(`${settings.url} does not know this runner's token (${error.message}).`, { cause: error })
  }
}

function stopOnSignals(runner: RunningRunner): void {
  let asked = 0
  const onSignal = () => {
    asked += 1
    if (asked === 1) note('Running jobs may end; no other is taken. The same signal again ends them.')
    runner.stop(asked === 1).then(
      () => process.exit(0),
      (error: unknown) => {
        note(`Stopping failed: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
}

/** As root the system's place for state, otherwise the user's (XDG base directories). */
function defaultStateDir(): string {
  if (process.geteuid?.() === 0) return '/var/lib/countersign-runner'
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'countersign-runner')
}
