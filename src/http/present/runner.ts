/** Runners and their machines as the API shows them (GitLab entities Runner, RunnerDetails and RunnerManager). */
import type { App } from '../../app/context.ts'
import type { RunnerEntity, RunnerManagerEntity } from '../../contract/jobs.ts'
import type { RunnerDetails, RunnerInList } from '../../contract/runner-admin.ts'
import type { JobManagerRow, JobRunnerRow } from '../../db/job-rows.ts'
import type { ManagerRow, RunnerRow } from '../../db/runner-list.ts'
import type { ServedGroup, ServedProject } from '../../db/runner-serves.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { permitted } from './permitted.ts'
import { presentUserBasic } from './user.ts'

export const onlineMs = 2 * 3_600_000
const staleMs = 7 * 24 * 3_600_000

type Seen = { readonly contacted_at: string | Date | null; readonly created_at: string | Date }
type Shown = Seen & Pick<JobRunnerRow, 'id' | 'runner_type' | 'description' | 'paused'>

/** GitLab docs, Runner statuses: online within two hours of a call, stale after seven days without one. */
export function contactStatus(runner: Seen, now: Date): RunnerManagerEntity['status'] {
  const age = (at: string | Date) => now.getTime() - new Date(at).getTime()
  if (runner.contacted_at === null) return age(runner.created_at) > staleMs ? 'stale' : 'never_contacted'
  const silent = age(runner.contacted_at)
  if (silent <= onlineMs) return 'online'
  return silent > staleMs ? 'stale' : 'offline'
}

export function presentRunner(app: App, row: Shown, busy: boolean): RunnerEntity {
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
    status: row.paused && (status === 'online' || status === 'offline') ? 'paused' : status,
    job_execution_status: busy ? 'active' : 'idle',
  }
}

export function presentRunnerInList(app: App, row: RunnerRow): RunnerInList {
  return {
    ...presentRunner(app, row, row.busy),
    created_by: row.creator && presentUserBasic(app, row.creator),
    tag_list: row.tag_list.toSorted(),
    run_untagged: row.run_untagged,
  }
}

export interface RunnerExtras {
  /** The machine that called last. */
  readonly manager: ManagerRow | null
  readonly projects: readonly ServedProject[]
  readonly groups: readonly ServedGroup[]
  readonly changing: Refusal | null
  readonly deleting: Refusal | null
}

export function presentRunnerDetails(app: App, row: RunnerRow, extras: RunnerExtras): RunnerDetails {
  const { manager } = extras
  return {
    ...presentRunnerInList(app, row),
    locked: row.locked,
    maximum_timeout: row.maximum_timeout,
    access_level: row.access_level,
    version: manager?.version ?? null,
    revision: manager?.revision ?? null,
    platform: manager?.platform ?? null,
    architecture: manager?.architecture ?? null,
    contacted_at: row.contacted_at?.toISOString() ?? null,
    maintenance_note: extras.changing === null ? row.maintenance_note : null,
    projects: extras.projects.map(presentProjectIdentity),
    groups: extras.groups.map((group) => ({
      id: group.id,
      web_url: `${app.externalUrl}/groups/${group.full_path}`,
      name: group.name,
    })),
    permissions: { update: permitted(extras.changing), delete: permitted(extras.deleting) },
  }
}

export function presentProjectIdentity(project: ServedProject) {
  return {
    id: project.id,
    description: project.description,
    name: project.name,
    name_with_namespace: project.name_with_namespace,
    path: project.path,
    path_with_namespace: project.full_path,
    created_at: project.created_at.toISOString(),
  }
}

export function presentRunnerManager(app: App, row: JobManagerRow | ManagerRow, busy: boolean): RunnerManagerEntity {
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
