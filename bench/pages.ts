/**
 * How soon a page can be used, and how soon a vote shows in another browser, on an instance with 10,000 projects and 1,000,000
 * deployments. A page can be used when what it is about is there; the browser is fresh, so nothing is cached.
 */
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../test/helpers/chromium.ts'
import { builtPages } from '../test/helpers/pages.ts'
import { cookieOf } from '../test/helpers/session-cookie.ts'
import { anInstance, fill, type Instance } from './lib/instance.ts'
import { median, percentile, table } from './lib/numbers.ts'

const rounds = 7

type Ready = (page: Page) => Promise<unknown>

/** Title, address, and what must be visible. */
function pagesOf({ projectPath, deploymentId }: Instance): readonly [string, string, Ready][] {
  const below = (rest: string) => `/${projectPath}/-/${rest}`
  const heading =
    (name: RegExp | string): Ready =>
    (page) =>
      page.getByRole('heading', { name }).first().waitFor()
  return [
    ['inbox', '/', (page) => page.getByRole('button', { name: 'Approve' }).waitFor()],
    ['projects', '/dashboard/projects', (page) => page.getByRole('main').getByRole('link').first().waitFor()],
    ['project', `/${projectPath}`, (page) => page.locator('[data-status="blocked"]').first().waitFor()],
    ['environments', below('environments'), (page) => page.locator('[data-status="blocked"]').first().waitFor()],
    ['environment', below('environments/1'), (page) => page.locator('[data-status="success"]').first().waitFor()],
    ['deployment', below(`deployments/${deploymentId}`), heading(/to production$/)],
    [
      'pipelines',
      below('pipelines'),
      (page) =>
        page
          .getByRole('link', { name: /^Pipeline #/ })
          .first()
          .waitFor(),
    ],
    ['audit events', below('audit_events'), heading('Audit events')],
    ['protected environments', below('settings/protected_environments'), heading('production')],
  ]
}

export async function run(): Promise<void> {
  await builtPages()
  const [instance, browser] = await Promise.all([anInstance(), launchChromium()])
  try {
    await fill(instance, 1_000_000, 10_000)
    const measured = []
    for (const [title, path, ready] of pagesOf(instance)) {
      const times: number[] = []
      for (let round = 0; round < rounds; round += 1) times.push(await opened(browser, instance, path, ready))
      measured.push({ page: title, 'median ms': median(times), 'slowest ms': percentile(times, 1) })
    }
    table(`Opening a page in a fresh browser, 10,000 projects and 1,000,000 deployments, ${rounds} rounds`, measured)
    const seen = await voteSeen(browser, instance)
    table('A vote in one browser', [{ what: 'from the press of the button to the other browser showing it', ms: seen }])
  } finally {
    await browser.close()
    await instance.bench.stop()
  }
}

async function aPage(browser: Browser, { bench, maintainerId }: Instance): Promise<Page> {
  const context = await browser.newContext({ baseURL: bench.url })
  context.setDefaultTimeout(60_000)
  await context.addCookies([await cookieOf(bench, { id: maintainerId })])
  return context.newPage()
}

async function opened(browser: Browser, instance: Instance, path: string, ready: Ready): Promise<number> {
  const page = await aPage(browser, instance)
  const start = performance.now()
  await page.goto(path)
  await ready(page)
  const took = performance.now() - start
  await page.context().close()
  return took
}

/** Milliseconds. */
async function voteSeen(browser: Browser, instance: Instance): Promise<number> {
  const address = `/${instance.projectPath}/-/deployments/${instance.deploymentId}`
  const [one, other] = [await aPage(browser, instance), await aPage(browser, instance)]
  for (const page of [one, other]) {
    await page.goto(address)
    await page.getByRole('button', { name: 'Approve' }).waitFor()
  }
  await one.getByRole('button', { name: 'Approve' }).click()
  const dialog = one.getByRole('dialog')
  await dialog.getByLabel('Comment').fill('Seen at once')
  const start = performance.now()
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await other.getByText('Seen at once').first().waitFor()
  return performance.now() - start
}
