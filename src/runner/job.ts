import { hostname } from 'node:os'
import type { JobPayload } from '../contract/runner-protocol.ts'
import type { AccountLease } from './account.ts'
import { acknowledgeJob } from './acknowledge.ts'
import { type JobEnvironment, jobEnvironment } from './job-environment.ts'
import { fillInputs } from './job-inputs.ts'
import { type JobLog, makeJobLog } from './job-log.ts'
import { finalUpdate, type Interruption, judge, unsupported } from './job-result.ts'
import { type JobFailure, runStages } from './job-stages.ts'
import { createJobTrace } from './job-trace.ts'
import { DEFAULT_OUTPUT_LIMIT, type RunnerOptions, type RunnerTiming } from './options.ts'
import type { ProtocolClient } from './protocol-client.ts'
import { openSandbox } from './sandbox.ts'
import { findShell } from './shell-script.ts'
import { emptySharedDirs, emptySlot, prepareSlot } from './slot.ts'
import { startTraceSync } from './trace-sync.ts'
import { credentialsOf } from './variables.ts'

export interface JobRun {
  readonly options: RunnerOptions
  readonly timing: RunnerTiming
  readonly client: ProtocolClient
  readonly job: JobPayload
  readonly slot: number
  readonly account: AccountLease | null
  readonly systemId: string
  /** Aborted: the runner stops now, the job fails with runner_interrupted. */
  readonly stop: AbortSignal
}

interface JobSignals {
  /** End everything at once. */
  readonly abort: AbortSignal
  /** End the script; after_script may still run. */
  readonly cancel: AbortSignal
  /** The job's time is over. */
  readonly deadline: AbortSignal
}

/** Seconds; GitLab Runner's time limit for a job that comes without one. */
const DEFAULT_TIMEOUT = 7200

/** Runs one job from acknowledgement to final update. Whatever goes wrong becomes the job's result or a log line. */
export async function runJob(run: JobRun): Promise<void> {
  const { client, job, options } = run
  // Not acknowledged, the job goes to another runner.
  if (run.stop.aborted) return
  const acknowledged = await acknowledgeJob(client, job, run.timing, run.stop)
  if (acknowledged === 'dropped') {
    options.logger.info({ job: job.id }, 'a job was not started: the server took it back or could not be reached')
    return
  }
  try {
    await runAcknowledged(run, acknowledged === 'canceled')
  } catch (error) {
    options.logger.error({ job: job.id, err: error }, 'a job ended unexpectedly')
    await client.updateJob(job, { state: 'failed', failure_reason: 'runner_system_failure' })
  }
}

async function runAcknowledged(run: JobRun, canceled: boolean): Promise<void> {
  const { client, options, timing } = run
  const filled = fillInputs(run.job)
  const job = 'job' in filled ? filled.job : run.job
  const [abort, cancel, deadline] = [new AbortController(), new AbortController(), new AbortController()]
  let interruption: Interruption | null = null
  const interrupt = (kind: Interruption, controller: AbortController): void => {
    // The first reason stands, but nothing is reported once the server wants to hear no more.
    if (interruption === null || kind === 'gone') interruption = kind
    controller.abort()
  }
  const stopNow = (): void => interrupt('stopped', abort)
  if (canceled) interrupt('canceled', cancel)
  if (run.stop.aborted) stopNow()
  run.stop.addEventListener('abort', stopNow, { once: true })
  const seconds = job.runner_info.timeout > 0 ? job.runner_info.timeout : DEFAULT_TIMEOUT
  const timer = setTimeout(() => interrupt('timeout', deadline), Math.min(seconds * 1000, 2 ** 31 - 1))

  const environment = jobEnvironment(job, options, run.slot, run.account, seconds)
  const trace = createJobTrace({
    secrets: [...environment.variables.secrets, ...credentialsOf(job), options.token],
    prefixes: job.features.token_mask_prefixes,
    limit: options.outputLimit ?? DEFAULT_OUTPUT_LIMIT,
  })
  const sync = startTraceSync({
    client,
    ref: job,
    trace,
    timing,
    debug: environment.variables.env.CI_DEBUG_TRACE === 'true',
    logger: options.logger,
    hurry: run.stop,
    onSignal: (signal) => (signal === 'abort' ? interrupt('gone', abort) : interrupt('canceled', cancel)),
  })
  const log = makeJobLog(trace, job.features.trace_sections)
  log.say(`Running with countersign-runner ${options.version} on ${options.name} (${run.systemId})`)
  const signals = { abort: abort.signal, cancel: cancel.signal, deadline: deadline.signal }
  const failure =
    'problem' in filled
      ? misconfigured(filled.problem)
      : await performJob({ ...run, job }, environment, signals, log, (output) => trace.write(output))
  clearTimeout(timer)
  run.stop.removeEventListener('abort', stopNow)

  const result = judge(failure, interruption, seconds)
  if (result === null) log.success('Job succeeded')
  else log.say(`ERROR: Job failed: ${result.message}`)
  const end = await sync.finish(finalUpdate(result, job))
  const details = { job: job.id, result: result?.reason ?? 'success', end }
  if (end === 'lost') options.logger.error(details, 'the result of a job could not be delivered')
  else options.logger.info(details, 'a job is over')
}

function misconfigured(message: string): JobFailure {
  return { reason: 'runner_configuration_error', exitCode: null, message }
}

/** The work itself, in a fresh sandbox that is empty again when this returns. */
async function performJob(
  run: JobRun,
  { dirs, variables }: JobEnvironment,
  { abort, cancel, deadline }: JobSignals,
  log: JobLog,
  onOutput: (output: Buffer) => void,
): Promise<JobFailure | null> {
  const { job, options, account } = run
  const refusal = unsupported(job)
  if (refusal !== null) return misconfigured(refusal)
  if (dirs === null) return misconfigured('GIT_CLONE_PATH is not below CI_BUILDS_DIR')
  try {
    const sandbox = await openSandbox({ jobId: job.id, stateDir: options.stateDir, account })
    try {
      await log.section('prepare_executor', 'Preparing the shell executor', async () => {
        await prepareSlot(dirs.slot, account)
        const shell = findShell(variables.env.PATH ?? '').name
        log.say(
          `Using ${shell} on ${hostname()}, ${account === null ? "the runner's account" : `account ${account.uid}`}`,
        )
      })
      const halt = AbortSignal.any([abort, deadline])
      const { client, timing } = run
      const say = log.say
      const { stateDir } = options
      const context = { job, client, sandbox, dirs, env: variables.env, stateDir, timing, abort, halt, say }
      return await runStages({ context, log, variables, onOutput, cancel, deadline })
    } finally {
      await sandbox.close()
      if (account?.exclusive === true) await emptySharedDirs(account)
      await emptySlot(dirs.slot).catch((error: Error) =>
        options.logger.error({ job: job.id, err: error }, 'the working directory of a job could not be emptied'),
      )
    }
  } catch (error) {
    options.logger.error({ job: job.id, err: error }, 'a job could not be run')
    const message = error instanceof Error ? error.message : String(error)
    return { reason: 'runner_system_failure', exitCode: null, message }
  }
}
