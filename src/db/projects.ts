/** Projects: finding them and a person's standing in them. */
import { type Selectable, sql } from 'kysely'
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
  readonly namespaceId: number
  readonly path: string
  readonly name: string
  readonly description: string | null
  readonly visibility: Visibility
  readonly defaultBranch: string
  readonly creatorId: number | null
}

/** Inserts a project and its route. Breaks `routes_pkey` when the path is taken. */
export async function insertProject(tx: Tx, project: NewProject): Promise<Project> {
  const row = await tx
    .insertInto('projects')
    .values((eb) => ({
      namespace_id: project.namespaceId,
      path: project.path,
      name: project.name,
      full_path: eb
        .selectFrom('namespaces')
        .select(sql<string>`full_path || '/' || ${project.path}::text`.as('full_path'))
        .where('id', '=', project.namespaceId),
      description: project.description,
      visibility: project.visibility,
      default_branch: project.defaultBranch,
      creator_id: project.creatorId,
    }))
    .returningAll()
    .executeTakeFirstOrThrow()
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
