/** Repositories API: trees, blobs, archives, comparisons. */
import type { App } from '../../app/context.ts'
import * as repositories from '../../contract/repositories.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { blobSize, readBlob } from '../../git/blob.ts'
import { compare, mergeBase } from '../../git/compare.ts'
import { readCommit } from '../../git/object-reader.ts'
import { findRevision } from '../../git/revision.ts'
import { listTree } from '../../git/tree.ts'
import { archiveOf } from '../archive-answer.ts'
import { maxBlobInJson, rawBlob } from '../blob-answer.ts'
import { implementOpen, type Route } from '../call.ts'
import { commitAt, directoryPath, repositoryFor } from '../find-repository.ts'
import { presentCommit } from '../present/commit.ts'
import { presentDiff } from '../present/repository.ts'
import { presentTreeEntry, treePage } from '../tree-page.ts'

const noBlob: Refusal = { code: 'not_found', what: 'Blob' }

export const repositoryRoutes: Route[] = [
  implementOpen(repositories.listTree, async (call) => {
    const { app, input, reply, request } = call
    if (input.pagination === 'none' && !input.recursive) {
      return err({
        code: 'invalid_parameter',
        sentence: 'pagination cannot be "none" unless "recursive" is true',
      })
    }
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const commit = await commitAt(found.value, input.ref)
    if (commit === null) return err({ code: 'not_found', what: 'Tree' })
    const path = directoryPath(input.path)
    const noPath = err<Refusal>({ code: 'not_found', what: 'invalid revision or path' })
    if (path === null) return noPath
    const tree = await listTree(found.value.repository, commit, { path, recursive: input.recursive })
    if (!tree.ok) return noPath
    const page = treePage(tree.value.entries, input)
    if (page === 'invalid_token') return err({ code: 'invalid_parameter', sentence: 'page_token is invalid' })
    if (!('next' in page)) return ok({ ...page, items: page.items.map(presentTreeEntry) })
    if (page.next !== null) reply.header('link', nextLink(app, request.url, page.next))
    return ok(page.items.map(presentTreeEntry))
  }),

  implementOpen(repositories.getBlob, async (call) => {
    const { input } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const { repository } = found.value
    const size = await blobSize(repository, input.sha)
    if (size !== null && size > maxBlobInJson) return err({ code: 'too_large' })
    const content = size === null ? null : await readBlob(repository, input.sha)
    if (size === null || content === null) return err(noBlob)
    return ok({ size, encoding: 'base64' as const, content: content.toString('base64'), sha: input.sha })
  }),

  implementOpen(repositories.getRawBlob, async (call) => {
    const { app, input, request } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const size = await blobSize(found.value.repository, input.sha)
    if (size === null) return err(noBlob)
    return ok(await rawBlob(app, found.value.repository, { sha: input.sha, size, name: null }, request.method))
  }),

  implementOpen(repositories.getArchive, async (call) => {
    const found = await repositoryFor(call, 'download_code')
    return found.ok ? archiveOf(call.app, found.value, call.input, call.request.method) : found
  }),

  implementOpen(repositories.getArchiveAs, async (call) => {
    const found = await repositoryFor(call, 'download_code')
    return found.ok ? archiveOf(call.app, found.value, call.input, call.request.method) : found
  }),

  implementOpen(repositories.compareRevisions, async (call) => {
    const { app, input } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const { project, repository } = found.value
    if (input.from_project_id !== undefined && input.from_project_id !== project.id) {
      const sentence = `Target project id:${input.from_project_id} is not a fork of project id:${input.id}`
      return err({ code: 'refused', sentence })
    }
    const [from, to] = await Promise.all([findRevision(repository, input.from), findRevision(repository, input.to)])
    const result =
      from === null || to === null ? null : await compare(repository, from, to, { straight: input.straight })
    if (!result?.ok) return err({ code: 'not_found', what: 'Ref' })
    const commits = result.value.commits.map((commit) => presentCommit(app, project.full_path, commit))
    return ok({
      commit: commits.at(-1) ?? null,
      commits,
      diffs: result.value.files.map((file) => presentDiff(file, input.unidiff)),
      compare_timeout: result.value.truncated,
      compare_same_ref: from === to,
      web_url: `${app.externalUrl}/${project.full_path}/-/compare/${from}...${to}`,
    })
  }),

  implementOpen(repositories.getMergeBase, async (call) => {
    const { app, input } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const { project, repository } = found.value
    const refused = (sentence: string) => err<Refusal>({ code: 'refused', sentence })
    if (input.refs.length < 2) return refused('Provide at least 2 refs')
    if (input.refs.length > maxRefs) return refused(`Provide at most ${maxRefs} refs`)
    const shas = await Promise.all(input.refs.map((ref) => findRevision(repository, ref)))
    const unknown = input.refs.filter((_, index) => shas[index] === null)
    if (unknown.length > 0) return refused(`Could not find ref${unknown.length > 1 ? 's' : ''}: ${unknown.join(', ')}`)
    const [first = '', ...others] = shas.filter((sha) => sha !== null)
    const base = await mergeBase(repository, first, ...others)
    const commit = base === null ? null : await readCommit(repository, base)
    return commit ? ok(presentCommit(app, project.full_path, commit)) : err({ code: 'not_found', what: 'Merge Base' })
  }),
]

/** More need more memory of git than anybody has a use for. */
const maxRefs = 100

function nextLink(app: App, requestUrl: string, token: string): string {
  const { pathname, search } = new URL(requestUrl, 'http://server')
  const to = new URL(app.externalUrl + pathname + search)
  to.searchParams.delete('page')
  to.searchParams.set('page_token', token)
  return `<${to.href}>; rel="next"`
}
