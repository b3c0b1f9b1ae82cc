/** What follows from a push: one pipeline per branch or tag that moved, exactly once, whatever crashes. */
import { findActor } from '../db/actors.ts'
import { findProjectById, type Project, touchProject } from '../db/projects.ts'
import { type NotedPush, notePushes, settlePush } from '../db/pushes.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Variable } from '../domain/plan.ts'
import { resolve } from '../git/object-reader.ts'
import { parseCiPushOptions } from '../git/push-options.ts'
import { fullRefName, parseRef, zeroSha } from '../git/ref-name.ts'
import { findConfig } from './compile-config.ts'
import type { App } from './context.ts'
import { createPipeline } from './create-pipeline.ts'
import { adoptDefaultBranch } from './default-branch.ts'
import { mayTellHooks, noHooks, queuePushEvent } from './queue-push-event.ts'

export interface Update {
  /** Full name. */
  readonly ref: string
  readonly oldSha: string
  readonly newSha: string
}

/** Branches and tags of one push that get a pipeline, so that pushing a whole history starts no hundreds (GitLab docs, Git push). */
export const pipelinesPerPush = 4

/** Makes a push create no pipeline (GitLab docs, Push options). */
const noPipeline = 'ci.no_pipeline'

/** Why a push is refused before git sees it, as the sentence for the person; null when it may happen. */
export function pushRefusal(project: Project, updates: readonly Update[]): string | null {
  const defaultBranch = fullRefName({ type: 'branch', name: project.default_branch })
  const deletesIt = updates.some(({ ref, newSha }) => ref === defaultBranch && newSha === zeroSha)
  return deletesIt ? 'The default branch of a project cannot be deleted.' : null
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
  const withPipeline = new Set(push.updates.filter(({ newSha }) => newSha !== zeroSha).slice(0, pipelinesPerPush))
  const rows = push.updates.map((update) => ({
    projectId: push.project.id,
    userId: push.actor.userId,
    ref: update.ref,
    beforeSha: update.oldSha,
    afterSha: update.newSha,
    options: [
      ...push.options.filter((option) => option !== noHooks),
      ...(withPipeline.has(update) ? [] : [noPipeline]),
      ...(mayTellHooks(update.ref, push.updates) ? [] : [noHooks]),
    ],
  }))
  return inTransaction(app.db, (tx) => notePushes(tx, rows))
}

/**
 * Settles pushes: those whose update took effect get their pipeline. Answers sentences for the person who pushed. What fails
 * stays noted for `recoverPushes`: the update itself has happened, so the push has not failed.
 */
export async function finishPush(
  app: App,
  pushes: readonly NotedPush[],
  applied: ReadonlySet<string>,
): Promise<string[]> {
  const sentences: string[] = []
  for (const push of pushes) {
    const took = applied.has(push.ref)
    try {
      const sentence = took ? await follow(app, push) : null
      await inTransaction(app.db, async (tx) => {
        const settled = await settlePush(tx, push.id)
        if (!took) return
        if (settled) await queuePushEvent(tx, push.id)
        await touchProject(tx, push.projectId)
      })
      if (sentence !== null) sentences.push(sentence)
    } catch (error) {
      app.log.error({ err: error, push_id: push.id, project_id: push.projectId }, 'a push waits to be settled')
      if (took) sentences.push(`The pipeline for ${push.ref} could not be created yet. The server will try again.`)
    }
  }
  return sentences
}

async function follow(app: App, push: NotedPush): Promise<string | null> {
  if (push.afterSha === zeroSha) return null
  await adoptDefaultBranch(app, push)
  return pipelineFor(app, push)
}

async function pipelineFor(app: App, push: NotedPush): Promise<string | null> {
  const ref = parseRef(push.ref)
  if (!ref || push.options.includes(noPipeline)) return null
  const [project, actor] = await Promise.all([findProjectById(app.db, push.projectId), findActor(app.db, push.userId)])
  const sha = await resolve(app.repositories.open(push.projectId), push.afterSha)
  if (!project || !actor || sha === null || !(await findConfig(app, project, sha))) return null
  const options = parseCiPushOptions(push.options)
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
    skip: options.skip,
  })
  if (!made.ok) return null
  return `View pipeline status for ${ref.name}: ${app.externalUrl}/${project.full_path}/-/pipelines/${made.value.id}`
}

function pushVariable({ key, value }: { readonly key: string; readonly value: string }): Variable {
  return { key, value, public: false, masked: false, file: false, raw: false }
}
