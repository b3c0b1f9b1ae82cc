/** From a commit to a pipeline: read the configuration, compile it, save what it says (reference A21). */
import { compilePipeline } from '../ci/compile.ts'
import { pipelineVariables } from '../ci/predefined.ts'
import type { CompileResult } from '../ci/types.ts'
import type { Project } from '../db/projects.ts'
import { namespacePath } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import type { PipelineSource, Variable } from '../domain/plan.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readCommit, readTag } from '../git/object-reader.ts'
import { configReader, readText } from './config-reader.ts'
import type { App } from './context.ts'
import { isFrozen } from './freeze.ts'
import { savePipeline } from './save-pipeline.ts'
import { storedVariables } from './stored-variables.ts'
import { serverFacts } from './version.ts'

export interface PipelineRequest {
  readonly project: Project
  /** Whose rights are used and who counts as the creator of its deployments; from the credential, never from a payload (T10). */
  readonly actor: Actor
  /** Short name. */
  readonly ref: string
  readonly refType: 'branch' | 'tag'
  readonly sha: string
  /** Zeros when there was none. */
  readonly beforeSha: string
  readonly source: PipelineSource
  readonly variables: readonly Variable[]
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly pushId?: number
}

/**
 * Creates a pipeline. A broken configuration is saved as a failed pipeline with its first error; rules that leave nothing to run
 * are refused with GitLab's sentence and save nothing.
 */
export async function createPipeline(app: App, request: PipelineRequest): Promise<Result<{ id: number }, Refusal>> {
  const { project, sha } = request
  const repository = app.repositories.open(project.id)
  const commit = await readCommit(repository, sha)
  if (!commit) return err({ code: 'invalid', errors: { base: ['Commit not found'] } })
  const config = await findConfig(app, project, sha)
  if (!config) return err({ code: 'invalid', errors: { base: ['Missing CI config file'] } })
  const message = commit.message
  const refProtected = isProtectedRef(project, request)
  const skipped = request.source === 'push' && asksToSkip(message)
  const predefined = await predefinedOf(app, request, { ...commit, refProtected })
  const compiled: CompileResult | null = skipped
    ? null
    : await compilePipeline(
        config.text,
        {
          source: request.source,
          ref: request.ref,
          refType: request.refType,
          defaultBranch: project.default_branch,
          projectPath: project.full_path,
          configPath: config.path,
          predefined,
          stored: await storedVariables(app.db, project.id, refProtected),
          pipelineVariables: request.variables,
          inputs: request.inputs ?? {},
        },
        configReader(app, { repository, sha, beforeSha: request.beforeSha, actor: request.actor }),
      )
  if (compiled?.kind === 'filtered') return err({ code: 'invalid', errors: { base: [compiled.message] } })
  const title = message.split('\n')[0] ?? ''
  const saved = await savePipeline(app, {
    request,
    compiled,
    predefined,
    refProtected,
    title,
    committedAt: new Date(commit.committer.date),
  })
  return saved ? ok(saved) : err({ code: 'conflict', sentence: 'This push has its pipeline already.' })
}

/** The project's own path, else the two spellings (GitLab's default, and the seed's `.gitlab-ci.yaml`). */
export async function findConfig(
  app: App,
  project: Project,
  sha: string,
): Promise<{ readonly path: string; readonly text: string } | null> {
  const repository = app.repositories.open(project.id)
  const paths = project.ci_config_path ? [project.ci_config_path] : ['.gitlab-ci.yml', '.gitlab-ci.yaml']
  for (const path of paths) {
    const text = await readText(repository, sha, path)
    if (text !== null) return { path, text }
  }
  return null
}

/** The default branch is protected, as GitLab protects it by default; a tag of the same name is not (threat T9). */
export function isProtectedRef(
  project: Project,
  ref: { readonly ref: string; readonly refType: 'branch' | 'tag' },
): boolean {
  return ref.refType === 'branch' && ref.ref === project.default_branch
}

/** `[ci skip]`, `[skip ci]` and their variants (reference A21). */
export function asksToSkip(message: string): boolean {
  return /\[(ci[ _-]skip|skip[ _-]ci)\]/i.test(message)
}

async function predefinedOf(
  app: App,
  request: PipelineRequest,
  commit: {
    message: string
    author: { name: string; email: string }
    committer: { date: string }
    refProtected: boolean
  },
): Promise<Variable[]> {
  const { project, ref, refType } = request
  const tag = refType === 'tag' ? await readTag(app.repositories.open(project.id), ref) : null
  return pipelineVariables({
    server: serverFacts(app),
    project: {
      id: project.id,
      name: project.name,
      path: project.path,
      fullPath: project.full_path,
      description: project.description ?? '',
      namespacePath: await namespacePath(app.db, project.namespace_id),
      namespaceId: project.namespace_id,
      visibility: project.visibility,
      defaultBranch: project.default_branch,
      configPath: project.ci_config_path ?? '.gitlab-ci.yml',
    },
    commit: {
      sha: request.sha,
      beforeSha: request.beforeSha,
      message: commit.message,
      author: `${commit.author.name} <${commit.author.email}>`,
      timestamp: commit.committer.date,
    },
    ref: { name: ref, type: refType, protected: commit.refProtected, tagMessage: tag?.message ?? '' },
    pipeline: {
      source: request.source,
      createdAt: app.now(),
      scheduleDescription: null,
      frozen: await isFrozen(app.db, project.id, app.now()),
      triggered: request.source === 'trigger',
    },
  })
}
