/** A new project with its repository. */
import { writeAudit } from '../db/audit.ts'
import { insertMember, roleAt } from '../db/members.ts'
import { type Namespace, personalNamespaceId, shareNamespace } from '../db/namespaces.ts'
import type { Tx } from '../db/open.ts'
import { insertProject, nextProjectId, updateProjectRow } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import { findUser } from '../db/users.ts'
import { type Actor, refuse, roles } from '../domain/access.ts'
import { pathFromName } from '../domain/names.ts'
import { projectProblems } from '../domain/place-rules.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { commitActions } from '../git/commit-writer.ts'
import type { Repository } from '../git/repository-store.ts'
import { type App, authorOf } from './context.ts'
import { givenSettings, type ProjectSettings, settingErrors } from './project-settings.ts'

export interface NewProjectRequest {
  /** Null: the actor's personal namespace. */
  readonly namespaceId: number | null
  /** One of the two may be undefined; it is made of the other. */
  readonly name: string | undefined
  readonly path: string | undefined
  readonly withReadme: boolean
  readonly settings: ProjectSettings
}

export const projectPathTaken: Refusal = {
  code: 'invalid',
  errors: { name: ['has already been taken'], path: ['has already been taken'] },
}

const noNamespace = err({ code: 'invalid', errors: { namespace: ['is not valid'] } } as const)

/**
 * Creates a project (GitLab Projects API, "Create a project"). Answers its id. The repository is made first, under an id that
 * nothing has yet, so that no project is ever seen without one; it goes again when the project is refused.
 */
export async function createProject(
  app: App,
  actor: Actor,
  request: NewProjectRequest,
): Promise<Result<number, Refusal>> {
  const name = request.name ?? request.path ?? ''
  const path = request.path ?? pathFromName(name)
  const errors = settingErrors(request.settings)
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  // Asked once more inside: what is refused anyway should not cost a repository.
  const early = await inTransaction(app.db, (tx) => placeFor(tx, actor, request, name, path))
  if (!early.ok) return early

  const branch = request.settings.default_branch ?? 'main'
  const id = await inTransaction(app.db, nextProjectId)
  const repository = await app.repositories.create(id, branch)
  if (!repository.ok) throw new Error(`The repository ${id} was not made: ${repository.error.code}`)
  try {
    if (request.withReadme) await commitReadme(app, actor, repository.value, branch, name, request.settings.description)
    const work = inTransaction(app.db, (tx) => insert(tx, actor, request, { id, name, path, branch }))
    const created = await refuseTaken(work, { routes_pkey: projectPathTaken })
    if (!created.ok) await app.repositories.remove(id)
    return created
  } catch (error) {
    await app.repositories.remove(id)
    throw error
  }
}

async function insert(
  tx: Tx,
  actor: Actor,
  request: NewProjectRequest,
  made: { readonly id: number; readonly name: string; readonly path: string; readonly branch: string },
): Promise<Result<number, Refusal>> {
  const namespace = await placeFor(tx, actor, request, made.name, made.path)
  if (!namespace.ok) return namespace
  const { description, visibility = 'private', default_branch: _, ...settings } = request.settings
  const project = await insertProject(tx, {
    id: made.id,
    namespaceId: namespace.value.id,
    path: made.path,
    name: made.name,
    description: description ?? null,
    visibility,
    defaultBranch: made.branch,
    creatorId: actor.userId,
  })
  const given = givenSettings(settings)
  if (Object.keys(given).length > 0) await updateProjectRow(tx, project.id, given)
  const { owner_id: owner } = namespace.value
  if (owner !== null) {
    const membership = { accessLevel: roles.owner, expiresAt: null, createdById: actor.userId }
    await insertMember(tx, { userId: owner, source: { projectId: project.id }, ...membership })
  }
  const entry = {
    event: 'project_created',
    entity: { type: 'Project', id: project.id },
    target: { type: 'Project', id: project.id, details: project.full_path },
    details: { add: 'project', visibility, settings: given },
  } as const
  await writeAudit(tx, [entry], authorOf(actor))
  return ok(project.id)
}

/** The namespace to create in, held as it is, if the actor may and the names fit. */
async function placeFor(
  tx: Tx,
  actor: Actor,
  request: NewProjectRequest,
  name: string,
  path: string,
): Promise<Result<Namespace, Refusal>> {
  const id = request.namespaceId ?? (await personalNamespaceId(tx, actor.userId))
  const namespace = id !== null && Number.isSafeInteger(id) ? await shareNamespace(tx, id) : null
  if (!namespace || !(await mayCreateIn(tx, actor, namespace))) return noNamespace
  const around = namespace.kind === 'group' ? namespace.visibility : null
  const errors = projectProblems({ name, path, visibility: request.settings.visibility }, around)
  return Object.keys(errors).length > 0 ? err({ code: 'invalid', errors }) : ok(namespace)
}

async function mayCreateIn(tx: Tx, actor: Actor, namespace: Namespace): Promise<boolean> {
  if (namespace.kind === 'user') return actor.isAdmin || namespace.owner_id === actor.userId
  const standing = { role: await roleAt(tx, actor.userId, { groupId: namespace.id }), visibility: namespace.visibility }
  return refuse(actor, 'create_project', standing, 'Group') === null
}

async function commitReadme(
  app: App,
  actor: Actor,
  repository: Repository,
  branch: string,
  name: string,
  description: string | undefined,
): Promise<void> {
  const user = await findUser(app.db, actor.userId)
  const author = { name: actor.name, email: user?.email ?? '', date: app.now() }
  const text = `# ${name}\n${description ? `\n${description}\n` : ''}`
  const committed = await commitActions(repository, {
    branch,
    message: 'Initial commit',
    author,
    committer: author,
    actions: [{ action: 'create', path: 'README.md', content: Buffer.from(text) }],
  })
  if (!committed.ok) throw new Error(`The first commit was refused: ${committed.error.message}`)
}
