/** A real browser for tests of the pages: one Chromium and one server per file, one context per person. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { describe } from 'vitest'
import { chromiumProblem, launchChromium } from './chromium.ts'
import { builtPages } from './pages.ts'
import { startTestServer, type TestServer } from './server.ts'
import { cookieOf } from './session-cookie.ts'

export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

export interface BrowserWorld {
  readonly server: TestServer
  readonly browser: Browser
  /** A person's own browser window, signed in without the form. */
  signedIn(user: { readonly id: number }, options?: BrowserContextOptions): Promise<Page>
  /** A window of somebody who is not signed in. */
  window(options?: BrowserContextOptions): Promise<Page>
  stop(): Promise<void>
}

/** `describe` for tests that need a browser. Without one they are skipped, and their name says why. */
export async function describeInBrowser(name: string, tests: () => void): Promise<void> {
  const problem = await chromiumProblem()
  if (problem === null) describe(name, tests)
  else describe.skip(`${name} (no browser: ${problem})`, tests)
}

/** Builds the pages, then starts a server that has them and a browser. Stop it in afterAll. */
export async function startBrowserWorld(): Promise<BrowserWorld> {
  await builtPages()
  const [server, browser] = await Promise.all([startTestServer(), launchChromium()])
  const open = async (options: BrowserContextOptions, user: { readonly id: number } | null) => {
    const context = await browser.newContext({ baseURL: server.url, ...options })
    context.setDefaultTimeout(15_000)
    if (user !== null) await context.addCookies([await cookieOf(server, user)])
    return watched(await context.newPage())
  }
  return {
    server,
    browser,
    signedIn: (user, options = {}) => open(options, user),
    window: (options = {}) => open(options, null),
    stop: async () => {
      await browser.close()
      await server.stop()
    },
  }
}

const problems = new WeakMap<Page, string[]>()

/**
 * What went wrong in a page so far: uncaught errors, errors on the console (a violation of the Content-Security-Policy is one),
 * and requests to other hosts. A test ends with `expect(problemsOf(page)).toEqual([])`.
 */
export function problemsOf(page: Page): readonly string[] {
  return problems.get(page) ?? []
}

function watched(page: Page): Page {
  const found: string[] = []
  problems.set(page, found)
  page.on('pageerror', (error) => found.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    // The browser notes every answer above 399 by itself; refusals are part of the tests.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) found.push(message.text())
  })
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol !== 'data:' && hostname !== '127.0.0.1') found.push(`request to ${request.url()}`)
  })
  return page
}
