/** Commits over the API (GitLab Commits API and Repository files API). */
import type { Project } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type CommitRequest, prepareCommit, publishCommit } from '../git/commit-writer.ts'
import { fullRefName, zeroSha } from '../git/ref-name.ts'
import { changeRef, signatureOf } from './change-ref.ts'
import type { App } from './context.ts'

export interface FilesToCommit extends Omit<CommitRequest, 'author' | 'committer'> {
  readonly project: Project
  /** Who wrote it; the committer where this says nothing. */
  readonly author: { readonly name?: string | undefined; readonly email?: string | undefined }
}

/** Adds one commit to a branch, with everything that follows from a push. Answers its id. The caller checks who may. */
export async function commitFiles(
  app: App,
  actor: Actor,
  { project, author, ...request }: FilesToCommit,
): Promise<Result<string, Refusal>> {
  const repository = app.repositories.open(project.id)
  const committer = await signatureOf(app, actor)
  const written = { ...committer, name: author.name || committer.name, email: author.email || committer.email }
  const prepared = await prepareCommit(repository, { ...request, committer, author: written })
  if (!prepared.ok) return err({ code: 'refused', sentence: prepared.error.message })
  const { sha, oldSha, branch } = prepared.value
  const update = { ref: fullRefName({ type: 'branch', name: branch }), oldSha: oldSha ?? zeroSha, newSha: sha }
  const published = await changeRef(app, { project, actor, update }, () => publishCommit(repository, prepared.value))
  return published.ok ? ok(sha) : err({ code: 'refused', sentence: published.error.message })
}
