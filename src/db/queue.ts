/** The queue of pending jobs as one runner sees it (reference gitlab-ci-and-runner.md C9). */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'

export interface QueueRunner {
  readonly id: number
  readonly runner_type: 'instance_type' | 'group_type' | 'project_type'
  readonly tag_list: readonly string[]
  readonly run_untagged: boolean
  readonly access_level: 'not_protected' | 'ref_protected'
}

/** What this runner may take: tags, protected refs, and the projects it serves. */
const takeable = (runner: QueueRunner) => sql`
  j.status = 'pending' and j.assigned_at is null and not j.is_bridge and not pr.archived
  and j.tags <@ ${[...runner.tag_list]}::text[]
  and (${runner.run_untagged} or j.tags <> '{}')
  and (${runner.access_level === 'not_protected'} or p.protected)
  and case ${runner.runner_type}::text
        when 'instance_type' then pr.shared_runners_enabled
        when 'project_type' then exists (select 1 from runner_projects rp where rp.runner_id = ${runner.id} and rp.project_id = pr.id)
        else pr.group_runners_enabled and exists (
          select 1 from runner_namespaces rn join namespaces n on n.id = pr.namespace_id
           where rn.runner_id = ${runner.id} and rn.namespace_id = any (n.traversal_ids)) end`

/**
 * Pipelines that have something for this runner, each once, the next one first. An instance runner serves projects with fewer
 * running jobs first; the others go by age.
 */
export async function pipelinesWithWork(db: Db, runner: QueueRunner): Promise<number[]> {
  const fair = runner.runner_type === 'instance_type'
  const { rows } = await sql<{ pipeline_id: number }>`
    select j.pipeline_id
      from jobs j join pipelines p on p.id = j.pipeline_id join projects pr on pr.id = j.project_id
     where ${takeable(runner)}
     group by j.pipeline_id, j.project_id
     order by case when ${fair} then (select count(*) from jobs r where r.project_id = j.project_id and r.status = 'running' and not r.is_bridge) else 0 end,
              min(j.id)
     limit 20`.execute(db)
  return rows.map((row) => row.pipeline_id)
}

/** The first job of a leased pipeline that this runner may take; null when another runner was faster. */
export async function nextJobOf(tx: Tx, pipelineId: number, runner: QueueRunner): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select j.id from jobs j join pipelines p on p.id = j.pipeline_id join projects pr on pr.id = j.project_id
     where j.pipeline_id = ${pipelineId} and ${takeable(runner)}
     order by j.id limit 1`.execute(tx)
  return rows[0]?.id ?? null
}

/** The runners `r` that are not paused and serve project `pr` of namespace `n`, for job `j` of pipeline `p`. */
const matchingRunners = sql`
  runners r
   where not r.paused and j.tags <@ r.tag_list and (r.run_untagged or j.tags <> '{}')
     and (r.access_level = 'not_protected' or p.protected)
     and case r.runner_type
           when 'instance_type' then pr.shared_runners_enabled
           when 'project_type' then exists (select 1 from runner_projects rp where rp.runner_id = r.id and rp.project_id = pr.id)
           else pr.group_runners_enabled and exists (
             select 1 from runner_namespaces rn where rn.runner_id = r.id and rn.namespace_id = any (n.traversal_ids)) end`

/** Whether any runner that is not paused could ever take job `j`; needs `p`, `pr` and `n` as {@link hasMatchingRunner} has them. */
export const runnerMatches = sql<boolean>`exists (select 1 from ${matchingRunners})`

/** … and one of them called within the last two hours, which is when GitLab still calls a runner online. */
export const runnerMatchesOnline = sql<boolean>`exists (
  select 1 from ${matchingRunners} and r.contacted_at > now() - interval '2 hours')`

/** Whether any runner that is not paused could ever take this job; asked to explain why a job is stuck. */
export async function hasMatchingRunner(db: Db, jobId: number): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select ${runnerMatches} as found
      from jobs j join pipelines p on p.id = j.pipeline_id join projects pr on pr.id = j.project_id
      join namespaces n on n.id = pr.namespace_id
     where j.id = ${jobId}`.execute(db)
  return rows[0]?.found ?? false
}
