/** Resource groups: who waits for one, in the order of its process mode (GitLab docs, Resource group). */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'

/** Jobs waiting for the resource, the next one first. */
export async function waitingJobs(db: Db, resourceGroupId: number): Promise<{ id: number; pipelineId: number }[]> {
  const { rows } = await sql<{ id: number; pipelineId: number }>`
    select j.id, j.pipeline_id as "pipelineId"
      from jobs j join resource_groups g on g.id = j.resource_group_id
     where j.resource_group_id = ${resourceGroupId} and j.status = 'waiting_for_resource'
     order by case when g.process_mode in ('newest_first', 'newest_ready_first') then -j.pipeline_id else j.pipeline_id end, j.id
     limit 20`.execute(db)
  return rows
}

/** Groups whose resource is free while somebody waits: what a crash between release and hand-on leaves behind. */
export async function idleResourceGroups(db: Db): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct w.resource_group_id as id from jobs w
     where w.status = 'waiting_for_resource'
       and not exists (select 1 from jobs h where h.resource_group_id = w.resource_group_id
                          and h.status in ('pending', 'running', 'canceling'))`.execute(db)
  return rows.map((row) => row.id)
}

/** The id of a project's resource group, made when it does not exist yet. */
export async function ensureResourceGroup(
  tx: Tx,
  project: { readonly id: number; readonly resource_group_default_process_mode: string },
  key: string,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into resource_groups (project_id, key, process_mode)
    values (${project.id}, ${key}, ${project.resource_group_default_process_mode})
    on conflict (project_id, key) do update set key = excluded.key
    returning id`.execute(tx)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('resource group was not created')
  return id
}
