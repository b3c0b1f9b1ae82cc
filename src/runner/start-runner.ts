import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { featuresOf, type RunnerFeature, type RunnerInfo } from '../contract/runner-protocol.ts'
import { type AccountLease, leaseAccount } from './account.ts'
import { runJob } from './job.ts'
import { endLeftovers } from './leftovers.ts'
import { startPollLoop } from './loop.ts'
import { lockStateDir } from './machine-lock.ts'
import { DEFAULT_TIMING, defaultJobPath, type RunnerOptions, type RunningRunner } from './options.ts'
import { makeProtocolClient } from './protocol-client.ts'
import { findShell } from './shell-script.ts'
import { prepareBuildsDir } from './slot.ts'
import { loadSystemId } from './system-id.ts'

/** What this runner does; the server may rely on every one of them. */
const FEATURES: readonly RunnerFeature[] = [
  'variables',
  'shared',
  'artifacts',
  'upload_multiple_artifacts',
  'upload_raw_artifacts',
  'artifacts_exclude',
  'cache',
  'fallback_cache_keys',
  'refspecs',
  'masking',
  'raw_variables',
  'multi_build_steps',
  'return_exit_code',
  'trace_reset',
  'trace_checksum',
  'trace_size',
  'cancelable',
  'cancel_gracefully',
  'two_phase_job_commit',
  'job_inputs',
]

/** What a runner tells the server about itself. */
export function runnerInfo(options: Pick<RunnerOptions, 'name' | 'version' | 'path'>): RunnerInfo {
  return {
    name: options.name,
    version: options.version,
    revision: '',
    platform: process.platform,
    architecture: process.arch,
    executor: 'shell',
    shell: findShell(options.path ?? defaultJobPath()).name,
    features: featuresOf((name) => FEATURES.includes(name)),
  }
}

/**
 * Starts a runner: a client of GitLab Runner's protocol with a shell executor. First it ends what jobs of a previous life left
 * running.
 * @throws with a sentence for the administrator when its directories or the job account cannot be used
 */
export async function startRunner(options: RunnerOptions): Promise<RunningRunner> {
  const { logger, stateDir, buildsDir } = options
  const timing = { ...DEFAULT_TIMING, ...options.timing }
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const unlock = await lockStateDir(stateDir)
  let accounts: AccountLease[] = []
  const release = (): void => {
    for (const account of accounts) account.release()
    unlock()
  }
  try {
    await endLeftovers(stateDir, logger)
    await rm(join(stateDir, 'spool'), { recursive: true, force: true })
    accounts = await leaseAccounts(options)
    await prepareBuildsDir(buildsDir, accounts[0] ?? null)
  } catch (error) {
    release()
    throw error
  }
  const systemId = await loadSystemId(stateDir)
  const info = runnerInfo(options)
  const { url, token } = options
  const client = makeProtocolClient({ url, token, systemId, info, requestTimeout: timing.requestTimeout })

  const quit = new AbortController()
  const kill = new AbortController()
  const loop = startPollLoop({
    client,
    concurrency: options.concurrency,
    timing,
    logger,
    quit: quit.signal,
    run: (job, slot) => {
      logger.info({ job: job.id, slot }, 'a job begins')
      return runJob({
        options,
        timing,
        client,
        job,
        slot,
        account: accounts[slot] ?? null,
        systemId,
        stop: kill.signal,
      })
    },
  })

  async function stop(graceful: boolean): Promise<void> {
    quit.abort()
    if (!graceful) kill.abort()
    await loop.done
    release()
  }

  const stopNow = (): void => void stop(false)
  if (options.signal?.aborted === true) stopNow()
  options.signal?.addEventListener('abort', stopNow, { once: true })
  logger.info({ systemId, concurrency: options.concurrency }, 'runner started')
  return { systemId, stop }
}

/** One account per slot. */
async function leaseAccounts({ jobAccount, concurrency }: RunnerOptions): Promise<AccountLease[]> {
  const leases: AccountLease[] = []
  if (jobAccount === null) return leases
  for (let slot = 0; slot < concurrency; slot += 1) leases.push(await leaseAccount(jobAccount))
  return leases
}
