/** Things a test needs, each with the parents it needs itself. They are written to the database directly, which is quick. */
import { randomBytes } from 'node:crypto'
import type { App } from '../../src/app/context.ts'
import { insertAccessToken } from '../../src/db/access-tokens.ts'
import { digestOf, newToken } from '../../src/db/digest.ts'
import { insertMember, type Member, type MemberSource } from '../../src/db/members.ts'
import { insertNamespace, type Namespace } from '../../src/db/namespaces.ts'
import { insertProject, type Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { insertUser, type User } from '../../src/db/users.ts'
import { type RoleLevel, roles, type Visibility } from '../../src/domain/access.ts'

type World = { readonly app: App }
export type Role = keyof typeof roles | RoleLevel

/** A user with a token of scope `api`. */
export type TestUser = User & { readonly token: string }

/** A name nobody has yet. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`
}

/** A person, active, with a token of scope `api` and no password. */
export async function aUser(
  { app }: World,
  options: { username?: string; name?: string; admin?: boolean; state?: User['state'] } = {},
): Promise<TestUser> {
  const username = options.username ?? unique('user')
  return inTransaction(app.db, async (tx) => {
    const user = await insertUser(tx, {
      username,
      name: options.name ?? `Name of ${username}`,
      email: `${username}@example.com`,
      passwordDigest: null,
      isAdmin: options.admin ?? false,
      userType: 'human',
      createdById: null,
    })
    const state = options.state ?? 'active'
    if (state !== 'active') await tx.updateTable('users').set({ state }).where('id', '=', user.id).execute()
    return { ...user, state, token: (await tokenIn(tx, user.id, { scopes: ['api'] })).token }
  })
}

/** A token of `user`. */
export async function aToken(
  { app }: World,
  user: { readonly id: number },
  scopes: readonly string[] = ['api'],
  options: { expiresAt?: string; name?: string } = {},
): Promise<{ readonly id: number; readonly token: string }> {
  return inTransaction(app.db, (tx) => tokenIn(tx, user.id, { scopes, ...options }))
}

/** A group, private, at the top unless `parent` is given. */
export async function aGroup(
  { app }: World,
  options: { path?: string; name?: string; parent?: Namespace; visibility?: Visibility } = {},
): Promise<Namespace> {
  const path = options.path ?? unique('group')
  return inTransaction(app.db, (tx) =>
    insertNamespace(tx, {
      kind: 'group',
      parentId: options.parent?.id ?? null,
      ownerId: null,
      path,
      name: options.name ?? path,
      description: '',
      visibility: options.visibility ?? 'private',
    }),
  )
}

/** A project with an empty repository, private, in a group of its own unless `group` is given. */
export async function aProject(
  world: World,
  options: { path?: string; group?: Namespace; visibility?: Visibility; creator?: { readonly id: number } } = {},
): Promise<Project> {
  const { app } = world
  const namespace = options.group ?? (await aGroup(world, { visibility: options.visibility ?? 'private' }))
  const path = options.path ?? unique('project')
  const project = await inTransaction(app.db, (tx) =>
    insertProject(tx, {
      namespaceId: namespace.id,
      path,
      name: path,
      description: null,
      visibility: options.visibility ?? 'private',
      defaultBranch: 'main',
      creatorId: options.creator?.id ?? null,
    }),
  )
  await app.repositories.create(project.id, project.default_branch)
  return project
}

/**
 * A member of a group or project, a new person unless `user` is given.
 * @returns the person, with `member`, their membership
 */
export async function aMember(
  world: World,
  source: { readonly project: { readonly id: number } } | { readonly group: { readonly id: number } },
  role: Role,
  options: { user?: TestUser; expiresAt?: string } = {},
): Promise<TestUser & { readonly member: Member }> {
  const user = options.user ?? (await aUser(world))
  const of: MemberSource = 'project' in source ? { projectId: source.project.id } : { groupId: source.group.id }
  const member = await inTransaction(world.app.db, (tx) =>
    insertMember(tx, {
      userId: user.id,
      source: of,
      accessLevel: typeof role === 'number' ? role : roles[role],
      expiresAt: options.expiresAt ?? null,
      createdById: null,
    }),
  )
  return { ...user, member }
}

async function tokenIn(
  tx: Parameters<typeof insertAccessToken>[0],
  userId: number,
  options: { scopes: readonly string[]; expiresAt?: string; name?: string },
): Promise<{ id: number; token: string }> {
  const token = newToken('glpat-')
  const { id } = await insertAccessToken(tx, {
    userId,
    name: options.name ?? 'test',
    description: null,
    digest: digestOf(token),
    scopes: options.scopes,
    expiresAt: options.expiresAt ?? null,
    previousId: null,
    createdById: null,
  })
  return { id, token }
}
