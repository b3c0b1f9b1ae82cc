/** A project whose repository has something in it, and the people who meet it. */
import { sql } from 'kysely'
import { digestOf, newToken } from '../../src/db/digest.ts'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Visibility } from '../../src/domain/access.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import type { Api } from './api.ts'
import { aMember, aProject, aUser, type TestUser } from './builders.ts'
import type { TestServer } from './server.ts'

export interface RepositoryWorld {
  readonly server: TestServer
  readonly project: Project
  readonly repository: Repository
  readonly developer: TestUser
  /** Requests of the developer. */
  readonly api: Api
  /** `/projects/<id>/repository` */
  readonly base: string
  /** Commits files over the API, as the developer, and answers the commit's id. */
  commit(files: Readonly<Record<string, string>>, more?: object): Promise<string>
}

export async function aRepositoryWorld(
  server: TestServer,
  options: { readonly visibility?: Visibility } = {},
): Promise<RepositoryWorld> {
  const project = await aProject(server, { visibility: options.visibility ?? 'private' })
  const developer = await aMember(server, { project }, 'developer', {
    user: await aUser(server, { name: 'Ada Example' }),
  })
  const api = server.api(developer.token)
  const base = `/projects/${project.id}/repository`
  let commits = 0
  return {
    server,
    project,
    repository: server.app.repositories.open(project.id),
    developer,
    api,
    base,
    async commit(files, more = {}) {
      commits += 1
      const actions = Object.entries(files).map(([path, content]) => ({ action: 'create', file_path: path, content }))
      const body = { branch: 'main', commit_message: `Commit ${commits}`, actions, ...more }
      const answer = await api.post<{ id: string }>(`${base}/commits`, body)
      if (answer.status !== 201) throw new Error(`commit: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body.id
    },
  }
}

/** The pipelines of a project, oldest first. */
export async function pipelinesOf(server: TestServer, project: { readonly id: number }) {
  return server.db
    .selectFrom('pipelines')
    .select(['id', 'ref', 'tag', 'sha', 'before_sha', 'source', 'status', 'yaml_errors', 'user_id', 'push_id'])
    .where('project_id', '=', project.id)
    .orderBy('id')
    .execute()
}

/** Pushes that nobody has settled. */
export async function unsettled(server: TestServer, project: { readonly id: number }): Promise<number> {
  const rows = await server.db
    .selectFrom('pushes')
    .select('id')
    .where('project_id', '=', project.id)
    .where('settled_at', 'is', null)
    .execute()
  return rows.length
}

/** Lets a job of the project run, as if a runner had taken it, and answers its token. */
export async function aRunningJob(server: TestServer, project: { readonly id: number }): Promise<string> {
  const token = newToken('glcbt-')
  const changed = await inTransaction(server.db, (tx) =>
    tx
      .updateTable('jobs')
      .set({ status: 'running', token_digest: digestOf(token) })
      .where('id', '=', (eb) => eb.selectFrom('jobs').select('id').where('project_id', '=', project.id).limit(1))
      .returning('id')
      .execute(),
  )
  if (changed.length !== 1) throw new Error('the project has no job')
  return token
}

/** Ends every job of a project. */
export async function endJobs(server: TestServer, project: { readonly id: number }): Promise<void> {
  await inTransaction(server.db, (tx) =>
    tx.updateTable('jobs').set({ status: 'success' }).where('project_id', '=', project.id).execute(),
  )
}

export async function archiveProject(server: TestServer, project: { readonly id: number }): Promise<void> {
  await inTransaction(server.db, (tx) =>
    tx.updateTable('projects').set({ archived: true }).where('id', '=', project.id).execute(),
  )
}

/** Makes every insert into a table fail, as a full disk would, until the function that is answered is called. */
export async function failingInserts(server: TestServer, table: 'pipelines' | 'pushes'): Promise<() => Promise<void>> {
  await inTransaction(server.db, async (tx) => {
    await sql`create or replace function no_space() returns trigger language plpgsql as
      $$ begin raise exception 'no space'; end $$`.execute(tx)
    await sql`create trigger no_space before insert on ${sql.table(table)} for each row execute function no_space()`.execute(
      tx,
    )
  })
  return async () => {
    await inTransaction(server.db, (tx) => sql`drop trigger no_space on ${sql.table(table)}`.execute(tx))
  }
}
