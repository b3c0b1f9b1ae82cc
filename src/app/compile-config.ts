/** Compiling a configuration in the circumstances of one pipeline, whether or not the pipeline is then made. */
import { compilePipeline } from '../ci/compile.ts'
import { pipelineVariables, userVariables } from '../ci/predefined.ts'
import type { CompileResult, ConfigReader } from '../ci/types.ts'
import type { Project } from '../db/projects.ts'
import { namespacePath } from '../db/projects.ts'
import { findUser } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { PipelineSource, Variable } from '../domain/plan.ts'
import { readTag } from '../git/object-reader.ts'
import { zeroSha } from '../git/ref-name.ts'
import { configReader, readText } from './config-reader.ts'
import type { App } from './context.ts'
import { isFrozen } from './freeze.ts'
import { storedVariables } from './stored-variables.ts'
import { serverFacts } from './version.ts'

export interface ConfigRequest {
  readonly project: Project
  /**
   * Whose rights are used and who counts as the creator of its deployments; from the credential, never from a payload (T10). Null:
   * nobody in particular, who may look at a public project's configuration and makes no pipeline.
   */
  readonly actor: Actor | null
  /** Short name. */
  readonly ref: string
  readonly refType: 'branch' | 'tag'
  readonly sha: string
  /** Zeros when there was none. */
  readonly beforeSha: string
  readonly source: PipelineSource
  readonly variables: readonly Variable[]
  readonly inputs?: Readonly<Record<string, unknown>>
  /** Of the schedule that asks for it. */
  readonly scheduleDescription?: string
  /** The pipeline whose artifacts the configuration may include: a child's parent. */
  readonly artifactsOf?: number
  /** Predefined variables beyond those of every pipeline. */
  readonly morePredefined?: readonly Variable[]
}

export interface ConfigFile {
  readonly path: string
  readonly text: string
}

/** What predefined variables tell of the commit. */
export interface CommitFacts {
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
  readonly committer: { readonly date: string }
}

/** Variables that are fixed before the configuration is read. */
export interface Circumstances {
  readonly predefined: readonly Variable[]
  readonly refProtected: boolean
}

/** @param configPath where the repository's own configuration was found; else where it would be */
export async function circumstancesOf(
  app: App,
  request: ConfigRequest,
  commit: CommitFacts,
  configPath: string = request.project.ci_config_path ?? '.gitlab-ci.yml',
): Promise<Circumstances> {
  const refProtected = isProtectedRef(request.project, request)
  const predefined = await predefinedOf(app, request, { ...commit, refProtected, configPath })
  return { refProtected, predefined: [...predefined, ...(request.morePredefined ?? [])] }
}

/** @param watch is handed the reader of files, and answers the one to use */
export async function compileConfig(
  app: App,
  request: ConfigRequest,
  { predefined, refProtected }: Circumstances,
  config: ConfigFile,
  watch: (reader: ConfigReader) => ConfigReader = (reader) => reader,
): Promise<CompileResult> {
  const { project, sha, actor, artifactsOf } = request
  // Only the push of a branch tells what changed; a tag has every change, also one that is moved (`rules:changes`).
  const beforeSha = request.refType === 'branch' ? request.beforeSha : zeroSha
  const reader = configReader(app, {
    repository: app.repositories.open(project.id),
    sha,
    beforeSha,
    actor,
    artifactsOf,
  })
  const user = actor && (await findUser(app.db, actor.userId))
  return compilePipeline(
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
      user: user === null ? [] : userVariables(user),
    },
    watch(reader),
  )
}

/** The project's own path, else the two spellings (GitLab's default, and the seed's `.gitlab-ci.yaml`). */
export async function findConfig(app: App, project: Project, sha: string): Promise<ConfigFile | null> {
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
  project: Pick<Project, 'default_branch'>,
  ref: { readonly ref: string; readonly refType: 'branch' | 'tag' },
): boolean {
  return ref.refType === 'branch' && ref.ref === project.default_branch
}

async function predefinedOf(
  app: App,
  request: ConfigRequest,
  commit: CommitFacts & { readonly refProtected: boolean; readonly configPath: string },
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
      configPath: commit.configPath,
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
      scheduleDescription: request.scheduleDescription ?? null,
      frozen: await isFrozen(app.db, project.id, app.now()),
      triggered: request.source === 'trigger',
    },
  })
}
