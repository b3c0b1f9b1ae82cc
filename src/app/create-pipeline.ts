/** From a commit to a pipeline: read the configuration, compile it, save what it says (reference A21). */
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readCommit } from '../git/object-reader.ts'
import { withCacheKeys } from './cache-keys.ts'
import { type ConfigFile, type ConfigRequest, circumstancesOf, compileConfig, findConfig } from './compile-config.ts'
import type { App } from './context.ts'
import { locateError, type PipelineToSave, savePipeline } from './save-pipeline.ts'

export interface PipelineRequest extends ConfigRequest {
  readonly actor: Actor
  readonly pushId?: number
  /** The push asks for a skipped pipeline, as a commit message can (reference A21). */
  readonly skip?: boolean
  /** A broken configuration is an answer to the caller and saves nothing, as for a pipeline asked for over the API. */
  readonly refuseErrors?: boolean
  /** Instead of the project's own. */
  readonly config?: ConfigFile
  /** The job that asks for it. */
  readonly upstream?: Upstream
  /** The trigger token that asks for it. */
  readonly triggerId?: number
  /** The schedule that it belongs to. */
  readonly scheduleId?: number
}

export interface Upstream {
  /** The trigger job; null: a script asks with its job token. */
  readonly bridgeId: number | null
  /** Null: the downstream pipeline is no child. */
  readonly parentPipelineId: number | null
  /** Who asked for the first pipeline of all: the creator of the deployments in this one too (threat T12). */
  readonly requesterId: number | null
}

/**
 * Creates a pipeline. A broken configuration is saved as a failed pipeline with its first error; rules that leave nothing to run
 * are refused with GitLab's sentence and save nothing.
 */
export async function createPipeline(app: App, request: PipelineRequest): Promise<Result<{ id: number }, Refusal>> {
  const prepared = await preparePipeline(app, request)
  if (!prepared.ok) return prepared
  const saved = await savePipeline(app, prepared.value)
  return saved ? ok(saved) : err({ code: 'conflict', sentence: 'This push has its pipeline already.' })
}

/** All but saving it: nothing is changed yet. */
export async function preparePipeline(app: App, request: PipelineRequest): Promise<Result<PipelineToSave, Refusal>> {
  const { project, sha } = request
  const commit = await readCommit(app.repositories.open(project.id), sha)
  if (!commit) return err({ code: 'invalid', errors: { base: ['Commit not found'] } })
  const config = request.config ?? (await findConfig(app, project, sha))
  if (!config) return err({ code: 'invalid', errors: { base: ['Missing CI config file'] } })
  const skipped = request.source === 'push' && (request.skip || asksToSkip(commit.message))
  // A child's configuration is no file of the repository: its pipeline tells where the parent's is.
  const path = request.config ? undefined : config.path
  const circumstances = await circumstancesOf(app, request, commit, path)
  const compiled = skipped ? null : await compileConfig(app, request, circumstances, config)
  if (compiled?.kind === 'filtered') return err({ code: 'invalid', errors: { base: [compiled.message] } })
  if (compiled?.kind === 'errors' && request.refuseErrors) {
    return err({ code: 'invalid', errors: { base: [locateError(compiled)] } })
  }
  const repository = app.repositories.open(project.id)
  return ok({
    request,
    compiled:
      compiled?.kind === 'plan'
        ? { ...compiled, plan: { ...compiled.plan, jobs: await withCacheKeys(repository, sha, compiled.plan.jobs) } }
        : compiled,
    ...circumstances,
    title: commit.message.split('\n')[0] ?? '',
    committedAt: new Date(commit.committer.date),
  })
}

/** `[ci skip]`, `[skip ci]` and their variants (reference A21). */
export function asksToSkip(message: string): boolean {
  return /\[(ci[ _-]skip|skip[ _-]ci)\]/i.test(message)
}
