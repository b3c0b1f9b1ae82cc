import { randomUUID } from 'node:crypto'
import { mkdir, open as openFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { err, ok, type Result } from '../domain/result.ts'
import { CatFilePool } from './cat-file.ts'
import { type GitDirectory, runGit } from './git-process.ts'
import { newRefProblem } from './ref-name.ts'

/** A bare repository on disk. Making the value does not touch the disk; the repository may not exist. */
export type Repository = GitDirectory & {
  readonly projectId: number
  /** The processes that read this store's objects. */
  readonly catFiles: CatFilePool
}

export type RepositoryStore = {
  /** The repository of a project, whether or not it exists. */
  open(projectId: number): Repository
  exists(projectId: number): Promise<boolean>
  /**
   * Makes an empty bare repository whose HEAD names `defaultBranch`. Refuses when there is one already: an id is never
   * used twice, so what is there belongs to somebody else.
   */
  create(projectId: number, defaultBranch: string): Promise<Result<Repository, CreateRefusal>>
  /** Removes a repository; nothing happens when there is none. */
  remove(projectId: number): Promise<void>
  /** The ids that have a repository, in ascending order. */
  list(): Promise<number[]>
  /** Ends the processes that read objects. */
  close(): Promise<void>
}

export type CreateRefusal =
  | { readonly code: 'repository_exists' }
  | { readonly code: 'invalid_branch_name'; readonly problem: string }

export type StoreOptions = {
  /** How many `git cat-file` processes may be open at once, over all repositories. Default 16. */
  readonly maxReaders?: number
  /** Milliseconds after which an unused `git cat-file` process is closed. Default 60,000. */
  readonly readerIdle?: number
}

const leftover = /^\.(?:new|removed)-/
const leftoverAge = 24 * 3600 * 1000

/**
 * Opens the directory that holds the repositories: `<root>/<projectId>.git`, named by number so that a renamed project
 * keeps its repository and a re-created path never finds an old one.
 *
 * @throws when the directory cannot be made or read.
 */
export async function openStore(rootDir: string, options: StoreOptions = {}): Promise<RepositoryStore> {
  const root = resolve(rootDir)
  const home = join(root, '.home')
  await mkdir(home, { recursive: true })
  await sweepLeftovers(root)
  const catFiles = new CatFilePool({ max: options.maxReaders ?? 16, idle: options.readerIdle ?? 60_000 })

  const open = (projectId: number): Repository => {
    if (!Number.isSafeInteger(projectId) || projectId < 1) throw new RangeError(`Not a project id: ${projectId}`)
    return { projectId, path: join(root, `${projectId}.git`), home, catFiles }
  }

  return {
    open,

    exists: (projectId) => isDirectory(open(projectId).path),

    async create(projectId, defaultBranch) {
      const problem = newRefProblem({ type: 'branch', name: defaultBranch })
      if (problem) return err({ code: 'invalid_branch_name', problem })
      const repo = open(projectId)
      if (await isDirectory(repo.path)) return err({ code: 'repository_exists' })
      // Built aside and renamed, so that a crash never leaves half a repository under its name.
      const path = join(root, `.new-${randomUUID()}`)
      await runGit({ path, home }, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${defaultBranch}`])
      for (const part of ['HEAD', 'config', '.']) await sync(join(path, part))
      try {
        await rename(path, repo.path)
        await sync(root)
      } catch (error) {
        await rm(path, { recursive: true, force: true })
        if (await isDirectory(repo.path)) return err({ code: 'repository_exists' })
        throw error
      }
      return ok(repo)
    },

    async remove(projectId) {
      const repo = open(projectId)
      catFiles.forget(repo)
      const aside = join(root, `.removed-${randomUUID()}`)
      try {
        await rename(repo.path, aside)
      } catch (error) {
        if (isMissing(error)) return
        throw error
      }
      await rm(aside, { recursive: true, force: true })
    },

    async list() {
      const ids = (await readdir(root)).flatMap((name) => {
        const match = /^([1-9]\d*)\.git$/.exec(name)
        return match ? [Number(match[1])] : []
      })
      return ids.sort((a, b) => a - b)
    },

    close: () => catFiles.close(),
  }
}

/** Makes a file, or the names in a directory, survive a crash of the machine. */
async function sync(path: string): Promise<void> {
  const handle = await openFile(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Finishes what a crash interrupted. Only old entries: another server may be at work in the same directory. */
async function sweepLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!leftover.test(name)) continue
    const path = join(root, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > leftoverAge) await rm(path, { recursive: true, force: true })
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
