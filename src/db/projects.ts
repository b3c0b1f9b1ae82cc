/** Projects: finding them and a person's standing in them. */
import { type Selectable, sql, type Updateable } from 'kysely'
import type { Actor, Standing, Visibility } from '../domain/access.ts'
import type { Db, Tx } from './open.ts'
import type { ProjectTable } from './tables.ts'

export type Project = Selectable<ProjectTable>

export interface ProjectWithStanding {
  readonly project: Project
  readonly standing: Standing
}

/**
 * A project by id or full path, with what is known of the actor in it; null when there is none. A job token counts only in the
 * job's own project: elsewhere it is nobody's (threat T18).
 */
export async function findProject(
  db: Db,
  idOrPath: string | number,
  actor: Actor | null,
): Promise<ProjectWithStanding | null> {
  const byId = typeof idOrPath === 'number' || /^\d+$/.test(idOrPath)
  if (byId && !Number.isSafeInteger(Number(idOrPath))) return null
  // Authorisation comes before validation, and PostgreSQL has no text with this character.
  if (!byId && idOrPath.includes('\0')) return null
  const userId = actor?.userId ?? null
  const row = await db
    .selectFrom('projects as p')
    .selectAll('p')
    .select(sql<number>`coalesce(project_role(${userId}::bigint, p.id), 0)`.as('role'))
    .where((eb) =>
      byId
        ? eb('p.id', '=', Number(idOrPath))
        : eb(
            'p.id',
            '=',
            eb.selectFrom('routes as r').select('r.project_id').where('r.path', '=', idOrPath.toLowerCase()),
          ),
    )
    .executeTakeFirst()
  if (!row) return null
  const { role, ...project } = row
  const foreignJob = actor?.credential.kind === 'job' && actor.credential.projectId !== project.id
  return {
    project,
    standing: {
      role: foreignJob ? 0 : role,
      visibility: project.visibility,
      archived: project.archived,
      publicJobs: project.public_jobs,
    },
  }
}

export interface NewProject {
  /** From `nextProjectId`; undefined: the next one. */
  readonly id?: number
  readonly namespaceId: number
  readonly path: string
  readonly name: string
  readonly description: string | null
  readonly visibility: Visibility
  readonly defaultBranch: string
  readonly creatorId: number | null
}

/** An id for a project that is about to be made; it is never given again, whatever becomes of the project. */
export async function nextProjectId(tx: Tx): Promise<number> {
  const { rows } = await sql<{ id: number }>`select nextval(pg_get_serial_sequence('projects', 'id')) as id`.execute(tx)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('The sequence of project ids gave nothing')
  return id
}

/** Inserts a project and its route. Breaks `routes_pkey` when the path is taken. */
export async function insertProject(tx: Tx, project: NewProject): Promise<Project> {
  const id = project.id ?? (await nextProjectId(tx))
  const { rows } = await sql<Project>`
    insert into projects (id, namespace_id, path, name, full_path, description, visibility, default_branch, creator_id)
    overriding system value
    select ${id}, n.id, ${project.path}, ${project.name}, n.full_path || '/' || ${project.path}::text,
           ${project.description}, ${project.visibility}, ${project.defaultBranch}, ${project.creatorId}
      from namespaces n where n.id = ${project.namespaceId}
    returning *`.execute(tx)
  const row = rows[0]
  if (!row) throw new Error(`There is no namespace ${project.namespaceId}`)
  await tx
    .insertInto('routes')
    .values({ path: row.full_path.toLowerCase(), namespace_id: null, project_id: row.id })
    .execute()
  return row
}

/** Full path of a namespace. */
export async function namespacePath(db: Db, namespaceId: number): Promise<string> {
  const row = await db.selectFrom('namespaces').select('full_path').where('id', '=', namespaceId).executeTakeFirst()
  return row?.full_path ?? ''
}

/** A project by id alone, for work that nobody is asking for right now. */
export async function findProjectById(db: Db, id: number): Promise<Project | null> {
  return (await db.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Locks a project's row until the transaction ends; null when there is none. */
export async function lockProject(tx: Tx, id: number): Promise<Project | null> {
  const row = await tx.selectFrom('projects').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row ?? null
}

/** Locks the projects in a user's personal namespace. */
export async function personalProjects(tx: Tx, userId: number): Promise<Project[]> {
  return tx
    .selectFrom('projects')
    .selectAll()
    .where('namespace_id', 'in', (eb) => eb.selectFrom('namespaces').select('id').where('owner_id', '=', userId))
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Deletes a project and everything that belongs to it in the database. */
export async function deleteProjectRow(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('projects').where('id', '=', id).execute()
}

/** Names the default branch. The caller makes the repository's HEAD say the same. */
export async function setDefaultBranch(tx: Tx, id: number, branch: string): Promise<void> {
  await tx
    .updateTable('projects')
    .set({ default_branch: branch, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** Counts up how often the runner caches of a project were cleared; answers the new number. */
export async function nextCacheIndex(tx: Tx, id: number): Promise<number> {
  const row = await tx
    .updateTable('projects')
    .set({ jobs_cache_index: sql<number>`coalesce(jobs_cache_index, 0) + 1` })
    .where('id', '=', id)
    .returning('jobs_cache_index')
    .executeTakeFirstOrThrow()
  return row.jobs_cache_index ?? 0
}

/** Records that something happens in a project, as its lists are ordered by. */
export async function touchProject(tx: Tx, id: number): Promise<void> {
  await tx.updateTable('projects').set({ last_activity_at: sql<Date>`now()` }).where('id', '=', id).execute()
}

/** Locks the projects directly in these namespaces. */
export async function projectsIn(tx: Tx, namespaceIds: readonly number[]): Promise<Project[]> {
  return tx
    .selectFrom('projects')
    .selectAll()
    .where('namespace_id', '=', sql<number>`any (${namespaceIds}::bigint[])`)
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Sets columns of a project. */
export async function updateProjectRow(tx: Tx, id: number, changes: Updateable<ProjectTable>): Promise<void> {
  await tx
    .updateTable('projects')
    .set({ ...changes, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** Changes path and name. Breaks `routes_pkey` when the path is taken. */
export async function renameProject(
  tx: Tx,
  id: number,
  to: { readonly path: string; readonly name: string },
): Promise<void> {
  await sql`
    update projects p set path = ${to.path}, name = ${to.name}, full_path = n.full_path || '/' || ${to.path}::text
      from namespaces n where n.id = p.namespace_id and p.id = ${id}`.execute(tx)
  await sql`
    update routes r set path = lower(p.full_path) from projects p where p.id = r.project_id and p.id = ${id}`.execute(
    tx,
  )
}
