/** Pipelines as the API shows them (GitLab entities PipelineBasic and PipelineWithMetadata). */
import type { App } from '../../app/context.ts'
import type { PipelineBasic } from '../../contract/pipeline-entities.ts'
import type { PipelineBasicRow } from '../../db/job-rows.ts'

export function presentPipelineBasic(app: App, row: PipelineBasicRow): PipelineBasic {
  return {
    id: row.id,
    iid: row.iid,
    project_id: row.project_id,
    sha: row.sha,
    ref: row.ref,
    status: row.status,
    source: row.source,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
    web_url: `${app.externalUrl}/${row.project_path}/-/pipelines/${row.id}`,
  }
}
