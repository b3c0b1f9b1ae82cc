/** Jobs whose artifacts a job downloads first (reference A11, E3). */
import { sql } from 'kysely'
import { keptAsLatest, rootOf } from './artifact-expiry.ts'
import type { Db } from './open.ts'

export interface JobDependency {
  readonly id: number
  readonly name: string
  /** Null: no archive, nothing to download. */
  readonly file: { readonly filename: string; readonly size: number } | null
  /** It was erased, or its archive expired: what needs it must not run as if there had been none (GitLab: invalid dependency). */
  readonly gone: boolean
}

/** `dependencies`, else the needs with artifacts, else all jobs of earlier stages; each with its archive unless that expired. */
export async function finishedDependencies(db: Db, jobId: number): Promise<JobDependency[]> {
  const there = sql`(a.expire_at is null or a.expire_at > now() or ${keptAsLatest})`
  const { rows } = await sql<JobDependency>`
    select o.id, o.name,
           case when ${there} and a.id is not null then jsonb_build_object('filename', a.filename, 'size', a.size) end as file,
           o.erased_at is not null or (a.id is null and o.artifacts_expired_at is not null) or not ${there} as gone
      from jobs j
      join pipelines i on i.id = j.pipeline_id
      join projects pr on pr.id = j.project_id
      ${rootOf}
      join jobs o on o.pipeline_id = j.pipeline_id and not o.retried and o.id <> j.id and not o.is_bridge
      left join job_artifacts a on a.job_id = o.id and a.file_type = 'archive'
     where j.id = ${jobId} and o.status in ('success', 'failed', 'canceled')
       and case
             when jsonb_typeof(j.plan->'dependencies') = 'array' then (j.plan->'dependencies') ? o.name
             when jsonb_typeof(j.plan->'needs') = 'array'
               then exists (select 1 from job_needs n where n.job_id = j.id and n.name = o.name and n.artifacts)
             else o.stage_index < j.stage_index end
     order by o.stage_index, o.id`.execute(db)
  return rows
}
