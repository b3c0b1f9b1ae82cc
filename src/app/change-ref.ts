/** One change of one branch or tag over the API, with everything that follows from a push. */
import type { Project } from '../db/projects.ts'
import { findUser } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Result } from '../domain/result.ts'
import type { Signature } from '../git/commit-writer.ts'
import type { App } from './context.ts'
import { finishPush, notePush, type Update } from './push.ts'

/**
 * Notes the update, makes it, and lets it have its pipeline: as with `git push`, nothing is lost when the server dies in between.
 * @param move makes the update in the repository, or refuses; what it throws leaves the outcome to `recoverPushes`
 */
export async function changeRef<T, E>(
  app: App,
  change: { readonly project: Project; readonly actor: Actor; readonly update: Update },
  move: () => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  const { project, actor, update } = change
  const noted = await notePush(app, { project, actor, updates: [update], options: [] })
  const moved = await move()
  await finishPush(app, noted, new Set(moved.ok ? [update.ref] : []))
  return moved
}

/** How a person signs commits and tags that the server makes for them. */
export async function signatureOf(app: App, actor: Actor): Promise<Signature> {
  const user = await findUser(app.db, actor.userId)
  return { name: actor.name, email: user?.email ?? '', date: app.now() }
}
