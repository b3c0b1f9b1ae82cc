/** Creating and deleting tags over the API (GitLab Tags API). The caller checks who may. */
import type { Project } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { fullRefName, newRefProblem, zeroSha } from '../git/ref-name.ts'
import { createRef, deleteRef, findRef } from '../git/refs.ts'
import { findRevision } from '../git/revision.ts'
import { writeTag } from '../git/tag-writer.ts'
import { changeRef, signatureOf } from './change-ref.ts'
import type { App } from './context.ts'

export interface NewTag {
  readonly project: Project
  readonly name: string
  readonly target: string
  /** Makes it an annotated tag unless it is empty. */
  readonly message: string
}

const refused = (sentence: string) => err<Refusal>({ code: 'refused', sentence })

/** Creates a tag, and the pipeline that a pushed tag gets. */
export async function createTag(app: App, actor: Actor, tag: NewTag): Promise<Result<void, Refusal>> {
  const { project, name } = tag
  const repository = app.repositories.open(project.id)
  const ref = { type: 'tag', name } as const
  if (tag.target.trim() === '') return refused('Target is empty')
  if (newRefProblem(ref)) return refused('Tag name invalid')
  const commit = await findRevision(repository, tag.target)
  if (commit === null) return refused(`Target ${tag.target} is invalid`)
  if (await findRef(repository, ref)) return refused(`Tag ${name} already exists`)
  const message = tag.message.trim()
  const tagger = await signatureOf(app, actor)
  const sha = message === '' ? commit : await writeTag(repository, { name, commit, tagger, message })
  const update = { ref: fullRefName(ref), oldSha: zeroSha, newSha: sha }
  const made = await changeRef(app, { project, actor, update }, () => createRef(repository, ref, sha))
  if (made.ok) return made
  return refused(made.error.code === 'ref_exists' ? `Tag ${name} already exists` : 'Tag name invalid')
}

/** Deletes a tag, unless it moves meanwhile. */
export async function deleteTag(
  app: App,
  actor: Actor,
  { project, name }: { readonly project: Project; readonly name: string },
): Promise<Result<void, Refusal>> {
  const repository = app.repositories.open(project.id)
  const ref = { type: 'tag', name } as const
  const found = await findRef(repository, ref)
  if (!found) return err({ code: 'not_found', what: 'Tag' })
  const update = { ref: fullRefName(ref), oldSha: found.target, newSha: zeroSha }
  const gone = await changeRef(app, { project, actor, update }, () => deleteRef(repository, ref, found.target))
  return gone.ok ? ok(undefined) : refused('Failed to remove tag')
}
