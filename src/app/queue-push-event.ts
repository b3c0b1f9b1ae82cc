/** Tells webhooks of a push that took effect (GitLab docs, Push events and Tag events). */
import { RE2JS, RE2JSException } from 're2js'
import type { Tx } from '../db/open.ts'
import { findPush } from '../db/pushes.ts'
import { hooksAsking } from '../db/webhook-deliveries.ts'
import { queueEvents } from '../db/webhook-queue.ts'
import type { Webhook } from '../db/webhooks.ts'
import { parseRef } from '../git/ref-name.ts'

/** Kept with a push whose branches, or tags, are too many to be told. No option of git's looks like it. */
export const noHooks = 'webhooks.none'

/** A push that changes more branches, or more tags, is not told at all (GitLab `push_event_hooks_limit`). */
const refsTold = 3

export function mayTellHooks(ref: string, updates: readonly { readonly ref: string }[]): boolean {
  const type = parseRef(ref)?.type
  return updates.filter((update) => parseRef(update.ref)?.type === type).length <= refsTold
}

/** Queues the event in the transaction that settles the push, so that it is told exactly when the push counts. */
export async function queuePushEvent(tx: Tx, pushId: number): Promise<void> {
  const push = await findPush(tx, pushId)
  const ref = push && parseRef(push.ref)
  if (!push || !ref || push.options.includes(noHooks)) return
  const hooks = await hooksAsking(tx, push.projectId, ref.type === 'tag' ? 'tag_push_events' : 'push_events')
  const wanted = ref.type === 'tag' ? hooks : hooks.filter((hook) => matchesBranch(hook, ref.name))
  if (wanted.length === 0) return
  await queueEvents(tx, [
    {
      event: ref.type === 'tag' ? 'tag_push' : 'push',
      projectId: push.projectId,
      subjectId: push.id,
      details: {
        ref: push.ref,
        before: push.beforeSha,
        after: push.afterSha,
        user_id: push.userId,
        skip_ci: push.options.includes('ci.skip'),
      },
      hookIds: wanted.map((hook) => hook.id),
    },
  ])
}

type BranchFilter = Pick<Webhook, 'push_events_branch_filter' | 'branch_filter_strategy'>

/** Whether a hook wants to hear of this branch. A blank filter lets every branch through. */
export function matchesBranch({ push_events_branch_filter: filter, ...hook }: BranchFilter, branch: string): boolean {
  if (hook.branch_filter_strategy === 'all_branches' || !filter) return true
  if (hook.branch_filter_strategy === 'regex') return compile(filter)?.matcher(branch).find() ?? false
  // Anchored and linear: a star stands for any text.
  const pattern = filter
    .split('*')
    .map((part) => RE2JS.quote(part))
    .join('.*')
  return RE2JS.compile(pattern, RE2JS.DOTALL).matches(branch)
}

/** A regular expression in RE2's syntax; null when it is none. */
export function compile(source: string): RE2JS | null {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    if (error instanceof RE2JSException) return null
    throw error
  }
}
