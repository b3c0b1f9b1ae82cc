/** A project whose repository has something in it, and the people who meet it. */
import type { Project } from '../../src/db/projects.ts'
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
