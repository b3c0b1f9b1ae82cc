/** Runners and their machines as the API shows them (GitLab entities Runner and RunnerManager). */
import type { App } from '../../app/context.ts'
import type { RunnerEntity, RunnerManagerEntity } from '../../contract/jobs.ts'
import type { JobManagerRow, JobRunnerRow } from '../../db/job-rows.ts'

const onlineMs = 2 * 3_600_000
const staleMs = 7 * 24 * 3_600_000

type Seen = { readonly contacted_at: string | Date | null; readonly created_at: string | Date }

/** GitLab docs, Runner statuses: online within two hours of a call, stale after seven days without one. */
export function contactStatus(runner: Seen, now: Date): RunnerEntity['status'] {
  const age = (at: string | Date) => now.getTime() - new Date(at).getTime()
  if (runner.contacted_at === null) return age(runner.created_at) > staleMs ? 'stale' : 'never_contacted'
  const silent = age(runner.contacted_at)
  if (silent <= onlineMs) return 'online'
  return silent > staleMs ? 'stale' : 'offline'
}

export function presentRunner(app: App, row: JobRunnerRow, busy: boolean): RunnerEntity {
  const status = contactStatus(row, app.now())
  return {
    id: row.id,
    description: row.description,
    ip_address: null,
    active: !row.paused,
    paused: row.paused,
    is_shared: row.runner_type === 'instance_type',
    runner_type: row.runner_type,
    name: null,
    online: row.contacted_at === null ? null : status === 'online',
    created_at: new Date(row.created_at).toISOString(),
    status,
    job_execution_status: busy ? 'active' : 'idle',
  }
}

export function presentRunnerManager(app: App, row: JobManagerRow, busy: boolean): RunnerManagerEntity {
  return {
    id: row.id,
    system_id: row.system_id,
    version: row.version,
    revision: row.revision,
    platform: row.platform,
    architecture: row.architecture,
    created_at: new Date(row.created_at).toISOString(),
    contacted_at: row.contacted_at && new Date(row.contacted_at).toISOString(),
    ip_address: row.ip,
    status: contactStatus(row, app.now()),
    job_execution_status: busy ? 'active' : 'idle',
  }
}
