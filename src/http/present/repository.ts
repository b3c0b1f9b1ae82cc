/** Diffs, branches and tags as the API shows them. */
import { isProtectedRef } from '../../app/compile-config.ts'
import type { App } from '../../app/context.ts'
import type { BranchEntity, DiffEntity, TagEntity } from '../../contract/repository-entities.ts'
import { type Actor, refuse } from '../../domain/access.ts'
import type { Commit, TagObject } from '../../git/commit-object.ts'
import type { DiffFile } from '../../git/diff.ts'
import { readCommits, readTag, resolve } from '../../git/object-reader.ts'
import { fullRefName } from '../../git/ref-name.ts'
import { branchesMergedInto, type ListedRef } from '../../git/refs.ts'
import type { FoundRepository } from '../find-repository.ts'
import { presentCommit, withMilliseconds } from './commit.ts'

/** @param unidiff puts the lines that name the files before the first `@@` */
export function presentDiff(file: DiffFile, unidiff: boolean): DiffEntity {
  return {
    diff: unidiff ? withNames(file) : file.diff,
    collapsed: false,
    too_large: file.isTooLarge,
    new_path: file.newPath,
    old_path: file.oldPath,
    a_mode: modeOf(file.oldMode),
    b_mode: modeOf(file.newMode),
    new_file: file.isNew,
    renamed_file: file.isRenamed,
    deleted_file: file.isDeleted,
    generated_file: false,
  }
}

function withNames(file: DiffFile): string {
  if (!file.diff.startsWith('@@')) return file.diff
  const before = file.isNew ? '/dev/null' : `a/${file.oldPath}`
  const after = file.isDeleted ? '/dev/null' : `b/${file.newPath}`
  return `--- ${before}\n+++ ${after}\n${file.diff}`
}

function modeOf(mode: string): string {
  return mode === '000000' ? '0' : mode
}

/** Branches in the same order; their commits are read together. */
export async function presentBranches(
  app: App,
  found: FoundRepository,
  actor: Actor | null,
  refs: readonly ListedRef[],
): Promise<BranchEntity[]> {
  const { project, standing, repository } = found
  const commits = await commitsOf(found, refs)
  const root = await resolve(repository, fullRefName({ type: 'branch', name: project.default_branch }))
  const merged = root === null ? new Set<string>() : await branchesMergedInto(repository, root)
  const canPush = actor !== null && refuse(actor, 'push_code', standing, 'Project') === null
  return refs.map((ref) => {
    const isProtected = isProtectedRef(project, { ref: ref.name, refType: 'branch' })
    const commit = commits.get(ref.commit ?? '')
    return {
      name: ref.name,
      commit: commit ? presentCommit(app, project.full_path, commit) : null,
      // A branch that is where the default branch is has nothing that was merged.
      merged: merged.has(ref.name) && ref.commit !== root,
      protected: isProtected,
      // Protection of the default branch leaves pushing to every Developer.
      developers_can_push: isProtected,
      developers_can_merge: isProtected,
      can_push: canPush,
      default: ref.name === project.default_branch,
      web_url: `${app.externalUrl}/${project.full_path}/-/tree/${encodeURI(ref.name).replaceAll('#', '%23')}`,
    }
  })
}

/** Tags in the same order; their commits are read together. */
export async function presentTags(app: App, found: FoundRepository, refs: readonly ListedRef[]): Promise<TagEntity[]> {
  const commits = await commitsOf(found, refs)
  return Promise.all(
    refs.map(async (ref) => {
      const annotated = ref.target === ref.commit ? null : await readTag(found.repository, ref.name)
      return presentTag(app, found.project.full_path, ref, commits.get(ref.commit ?? ''), annotated)
    }),
  )
}

function presentTag(
  app: App,
  projectPath: string,
  ref: ListedRef,
  commit: Commit | undefined,
  annotated: TagObject | null,
): TagEntity {
  return {
    name: ref.name,
    message: annotated?.message.replace(/\n+$/, '') ?? '',
    target: ref.target,
    commit: commit ? presentCommit(app, projectPath, commit) : null,
    release: null,
    protected: false,
    created_at: annotated?.tagger ? withMilliseconds(annotated.tagger.date) : null,
  }
}

async function commitsOf(found: FoundRepository, refs: readonly ListedRef[]): Promise<ReadonlyMap<string, Commit>> {
  const wanted = [...new Set(refs.flatMap((ref) => ref.commit ?? []))]
  return new Map((await readCommits(found.repository, wanted)).map((commit) => [commit.sha, commit]))
}
