/** Repository files API. */
import { createHash } from 'node:crypto'
import { commitFiles, type FilesToCommit } from '../../app/commit-files.ts'
import type { InputOf, ResponseOf } from '../../contract/operation.ts'
import * as files from '../../contract/repository-files.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { blobDigest, blobSize, readBlob } from '../../git/blob.ts'
import type { FileAction } from '../../git/file-actions.ts'
import { lastCommitOf } from '../../git/log.ts'
import { readEntry } from '../../git/object-reader.ts'
import { headerText, maxBlobInJson, rawBlob, wholeBlob } from '../blob-answer.ts'
import { implement, implementOpen, Raw, type Route } from '../call.ts'
import { commitAt, type FoundRepository, repositoryFor } from '../find-repository.ts'

export const repositoryFileRoutes: Route[] = [
  implementOpen(files.getFile, async (call) => {
    const { input, reply, request } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const file = await fileAt(found.value, input.file_path, input.ref)
    if (!file.ok) return file
    const isHead = request.method === 'HEAD'
    if (!isHead && file.value.size > maxBlobInJson) return err({ code: 'too_large' })
    const described = await describe(found.value, file.value, isHead ? wholeBlob : maxBlobInJson)
    reply.headers(headersOf(described.metadata))
    const content = (described.content ?? Buffer.alloc(0)).toString('base64')
    const body: ResponseOf<typeof files.getFile> = { ...described.metadata, content }
    // As bytes: a text would be sent in one piece with the headers, and turn those into UTF-8 a second time.
    const bytes = isHead ? null : Buffer.from(JSON.stringify(body))
    return ok(new Raw(200, bytes, { 'content-type': 'application/json' }))
  }),

  implementOpen(files.getRawFile, async (call) => {
    const { app, input, reply, request } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const file = await fileAt(found.value, input.file_path, input.ref)
    if (!file.ok) return file
    const { metadata } = await describe(found.value, file.value, wholeBlob)
    reply.headers(headersOf(metadata))
    const blob = { sha: metadata.blob_id, size: metadata.size, name: metadata.file_name }
    return ok(await rawBlob(app, found.value.repository, blob, request.method))
  }),

  implement(files.createFile, async (call) => {
    const { input } = call
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    const action = { action: 'create', path: input.file_path, content: bytesOf(input), ...modeOf(input) } as const
    const made = await commitFiles(call.app, call.actor, oneFile(found.value, input, action))
    return made.ok ? ok({ file_path: input.file_path, branch: input.branch }) : made
  }),

  implement(files.updateFile, async (call) => {
    const { input } = call
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    const guard = guardOf(input)
    const action = {
      action: 'update',
      path: input.file_path,
      content: bytesOf(input),
      ...modeOf(input),
      ...guard,
    } as const
    const made = await commitFiles(call.app, call.actor, oneFile(found.value, input, action))
    return made.ok ? ok({ file_path: input.file_path, branch: input.branch }) : made
  }),

  implement(files.deleteFile, async (call) => {
    const { input } = call
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    const action = { action: 'delete', path: input.file_path, ...guardOf(input) } as const
    const made = await commitFiles(call.app, call.actor, oneFile(found.value, input, action))
    return made.ok ? ok(undefined) : made
  }),
]

interface FoundFile {
  readonly path: string
  /** As the caller named it. */
  readonly ref: string
  readonly commit: string
  readonly blob: string
  readonly size: number
  readonly executable: boolean
}

async function fileAt(
  found: FoundRepository,
  path: string,
  ref: string | undefined,
): Promise<Result<FoundFile, Refusal>> {
  const commit = await commitAt(found, ref)
  if (commit === null) return err({ code: 'not_found', what: 'Commit' })
  const entry = await readEntry(found.repository, commit, path)
  const size = entry?.type === 'blob' ? await blobSize(found.repository, entry.sha) : null
  if (!entry || size === null) return err({ code: 'not_found', what: 'File' })
  const executable = entry.mode === '100755'
  return ok({ path, ref: ref ?? found.project.default_branch, commit, blob: entry.sha, size, executable })
}

/** What the API tells of a file, with its content when it is not larger than `wholeUpTo` bytes. */
async function describe({ repository }: FoundRepository, file: FoundFile, wholeUpTo: number) {
  const content = file.size <= wholeUpTo ? await readBlob(repository, file.blob) : null
  const digest = content ? createHash('sha256').update(content).digest('hex') : await blobDigest(repository, file.blob)
  const metadata = {
    file_name: file.path.slice(file.path.lastIndexOf('/') + 1),
    file_path: file.path,
    size: file.size,
    encoding: 'base64' as const,
    content_sha256: digest,
    ref: file.ref,
    blob_id: file.blob,
    commit_id: file.commit,
    last_commit_id: (await lastCommitOf(repository, file.commit, file.path)) ?? file.commit,
    execute_filemode: file.executable,
  }
  return { content, metadata }
}

/** `content_sha256` → `X-Gitlab-Content-Sha256`. */
function headersOf(metadata: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      `x-gitlab-${name.replaceAll('_', '-')}`,
      headerText(String(value)),
    ]),
  )
}

function oneFile(
  { project }: FoundRepository,
  input: InputOf<typeof files.deleteFile>,
  action: FileAction,
): FilesToCommit {
  return {
    project,
    branch: input.branch,
    message: input.commit_message,
    author: { name: input.author_name, email: input.author_email },
    actions: [action],
    ...(input.start_branch ? { startBranch: input.start_branch } : {}),
  }
}

function bytesOf(input: { readonly content: string; readonly encoding: 'text' | 'base64' }): Buffer {
  return Buffer.from(input.content, input.encoding === 'base64' ? 'base64' : 'utf8')
}

function modeOf(input: { readonly execute_filemode?: boolean | undefined }): { executable?: boolean } {
  return input.execute_filemode === undefined ? {} : { executable: input.execute_filemode }
}

function guardOf(input: { readonly last_commit_id?: string | undefined }): { lastCommitId?: string } {
  return input.last_commit_id ? { lastCommitId: input.last_commit_id } : {}
}
