import type { Location } from 'react-router'

export const signInPage = '/users/sign_in'

/** The sign-in page, which then leads back to where somebody wanted to go. */
export function signInPath({ pathname, search, hash }: Pick<Location, 'pathname' | 'search' | 'hash'>): string {
  const target = `${pathname}${search}${hash}`
  return target === '/' ? signInPage : `${signInPage}?return_to=${encodeURIComponent(target)}`
}

/** Only an address of this server: another site's would make the sign-in page a way to send people there. */
export function safeReturn(target: string | null): string {
  if (target === null || !target.startsWith('/')) return '/'
  const url = URL.parse(target, window.location.origin)
  if (url === null || url.origin !== window.location.origin || url.pathname === signInPage) return '/'
  return `${url.pathname}${url.search}${url.hash}`
}
