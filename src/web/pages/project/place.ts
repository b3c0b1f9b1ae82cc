/** What an address names: a group or project by its full path, and a page of it. */

export interface Place {
  /** Full path. */
  readonly path: string
  /** Below `/-`: `` or `/environments/5`. */
  readonly rest: string
}

/** `/storefront/checkout/-/environments/5` is page `/environments/5` of `storefront/checkout`. */
export function placeOf(pathname: string): Place {
  const clean = pathname.replace(/^\/+|\/+$/g, '')
  const [path = '', ...rest] = clean.split('/-/')
  return { path: path.replace(/\/-$/, ''), rest: rest.length === 0 ? '' : `/${rest.join('/-/')}` }
}
