import type { JobStep, RunnerFailureReason } from '../contract/runner-protocol.ts'
import { downloadArtifacts, dueArtifacts, dueDependencies, uploadArtifacts } from './artifacts.ts'
import { hasCachesToSave, restoreCaches, saveCaches } from './cache.ts'
import { timeLimit } from './duration.ts'
import { gitCredentials, gitSource } from './git-source.ts'
import type { JobContext } from './job-context.ts'
import type { JobLog } from './job-log.ts'
import { pause } from './pause.ts'
import { runShell } from './run-shell.ts'
import type { ProcessEnd } from './sandbox.ts'
import { echoedCommands, exportStepVariables, quote } from './shell-script.ts'
import { expand, type JobVariables } from './variables.ts'

/** A failed job. `exitCode`: of the script, if it is what failed. */
export interface JobFailure {
  readonly reason: RunnerFailureReason
  readonly exitCode: number | null
  readonly message: string
}

/** null: fine so far. */
type StageOutcome = JobFailure | null

export interface StageSettings {
  readonly context: JobContext
  readonly log: JobLog
  readonly variables: JobVariables
  readonly onOutput: (output: Buffer) => void
  /** The job was canceled and may still run its after_script. */
  readonly cancel: AbortSignal
  /** The job's time is over. */
  readonly deadline: AbortSignal
}

/** GitLab Runner's time limit for after_script, in ms. */
const AFTER_SCRIPT_TIMEOUT = 300_000

/**
 * Everything between taking a job and telling its result, in GitLab Runner's order: prepare, get_sources, restore_cache,
 * download_artifacts, the steps up to the first that fails, after_script, archive_cache, upload_artifacts.
 * Why the job was interrupted (cancel, deadline, abort) is the caller's to judge; it weighs more than the failure returned here.
 */
export async function runStages(settings: StageSettings): Promise<StageOutcome> {
  const { context } = settings
  const halted = (): boolean => settings.cancel.aborted || settings.deadline.aborted || context.abort.aborted
  const before = [prepare, getSources, restore, download]
  let failure: StageOutcome = null
  for (const stage of before) {
    if (failure !== null || halted()) return failure
    failure = await stage(settings)
  }
  if (failure === null && !halted()) {
    for (const step of context.job.steps) {
      if (step.name === 'after_script' || failure !== null || halted()) continue
      failure = await runStep(settings, step)
    }
    const status = settings.cancel.aborted ? 'canceled' : failure === null ? 'success' : 'failed'
    failure = (await runAfterScript(settings, status)) ?? failure
  }
  if (settings.deadline.aborted || context.abort.aborted) return failure
  return finishFiles(settings, failure, settings.cancel.aborted || failure !== null ? 'failed' : 'success')
}

/** Makes the directories and writes the file variables, under the job's account. */
async function prepare(settings: StageSettings): Promise<StageOutcome> {
  const { dirs } = settings.context
  const files = settings.variables.files.map(({ path, content }) => `printf '%s' ${quote(content)} > ${quote(path)}`)
  const lines = [
    'umask 077',
    `mkdir -p ${[dirs.home, dirs.temp, dirs.files].map(quote).join(' ')}`,
    ...files,
    `: > ${quote(stepVariablesFile(settings))}`,
  ]
  const title = 'Preparing the environment'
  const end = await settings.log.section('prepare_script', title, () => shell(settings, lines, {}, settings.deadline))
  return failureOf(end, 'runner_system_failure')
}

async function getSources(settings: StageSettings): Promise<StageOutcome> {
  const { context, log } = settings
  const source = gitSource(context.job, context.env, context.dirs.project)
  if ('problem' in source) return { reason: 'runner_configuration_error', exitCode: null, message: source.problem }
  return log.section('get_sources', 'Fetching the source', () =>
    withAttempts(settings, 'GET_SOURCES_ATTEMPTS', async () =>
      failureOf(await shell(settings, [...source.script], source.env, interruption(settings)), 'runner_system_failure'),
    ),
  )
}

async function restore({ context, log }: StageSettings): Promise<StageOutcome> {
  if (context.job.cache.length > 0) await log.section('restore_cache', 'Restoring cache', () => restoreCaches(context))
  return null
}

async function download(settings: StageSettings): Promise<StageOutcome> {
  const { context, log } = settings
  const dependencies = dueDependencies(context.job.dependencies)
  if (dependencies.length === 0) return null
  return log.section('download_artifacts', 'Downloading artifacts', () =>
    withAttempts(settings, 'ARTIFACT_DOWNLOAD_ATTEMPTS', async () => {
      const result = await downloadArtifacts(context, dependencies)
      return result.ok ? null : { reason: 'runner_system_failure', exitCode: null, message: result.problem }
    }),
  )
}

async function runStep(settings: StageSettings, step: JobStep): Promise<StageOutcome> {
  const { env } = settings.context
  const name = step.name === 'script' ? 'step_script' : `step_${step.name}`
  const title = step.name === 'script' ? 'Running the script' : `Running ${step.name}`
  // The lines of a release step are expanded by the runner first (GitLab Runner).
  const script = step.name === 'release' ? step.script.map((line) => expand(line, (key) => env[key])) : step.script
  const limit = AbortSignal.any([interruption(settings), timeLimit(env.RUNNER_SCRIPT_TIMEOUT)])
  const end = await settings.log.section(name, title, () => shell(settings, userScript(settings, script), {}, limit))
  if (end.code === 0 || interruption(settings).aborted || !limit.aborted) return failureOf(end, 'script_failure')
  return {
    reason: 'job_execution_timeout',
    exitCode: null,
    message: 'the script took longer than RUNNER_SCRIPT_TIMEOUT',
  }
}

/** Runs whatever the script's result was, unless the job's time is over; its own failure counts only when the job says so. */
async function runAfterScript(settings: StageSettings, status: string): Promise<StageOutcome> {
  const step = settings.context.job.steps.find((one) => one.name === 'after_script')
  const { env, abort } = settings.context
  if (step === undefined || step.script.length === 0 || settings.deadline.aborted || abort.aborted) return null
  const limit = AbortSignal.any([
    settings.deadline,
    timeLimit(env.RUNNER_AFTER_SCRIPT_TIMEOUT || `${AFTER_SCRIPT_TIMEOUT}ms`),
  ])
  const lines = userScript(settings, step.script)
  const end = await settings.log.section('after_script', 'Running after_script', () =>
    shell(settings, lines, { CI_JOB_STATUS: status }, limit),
  )
  const failure = failureOf(end, 'script_failure')
  if (failure === null) return null
  settings.log.say(`WARNING: after_script failed (${failure.message}); the result of the job stays as it is`)
  return env.AFTER_SCRIPT_IGNORE_ERRORS === 'false' ? failure : null
}

/** Caches and artifacts. A failed upload fails a job that was fine. */
async function finishFiles(
  settings: StageSettings,
  failure: StageOutcome,
  result: 'success' | 'failed',
): Promise<StageOutcome> {
  const { context, log } = settings
  if (hasCachesToSave(context, result)) {
    const name = result === 'success' ? 'archive_cache' : 'archive_cache_on_failure'
    await log.section(name, 'Saving cache', () => saveCaches(context, result))
  }
  const artifacts = dueArtifacts(context.job.artifacts, result)
  if (artifacts.length === 0) return failure
  const name = result === 'success' ? 'upload_artifacts_on_success' : 'upload_artifacts_on_failure'
  const title = result === 'success' ? 'Uploading artifacts' : 'Uploading artifacts of the failed job'
  const uploaded = await log.section(name, title, () => uploadArtifacts(context, artifacts))
  if (uploaded.ok || failure !== null) return failure
  return { reason: 'script_failure', exitCode: 1, message: `artifacts could not be uploaded: ${uploaded.problem}` }
}

/** Until a cancel, the job's end of time, or the end of everything. */
function interruption(settings: StageSettings): AbortSignal {
  return AbortSignal.any([settings.cancel, settings.deadline])
}

function stepVariablesFile(settings: StageSettings): string {
  return `${settings.context.dirs.files}/gitlab_runner_env`
}

function userScript(settings: StageSettings, commands: readonly string[]): string[] {
  const { env, dirs } = settings.context
  return [
    ...exportStepVariables(stepVariablesFile(settings)),
    `cd ${quote(dirs.project)}`,
    ...(env.CI_DEBUG_TRACE === 'true' ? ['set -x'] : []),
    ...echoedCommands(commands),
  ]
}

function shell(
  { context, onOutput }: StageSettings,
  lines: readonly string[],
  more: Readonly<Record<string, string>>,
  interrupt: AbortSignal,
): Promise<ProcessEnd> {
  return runShell(context.sandbox, {
    lines,
    cwd: context.dirs.slot,
    env: { ...gitCredentials(context.job.git_info.repo_url), ...context.env, ...more },
    interrupt,
    abort: context.abort,
    killGrace: context.timing.killGrace,
    onOutput,
  })
}

function failureOf(end: ProcessEnd, reason: RunnerFailureReason): StageOutcome {
  if (end.failure !== null) return { reason: 'runner_system_failure', exitCode: null, message: end.failure }
  if (end.code === 0) return null
  if (end.code === null) return { reason, exitCode: null, message: `killed by ${end.signal ?? 'a signal'}` }
  return { reason, exitCode: end.code, message: `exit code ${end.code}` }
}

/** Repeats a stage as often as a variable says (1 to 10, 1 if it says nothing useful). */
async function withAttempts(
  settings: StageSettings,
  variable: string,
  stage: () => Promise<StageOutcome>,
): Promise<StageOutcome> {
  const wanted = Number(settings.context.env[variable])
  const attempts = Number.isInteger(wanted) && wanted >= 1 && wanted <= 10 ? wanted : 1
  for (let attempt = 1; ; attempt += 1) {
    const failure = await stage()
    if (failure === null || attempt >= attempts || interruption(settings).aborted || settings.context.abort.aborted)
      return failure
    settings.log.say(`WARNING: Retrying (${attempt + 1} of ${attempts}): ${failure.message}`)
    await pause(settings.context.timing.retry, settings.context.abort)
  }
}
