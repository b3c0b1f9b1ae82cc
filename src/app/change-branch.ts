/** Creating and deleting branches over the API (GitLab Branches API). The caller checks who may. */
import type { Project } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { fullRefName, newRefProblem, zeroSha } from '../git/ref-name.ts'
import { createRef, deleteRef, findRef, isEmpty } from '../git/refs.ts'
import { findRevision } from '../git/revision.ts'
import { changeRef } from './change-ref.ts'
import { commitFiles } from './commit-files.ts'
import type { App } from './context.ts'
import { pushRefusal } from './push.ts'

const refused = (sentence: string) => err<Refusal>({ code: 'refused', sentence })

/** Creates a branch where `from` is. An empty repository gets an empty README on its default branch first, as in GitLab. */
export async function createBranch(
  app: App,
  actor: Actor,
  { project, name, from }: { readonly project: Project; readonly name: string; readonly from: string },
): Promise<Result<void, Refusal>> {
  const repository = app.repositories.open(project.id)
  const ref = { type: 'branch', name } as const
  if (newRefProblem(ref)) return refused('Branch name is invalid')
  if (await isEmpty(repository)) {
    const first = await addReadme(app, actor, project)
    if (!first.ok) return first
  }
  if (await findRef(repository, ref)) return refused('Branch already exists')
  const sha = await findRevision(repository, from)
  if (sha === null) return refused(`Failed to create branch '${name}': invalid reference name '${from}'`)
  const update = { ref: fullRefName(ref), oldSha: zeroSha, newSha: sha }
  const made = await changeRef(app, { project, actor, update }, () => createRef(repository, ref, sha))
  if (made.ok) return made
  if (made.error.code === 'ref_exists') return refused('Branch already exists')
  return refused(`Failed to create branch '${name}': Branch name conflicts with existing branch hierarchy.`)
}

/** Deletes a branch, unless it is the default one or moves meanwhile. */
export async function deleteBranch(
  app: App,
  actor: Actor,
  { project, name }: { readonly project: Project; readonly name: string },
): Promise<Result<void, Refusal>> {
  const repository = app.repositories.open(project.id)
  const ref = { type: 'branch', name } as const
  const found = await findRef(repository, ref)
  if (!found) return err({ code: 'not_found', what: 'Branch' })
  const update = { ref: fullRefName(ref), oldSha: found.target, newSha: zeroSha }
  const refusal = pushRefusal(project, [update])
  if (refusal !== null) return refused(refusal)
  const gone = await changeRef(app, { project, actor, update }, () => deleteRef(repository, ref, found.target))
  return gone.ok ? ok(undefined) : refused('Failed to remove branch')
}

async function addReadme(app: App, actor: Actor, project: Project): Promise<Result<string, Refusal>> {
  return commitFiles(app, actor, {
    project,
    branch: project.default_branch,
    message: 'Add README.md',
    author: {},
    actions: [{ action: 'create', path: 'README.md', content: Buffer.alloc(0) }],
  })
}
