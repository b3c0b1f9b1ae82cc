/** The seed's situation over HTTP: a project with a repository, a group of operators, protection, and pushes that deploy. */
import { finishPush, notePush } from '../../src/app/push.ts'
import { findActor } from '../../src/db/actors.ts'
import type { Namespace } from '../../src/db/namespaces.ts'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { commitActions } from '../../src/git/commit-writer.ts'
import { zeroSha } from '../../src/git/ref-name.ts'
import { findRef } from '../../src/git/refs.ts'
import { listPaths } from '../../src/git/tree.ts'
import { aGroup, aMember, aProject, aUser, type TestUser } from './builders.ts'
import type { TestServer } from './server.ts'

/** The page's `.gitlab-ci.yml`, word for word. */
export const seedFile = `stages:
  - deploy

production:
  stage: deploy
  script:
    - 'echo "Deploying to \${CI_ENVIRONMENT_NAME}"'
  environment:
    name: \${CI_JOB_NAME}
`

export interface DeploymentWorld {
  readonly server: TestServer
  readonly project: Project
  readonly operators: Namespace
  /** Developer of the project and member of the operators: creates the deployments. */
  readonly developer: TestUser
  /** Maintainer of the project and member of the operators: approves. */
  readonly maintainer: TestUser
}

/** Nothing is protected yet. */
export async function aDeploymentWorld(server: TestServer): Promise<DeploymentWorld> {
  const operators = await aGroup(server)
  const project = await aProject(server)
  const developer = await aUser(server)
  const maintainer = await aUser(server)
  await aMember(server, { group: operators }, 'developer', { user: developer })
  await aMember(server, { group: operators }, 'maintainer', { user: maintainer })
  await aMember(server, { project }, 'developer', { user: developer })
  await aMember(server, { project }, 'maintainer', { user: maintainer })
  return { server, project, operators, developer, maintainer }
}

/** Another member of the operators who is a developer of the project. */
export async function anOperator(world: DeploymentWorld): Promise<TestUser> {
  const user = await aUser(world.server)
  await aMember(world.server, { group: world.operators }, 'developer', { user })
  await aMember(world.server, { project: world.project }, 'developer', { user })
  return user
}

/** Invites the operators to the project, as the page asks before protecting. */
export async function inviteOperators({ server, project, operators }: DeploymentWorld): Promise<void> {
  await inTransaction(server.app.db, (tx) =>
    tx
      .insertInto('project_group_links')
      .values({ project_id: project.id, group_id: operators.id, group_access: 30 })
      .execute(),
  )
}

/** Protects an environment; fails the test when the answer is not 201. */
export async function protect(
  world: DeploymentWorld,
  body: object,
): Promise<{ id: number; approval_rules: { id: number }[] }> {
  const answer = await world.server
    .api(world.maintainer.token)
    .post<{ id: number; approval_rules: { id: number }[] }>(
      `/projects/${world.project.id}/protected_environments`,
      body,
    )
  if (answer.status !== 201) throw new Error(`protect: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

export interface Pushed {
  readonly sha: string
  readonly pipelineId: number
}

let pushes = 0

/**
 * Commits `.gitlab-ci.yml` on `main` as the person and lets the push make its pipeline, as git over HTTP would.
 * @param files more files, by path
 */
export async function push(
  world: DeploymentWorld,
  file = seedFile,
  by = world.developer,
  files: Readonly<Record<string, string>> = {},
): Promise<Pushed> {
  const { app, db } = world.server
  const repository = app.repositories.open(world.project.id)
  const actor = await findActor(db, by.id)
  if (!actor) throw new Error('the person may not act')
  const identity = { name: by.name, email: by.email }
  pushes += 1
  const head = (await findRef(repository, { type: 'branch', name: 'main' }))?.commit ?? null
  const paths = head === null ? [] : await listPaths(repository, head)
  const all = { '.gitlab-ci.yml': file, CHANGES: `${pushes}\n`, ...files }
  const made = await commitActions(repository, {
    branch: 'main',
    message: `Change ${pushes}`,
    author: identity,
    committer: identity,
    actions: Object.entries(all).map(([path, text]) => ({
      action: paths.includes(path) ? ('update' as const) : ('create' as const),
      path,
      content: Buffer.from(text),
    })),
  })
  if (!made.ok) throw new Error(made.error.message)
  const update = { ref: 'refs/heads/main', oldSha: made.value.oldSha ?? zeroSha, newSha: made.value.sha }
  const noted = await notePush(app, { project: world.project, actor, updates: [update], options: [] })
  await finishPush(app, noted, new Set([update.ref]))
  const pipeline = await db
    .selectFrom('pipelines')
    .select('id')
    .where(
      'push_id',
      'in',
      noted.map((one) => one.id),
    )
    .executeTakeFirst()
  if (!pipeline) throw new Error('the push made no pipeline')
  return { sha: made.value.sha, pipelineId: pipeline.id }
}

export interface DeploymentState {
  readonly id: number
  readonly status: string
  readonly jobId: number
  readonly jobStatus: string
}

/** The deployment of a pipeline to an environment, with its job, straight from the database. */
export async function deploymentOf(
  world: DeploymentWorld,
  pipelineId: number,
  environment = 'production',
): Promise<DeploymentState> {
  return world.server.db
    .selectFrom('deployments as d')
    .innerJoin('environments as e', 'e.id', 'd.environment_id')
    .innerJoin('jobs as j', 'j.id', 'd.job_id')
    .select(['d.id', 'd.status', 'j.id as jobId', 'j.status as jobStatus'])
    .where('d.pipeline_id', '=', pipelineId)
    .where('e.name', '=', environment)
    .orderBy('d.id', 'desc')
    .executeTakeFirstOrThrow()
}

/** Votes over the API. */
export async function vote(
  world: DeploymentWorld,
  deploymentId: number,
  by: TestUser,
  body: { status: string; comment?: string; represented_as?: string },
): Promise<{ status: number; body: { message?: unknown; status?: string; user?: { id: number } } }> {
  return world.server.api(by.token).post(`/projects/${world.project.id}/deployments/${deploymentId}/approval`, body)
}
