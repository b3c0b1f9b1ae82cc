/** From the parameters of a commit to what the command wants. */
import type { FilesToCommit } from '../app/commit-files.ts'
import type { createCommit } from '../contract/commits.ts'
import type { InputOf } from '../contract/operation.ts'
import { findProject, type Project } from '../db/projects.ts'
import { refuse } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { FileAction } from '../git/file-actions.ts'
import { isSha } from '../git/ref-name.ts'
import type { Call } from './call.ts'

/** What is wrong with where a commit shall start, in GitLab's words. */
export async function startRefusal(call: Call<typeof createCommit>, project: Project): Promise<Refusal | null> {
  const { app, actor, input } = call
  const { start_branch: branch, start_sha: sha, start_project: start } = input
  if (branch !== undefined && sha !== undefined) {
    return { code: 'invalid_parameter', sentence: 'start_branch, start_sha are mutually exclusive' }
  }
  if (sha !== undefined && !isSha(sha)) return { code: 'refused', sentence: `Invalid start_sha '${sha}'` }
  if (start === undefined) return null
  const found = await findProject(app.db, start, actor)
  if (!found || refuse(actor, 'read_project', found.standing, 'Project')) return { code: 'not_found', what: 'Project' }
  if (found.project.id === project.id) return null
  return {
    code: 'forbidden',
    reason: `Project is not included in the fork network for ${found.project.full_path}`,
  }
}

/** What the caller asks to commit. */
export function filesToCommit(project: Project, input: InputOf<typeof createCommit>): FilesToCommit {
  return {
    project,
    branch: input.branch,
    message: input.commit_message,
    author: { name: input.author_name, email: input.author_email },
    actions: input.actions.map(fileAction),
    force: input.force,
    ...(input.start_branch ? { startBranch: input.start_branch } : {}),
    ...(input.start_sha ? { startSha: input.start_sha } : {}),
  }
}

type ActionInput = InputOf<typeof createCommit>['actions'][number]

function fileAction(input: ActionInput): FileAction {
  const { action, file_path: path, content, encoding, execute_filemode: executable } = input
  const bytes =
    content === undefined ? Buffer.alloc(0) : Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8')
  const mode = executable === undefined ? {} : { executable }
  const guard = input.last_commit_id ? { lastCommitId: input.last_commit_id } : {}
  switch (action) {
    case 'create':
      return { action, path, content: bytes, ...mode }
    case 'update':
      return { action, path, content: bytes, ...mode, ...guard }
    case 'delete':
      return { action, path, ...guard }
    case 'move': {
      const moved = content === undefined ? {} : { content: bytes }
      return { action, path, previousPath: input.previous_path ?? '', ...moved, ...guard }
    }
    case 'chmod':
      return { action, path, executable: executable ?? false }
  }
}
