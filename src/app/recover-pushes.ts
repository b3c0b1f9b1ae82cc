/** Pushes whose server died between git and the database. */
import { type UnsettledPush, unsettledPushes } from '../db/pushes.ts'
import { isAncestor } from '../git/compare.ts'
import { readRef } from '../git/object-reader.ts'
import { zeroSha } from '../git/ref-name.ts'
import type { App } from './context.ts'
import { finishPush } from './push.ts'

/**
 * A push without an effect may still be on its way: a large one sends for hours, and git outlives the server that started it.
 * In seconds; nothing is on its way for a day.
 */
const abandonedAfter = 86_400

/**
 * Settles what nobody settled: a push that took effect gets its pipeline, once, however many servers look at the same time.
 * Run at start and by a timer.
 * @param olderThan seconds; younger pushes are left to whoever is at them
 */
export async function recoverPushes(app: App, olderThan: number): Promise<void> {
  for (let after = 0; ; ) {
    const pushes = await unsettledPushes(app.db, olderThan, after)
    for (const push of pushes) {
      // One that cannot be looked at must not keep the others waiting.
      await recover(app, push).catch((error: unknown) => {
        app.log.error({ err: error, push_id: push.id, project_id: push.projectId }, 'a push cannot be recovered')
      })
    }
    const last = pushes.at(-1)
    if (!last) return
    after = last.id
  }
}

async function recover(app: App, push: UnsettledPush): Promise<void> {
  const took = push.afterSha !== zeroSha && (await tookEffect(app, push))
  if (took) await finishPush(app, [push], new Set([push.ref]))
  else if (push.age >= abandonedAfter) await finishPush(app, [push], new Set())
}

/** The ref is where the push wanted it, or has moved on from there since. */
async function tookEffect(app: App, push: UnsettledPush): Promise<boolean> {
  const repository = app.repositories.open(push.projectId)
  const now = await readRef(repository, push.ref)
  return now !== null && (now === push.afterSha || (await isAncestor(repository, push.afterSha, now)))
}
