/** Offset pagination with GitLab's headers (GitLab REST API docs, Pagination). */
import type { Page } from '../db/paging.ts'

export type { Page } from '../db/paging.ts'

export interface PageRequest {
  readonly page: number
  readonly per_page: number
}

/** Turns the items of a page into their API form, keeping the counts. */
export function mapPage<T, U>(page: Page<T>, present: (item: T) => U): Page<U> {
  return { ...page, items: page.items.map(present) }
}

/** Whether a handler answered a page rather than a plain list. */
export function isPage(value: unknown): value is Page<unknown> {
  return typeof value === 'object' && value !== null && 'items' in value && 'hasNext' in value
}

/**
 * The headers of one page. Totals are left out above 10,000 rows, as GitLab does.
 * @param url absolute URL of the request with its query, the base of the `Link` header both big SDKs follow
 */
export function pageHeaders(page: Page<unknown>, request: PageRequest, url: URL): Record<string, string> {
  const { page: number, per_page: size } = request
  const pages = page.total === null ? null : Math.max(Math.ceil(page.total / size), 1)
  const link = (rel: string, target: number) => {
    const to = new URL(url)
    to.searchParams.set('page', String(target))
    to.searchParams.set('per_page', String(size))
    return `<${to.href}>; rel="${rel}"`
  }
  const links = [
    ...(number > 1 ? [link('prev', number - 1)] : []),
    ...(page.hasNext ? [link('next', number + 1)] : []),
    link('first', 1),
    ...(pages === null ? [] : [link('last', pages)]),
  ]
  return {
    link: links.join(', '),
    'x-page': String(number),
    'x-per-page': String(size),
    'x-next-page': page.hasNext ? String(number + 1) : '',
    'x-prev-page': number > 1 ? String(number - 1) : '',
    ...(page.total === null || pages === null ? {} : { 'x-total': String(page.total), 'x-total-pages': String(pages) }),
  }
}
