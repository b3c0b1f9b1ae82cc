/** Jobs as statuses of their commit (GitLab entity CommitStatus). */
import type { App } from '../../app/context.ts'
import type { CommitStatus } from '../../contract/repository-entities.ts'
import type { CommitStatusRow } from '../../db/commit-pipelines.ts'
import { presentUserBasic } from './user.ts'

export function presentCommitStatus(app: App, projectPath: string, row: CommitStatusRow): CommitStatus {
  const { user_id: id, username, user_name: name, user_state: state } = row
  const known = id !== null && username !== null && name !== null && state !== null
  return {
    id: row.id,
    sha: row.sha,
    ref: row.ref,
    status: row.status,
    name: row.name,
    target_url: `${app.externalUrl}/${projectPath}/-/jobs/${row.id}`,
    description: null,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    allow_failure: row.allow_failure,
    coverage: row.coverage,
    pipeline_id: row.pipeline_id,
    author: known ? presentUserBasic(app, { id, username, name, state }) : null,
  }
}
