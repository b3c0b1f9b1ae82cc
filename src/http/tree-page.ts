/** Pages of a directory: by number, by the entry before, or all of it (GitLab Repositories API, List repository tree). */
import { pageOf } from '../db/paging.ts'
import type { TreeEntry } from '../git/tree.ts'
import type { Page } from './pagination.ts'

interface TreeRequest {
  readonly pagination: 'legacy' | 'keyset' | 'none'
  readonly page_token?: string | undefined
  readonly page: number
  readonly per_page: number
}

/** A page without number; `next` is the token of the one behind it, null when this is the last. */
export interface KeysetPage {
  readonly items: readonly TreeEntry[]
  readonly next: string | null
}

export function treePage(
  entries: readonly TreeEntry[],
  request: TreeRequest,
): Page<TreeEntry> | KeysetPage | 'invalid_token' {
  if (request.pagination === 'none') return { items: entries, next: null }
  if (request.pagination === 'legacy') return pageOf(entries, request)
  const start = request.page_token ? behind(entries, request.page_token) : 0
  if (start === null) return 'invalid_token'
  const items = entries.slice(start, start + request.per_page)
  const last = items.at(-1)
  const hasNext = last !== undefined && entries.length > start + request.per_page
  return { items, next: hasNext ? tokenOf(last) : null }
}

/** An entry is known by its path, so that the next page is right even when entries before it have come or gone. */
function tokenOf({ type, path }: TreeEntry): string {
  return Buffer.from(`${type} ${path}`).toString('base64url')
}

function behind(entries: readonly TreeEntry[], token: string): number | null {
  const [, type, path] = /^(\w+) (.+)$/s.exec(Buffer.from(token, 'base64url').toString('utf8')) ?? []
  const index = entries.findIndex((entry) => entry.path === path && entry.type === type)
  return index < 0 ? null : index + 1
}

export function presentTreeEntry({ sha, name, type, path, mode }: TreeEntry) {
  return { id: sha, name, type, path, mode }
}
