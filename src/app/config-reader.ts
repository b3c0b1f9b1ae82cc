/** Lets `ci/` read what a configuration refers to: files of this project and of others, always as the pipeline's user. */
import type { ConfigReader } from '../ci/types.ts'
import { findProject } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import { refuse } from '../domain/access.ts'
import { changedPaths, mergeBase } from '../git/compare.ts'
import { readFile } from '../git/object-reader.ts'
import { zeroSha } from '../git/ref-name.ts'
import { lookupName } from '../git/refs.ts'
import type { Repository } from '../git/repository-store.ts'
import { listPaths } from '../git/tree.ts'
import type { App } from './context.ts'
import { readArtifactText } from './read-artifact.ts'

/** Of one configuration file, in bytes. */
const fileLimit = 1024 * 1024

export interface ReaderOptions {
  readonly repository: Repository
  readonly sha: string
  /** The commit before the push; zeros when there is none. */
  readonly beforeSha: string
  /** Whose rights decide which other projects can be included; null: nobody's. */
  readonly actor: Actor | null
  /** The pipeline whose artifacts can be included: a child's parent. */
  readonly artifactsOf?: number | undefined
}

export function configReader(app: App, options: ReaderOptions): ConfigReader {
  const { repository, sha, beforeSha, actor, artifactsOf: pipelineId } = options
  return {
    ...(pipelineId === undefined
      ? {}
      : { readArtifact: (job, path) => readArtifactText(app, { pipelineId, job }, path, fileLimit) }),
    readLocal: (path) => readText(repository, sha, path),
    listLocal: () => pathsOf(repository, sha),
    openProject: (path, ref) => openProject(app, actor, path, ref),
    // No host is allowed: a server that holds deployments must not fetch what a configuration file names (threat: SSRF).
    readRemote: async () => ({ problem: 'Remote includes are not allowed on this server' }),
    readTemplate: async () => null,
    changedPaths: async (compareTo) => {
      if (compareTo !== null) {
        const other = await revisionOf(repository, compareTo)
        if (other === null) return { problem: 'invalid_ref' }
        const base = await mergeBase(repository, other, sha)
        return base === null ? null : changedPaths(repository, base, sha)
      }
      return beforeSha === zeroSha ? null : changedPaths(repository, beforeSha, sha)
    },
  }
}

/** Text of a file at a commit; null when there is none or it is too large to be a configuration. */
export async function readText(repository: Repository, sha: string, path: string): Promise<string | null> {
  const file = await readFile(repository, sha, path, fileLimit)
  return file.ok ? file.value.content.toString('utf8') : null
}

async function openProject(
  app: App,
  actor: Actor | null,
  path: string,
  ref: string | null,
): ReturnType<ConfigReader['openProject']> {
  const found = await findProject(app.db, path, actor)
  if (!found || refuse(actor, 'download_code', found.standing, 'Project')) return { found: false, missing: 'project' }
  const repository = app.repositories.open(found.project.id)
  const sha = await revisionOf(repository, ref ?? found.project.default_branch)
  if (sha === null) return { found: false, missing: 'ref' }
  return {
    found: true,
    sha,
    read: (file) => readText(repository, sha, file),
    list: () => pathsOf(repository, sha),
  }
}

async function pathsOf(repository: Repository, sha: string): Promise<readonly string[]> {
  return listPaths(repository, sha)
}

/** A branch before a tag before a commit id. */
async function revisionOf(repository: Repository, name: string): Promise<string | null> {
  const found = await lookupName(repository, name)
  return found.branch?.commit ?? found.tag?.commit ?? found.commit
}
