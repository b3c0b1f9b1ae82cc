/** Pipelines API. */
import { cancelPipeline } from '../../app/cancel-pipeline.ts'
import type { App } from '../../app/context.ts'
import { deletePipeline } from '../../app/delete-pipeline.ts'
import { renamePipeline } from '../../app/rename-pipeline.ts'
import { retryPipeline } from '../../app/retry-job.ts'
import { runPipeline } from '../../app/run-pipeline.ts'
import * as contract from '../../contract/pipelines.ts'
import { findPipeline, latestPipelineId, listPipelines, type PipelineDetailRow } from '../../db/pipeline-rows.ts'
import { refuse } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { findRef } from '../../git/refs.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { pipelineFor } from '../find-ci.ts'
import { mapPage } from '../pagination.ts'
import { refsOf, statusesOf } from '../pipeline-scope.ts'
import { presentPipeline, presentPipelineInList } from '../present/pipeline.ts'

const notFound: Refusal = { code: 'not_found', what: null }

export const pipelineRoutes: Route[] = [
  implementOpen(contract.listPipelines, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'read_pipeline')
    if (!found.ok) return found
    const { project, standing } = found.value
    const refusal = refuse(actor, 'read_job', standing, 'Project')
    if (refusal) return err(refusal)
    const page = await listPipelines(
      app.db,
      {
        projectId: project.id,
        latestOf: await refsOf(app, project.id, input.scope),
        statuses: statusesOf(input),
        source: input.source,
        ref: input.ref,
        sha: input.sha,
        yamlErrors: input.yaml_errors,
        username: input.username,
        updatedAfter: input.updated_after,
        updatedBefore: input.updated_before,
        createdAfter: input.created_after,
        createdBefore: input.created_before,
        name: input.name,
        orderBy: input.order_by,
        sort: input.sort,
      },
      input,
    )
    return ok(mapPage(page, (row) => presentPipelineInList(app, row)))
  }),

  implementOpen(contract.getLatestPipeline, async (call) => {
    const { app, input } = call
    const found = await projectFor(call, 'read_pipeline')
    if (!found.ok) return found
    const { project } = found.value
    const branch = input.ref || project.default_branch
    const at = await findRef(app.repositories.open(project.id), { type: 'branch', name: branch })
    const id = at?.commit
      ? await latestPipelineId(app.db, { projectId: project.id, ref: branch, sha: at.commit })
      : null
    return id === null ? err({ code: 'not_found', what: 'Pipeline' }) : answer(app, project.id, id)
  }),

  implementOpen(contract.getPipeline, async (call) => {
    const found = await pipelineFor(call, 'read_pipeline')
    return found.ok ? ok(presentPipeline(call.app, found.value.pipeline)) : found
  }),

  implement(contract.createPipeline, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'create_pipeline')
    if (!found.ok) return found
    const { project } = found.value
    const variables = input.variables.map(({ key, value, variable_type: type }) => ({
      key,
      value,
      file: type === 'file',
    }))
    const request = { project, actor, ref: input.ref, source: 'api' as const, variables, inputs: input.inputs }
    const made = await runPipeline(app, request)
    return made.ok ? answer(app, project.id, made.value.id) : made
  }),

  implement(contract.updatePipelineMetadata, async (call) => {
    const found = await pipelineFor(call, 'update_job')
    if (!found.ok) return found
    const { project, pipeline } = found.value
    const renamed = await renamePipeline(call.app, pipeline.id, call.input.name)
    return renamed.ok ? answer(call.app, project.id, pipeline.id) : renamed
  }),

  implement(contract.retryPipeline, async (call) => {
    const found = await pipelineFor(call, 'update_job')
    if (!found.ok) return found
    const { project, pipeline } = found.value
    await retryPipeline(call.app, call.actor, pipeline.id)
    return answer(call.app, project.id, pipeline.id)
  }),

  implement(contract.cancelPipeline, async (call) => {
    const found = await pipelineFor(call, 'update_job')
    if (!found.ok) return found
    const { project, pipeline } = found.value
    await cancelPipeline(call.app, call.actor, pipeline.id)
    return answer(call.app, project.id, pipeline.id)
  }),

  implement(contract.deletePipeline, async (call) => {
    const found = await pipelineFor(call, 'destroy_pipeline')
    return found.ok ? deletePipeline(call.app, call.actor, found.value.pipeline.id) : found
  }),
]

async function answer(app: App, projectId: number, id: number) {
  const row: PipelineDetailRow | null = await findPipeline(app.db, projectId, id)
  return row ? ok(presentPipeline(app, row)) : err(notFound)
}
