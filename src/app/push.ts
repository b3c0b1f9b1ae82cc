/** What follows from a push: one pipeline per branch or tag that moved, exactly once, whatever crashes. */
import { findActor } from '../db/actors.ts'
import { findProjectById, type Project } from '../db/projects.ts'
import { type NotedPush, notePushes, settlePush, unsettledPushes } from '../db/pushes.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Variable } from '../domain/plan.ts'
import { isAncestor } from '../git/compare.ts'
import { readRef, resolve } from '../git/object-reader.ts'
import { parseCiPushOptions } from '../git/push-options.ts'
import { parseRef, zeroSha } from '../git/ref-name.ts'
import { findConfig } from './compile-config.ts'
import type { App } from './context.ts'
import { createPipeline } from './create-pipeline.ts'

export interface Update {
  /** Full name. */
  readonly ref: string
  readonly oldSha: string
  readonly newSha: string
}

/** Notes updates before git makes them. */
export async function notePush(
  app: App,
  push: {
    readonly project: Project
    readonly actor: Actor
    readonly updates: readonly Update[]
    readonly options: readonly string[]
  },
): Promise<NotedPush[]> {
  const rows = push.updates.map((update) => ({
    projectId: push.project.id,
    userId: push.actor.userId,
    ref: update.ref,
    beforeSha: update.oldSha,
    afterSha: update.newSha,
    options: [...push.options],
  }))
  return inTransaction(app.db, (tx) => notePushes(tx, rows))
}

/** Settles pushes: those whose update took effect get their pipeline. Answers sentences for the person who pushed. */
export async function finishPush(
  app: App,
  pushes: readonly NotedPush[],
  applied: ReadonlySet<string>,
): Promise<string[]> {
  const sentences: string[] = []
  for (const push of pushes) {
    const sentence = applied.has(push.ref) ? await pipelineFor(app, push) : null
    await inTransaction(app.db, (tx) => settlePush(tx, push.id))
    if (sentence !== null) sentences.push(sentence)
  }
  return sentences
}

/** Pushes whose server died between git and the database. Run at start and by a timer. */
export async function recoverPushes(app: App, olderThanSeconds: number): Promise<void> {
  for (const push of await unsettledPushes(app.db, olderThanSeconds)) {
    const repository = app.repositories.open(push.projectId)
    const now = await readRef(repository, push.ref)
    // It took effect if the ref is there, or has moved on from there since.
    const took =
      now !== null && (now === push.afterSha || (await isAncestor(repository, push.afterSha, now).catch(() => false)))
    await finishPush(app, [push], new Set(took ? [push.ref] : []))
  }
}

async function pipelineFor(app: App, push: NotedPush): Promise<string | null> {
  const ref = parseRef(push.ref)
  if (!ref || push.afterSha === zeroSha) return null
  const [project, actor] = await Promise.all([findProjectById(app.db, push.projectId), findActor(app.db, push.userId)])
  const sha = await resolve(app.repositories.open(push.projectId), push.afterSha)
  if (!project || !actor || sha === null || !(await findConfig(app, project, sha))) return null
  const options = parseCiPushOptions(push.options)
  if (options.skip || push.options.includes('ci.no_pipeline')) return null
  const made = await createPipeline(app, {
    project,
    actor,
    ref: ref.name,
    refType: ref.type,
    sha,
    beforeSha: push.beforeSha,
    source: 'push',
    variables: options.variables.map(pushVariable),
    inputs: Object.fromEntries(options.inputs.map(({ key, value }) => [key, value])),
    pushId: push.id,
  })
  if (!made.ok) return null
  return `View pipeline status for ${ref.name}: ${app.externalUrl}/${project.full_path}/-/pipelines/${made.value.id}`
}

function pushVariable({ key, value }: { readonly key: string; readonly value: string }): Variable {
  return { key, value, public: false, masked: false, file: false, raw: false }
}
