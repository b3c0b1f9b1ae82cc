/** Pipelines as the API shows them (GitLab entities PipelineBasic and PipelineWithMetadata). */
import type { App } from '../../app/context.ts'
import type { DetailedStatus, PipelineBasic, PipelineEntity, PipelineInList } from '../../contract/pipeline-entities.ts'
import type { PipelineBasicRow } from '../../db/job-rows.ts'
import type { PipelineDetailRow, PipelineListRow } from '../../db/pipeline-rows.ts'
import { detailedStatus } from '../../domain/detailed-status.ts'
import { presentUserBasic } from './user.ts'

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
    web_url: `${app.externalUrl}${pathOf(row)}`,
  }
}

export function presentPipelineInList(app: App, row: PipelineListRow): PipelineInList {
  return {
    ...presentPipelineBasic(app, row),
    name: row.name,
    user: row.person && presentUserBasic(app, row.person),
    duration: row.run_seconds === null ? null : Math.round(row.run_seconds),
  }
}

export function presentPipeline(app: App, row: PipelineDetailRow): PipelineEntity {
  const { created_at: created, started_at: started } = row
  return {
    ...presentPipelineBasic(app, row),
    before_sha: row.before_sha,
    tag: row.tag,
    yaml_errors: row.yaml_errors,
    user: row.person && presentUserBasic(app, row.person),
    started_at: started?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    committed_at: row.committed_at?.toISOString() ?? null,
    duration: row.run_seconds === null ? null : Math.round(row.run_seconds),
    queued_duration: started && Math.round((started.getTime() - created.getTime()) / 1000),
    coverage: row.coverage === null ? null : row.coverage.toFixed(2),
    detailed_status: presentStatus(row),
    name: row.name,
    archived: false,
    failure_reason: row.failure_reason,
  }
}

function presentStatus(row: PipelineDetailRow): DetailedStatus {
  const words = detailedStatus(row.status, row.has_warnings)
  return {
    ...words,
    tooltip: words.label,
    has_details: true,
    details_path: pathOf(row),
    illustration: null,
    favicon: '/favicon.ico',
  }
}

function pathOf(row: PipelineBasicRow): string {
  return `/${row.project_path}/-/pipelines/${row.id}`
}
