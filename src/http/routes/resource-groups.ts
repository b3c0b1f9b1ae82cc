/** Resource Groups API. */
import { changeProcessMode } from '../../app/change-resource-group.ts'
import * as contract from '../../contract/resource-groups.ts'
import type { Project } from '../../db/projects.ts'
import {
  findResourceGroup,
  holdingJob,
  type ResourceGroup,
  resourceGroupPage,
  upcomingJobs,
} from '../../db/resource-group-rows.ts'
import { refuse } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, type Knock, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { jobsById, presentJob, presentJobs } from '../present/job.ts'

export const resourceGroupRoutes: Route[] = [
  implement(contract.listResourceGroups, async (call) => {
    const found = await projectFor(call, 'read_resource_groups')
    if (!found.ok) return found
    return ok(mapPage(await resourceGroupPage(call.app.db, found.value.project.id, call.input), present))
  }),

  implement(contract.getResourceGroup, async (call) => {
    const found = await groupOf(call)
    return found.ok ? ok(present(found.value.group)) : found
  }),

  implement(contract.updateResourceGroup, async (call) => {
    const found = await projectFor(call, 'admin_resource_groups')
    if (!found.ok) return found
    const place = { projectId: found.value.project.id, key: call.input.key }
    const changed = await changeProcessMode(call.app, call.actor, place, call.input.process_mode)
    return changed.ok ? ok(present(changed.value)) : changed
  }),

  implement(contract.currentResourceGroupJob, async (call) => {
    const found = await groupOf(call, 'jobs')
    if (!found.ok) return found
    const id = await holdingJob(call.app.db, found.value.group.id)
    const job = id === null ? undefined : (await jobsById(call.app, [id])).get(id)
    return ok(job ? await presentJob(call.app, job) : null)
  }),

  implement(contract.upcomingResourceGroupJobs, async (call) => {
    const found = await groupOf(call, 'jobs')
    if (!found.ok) return found
    const page = await upcomingJobs(call.app.db, found.value.group, call.input)
    const ids = page.items.map((row) => row.id)
    const rows = await jobsById(call.app, ids)
    const items = await presentJobs(
      call.app,
      ids.flatMap((id) => rows.get(id) ?? []),
    )
    return ok({ ...page, items })
  }),
]

/** @param reading `jobs` asks for the right to read jobs too */
async function groupOf(
  call: Knock & { readonly input: { readonly key: string } },
  reading?: 'jobs',
): Promise<Result<{ project: Project; group: ResourceGroup }, Refusal>> {
  const found = await projectFor(call, 'read_resource_groups')
  if (!found.ok) return found
  const { project, standing } = found.value
  const refusal = reading ? refuse(call.actor, 'read_job', standing, 'Project') : null
  if (refusal) return err(refusal)
  const group = await findResourceGroup(call.app.db, project.id, call.input.key)
  return group ? ok({ project, group }) : err({ code: 'not_found', what: null })
}

function present(group: ResourceGroup) {
  return {
    id: group.id,
    key: group.key,
    process_mode: group.process_mode,
    created_at: group.created_at.toISOString(),
    updated_at: group.updated_at.toISOString(),
  }
}
