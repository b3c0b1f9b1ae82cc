/** The record of a project in the browser: found by filters, taken along as a file, and growing by itself. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserWorld, describeInBrowser, startBrowserWorld } from '../helpers/browser.ts'
import { aMember } from '../helpers/builders.ts'
import { vote } from '../helpers/deployment-world.ts'
import { aPageWorld, expectNotReloaded, expectQuiet, mark, type PageWorld } from '../helpers/page-world.ts'

await describeInBrowser('audit events', () => {
  let browsers: BrowserWorld
  let world: PageWorld
  beforeAll(async () => {
    browsers = await startBrowserWorld()
    world = await aPageWorld(browsers.server)
  })
  afterAll(() => browsers.stop())

  test('a vote shows by itself, is found by author, event and day, and is in the exported file', async () => {
    const deployment = await world.deploy()
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`/${world.path}`)
    await page
      .getByRole('navigation', { name: /^Project / })
      .getByRole('link', { name: 'Audit events' })
      .click()
    const events = page.getByRole('list', { name: 'Audit events' }).getByRole('listitem')
    await events.filter({ hasText: 'Deployment status changed' }).first().waitFor()
    await mark(page)
    await vote(world, deployment.id, world.maintainer, { status: 'rejected', comment: 'Not on a Friday' })
    const rejection = events.filter({ hasText: 'Deployment rejected' })
    await rejection.getByText('“Not on a Friday”').waitFor()
    expect(await rejection.getByRole('link').getAttribute('href')).toBe(`/${world.path}/-/deployments/${deployment.id}`)

    // Narrowed by the event's own links and by typing, all in the address.
    await rejection.getByText('Details', { exact: false }).first().click()
    await rejection.getByRole('button', { name: 'this kind of event' }).click()
    await expect.poll(() => events.count()).toBe(1)
    expect(new URL(page.url()).search).toBe('?event=deployment_rejected')
    await page.getByRole('combobox', { name: 'Author' }).fill(world.developer.username)
    await page.getByRole('option', { name: world.developer.name }).click()
    await page.getByText('No event fits these filters.').waitFor()
    await page.getByRole('combobox', { name: 'Author' }).fill(world.maintainer.username)
    await page.getByRole('option', { name: world.maintainer.name }).click()
    await expect.poll(() => events.count()).toBe(1)
    const today = new Date().toISOString().slice(0, 10)
    await page.getByLabel('Last day').fill('2020-01-01')
    await page.getByText('No event fits these filters.').waitFor()
    await page.getByLabel('Last day').fill(today)
    await page.getByLabel('First day').fill(today)
    await expect.poll(() => events.count()).toBe(1)
    await expectNotReloaded(page)

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^audit-events-.*\.csv$/)
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain('deployment_rejected')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => events.count()).toBeGreaterThan(5)
    expectQuiet(page)
  })

  test('who may not see it is told so in the server’s words', async () => {
    const reporter = await aMember(browsers.server, { project: world.project }, 'reporter')
    const page = await browsers.signedIn(reporter)
    await page.goto(`/${world.path}/-/audit_events`)
    await page.getByText('The server answered: 403 Forbidden').waitFor()
    expect(await page.getByRole('link', { name: /^Export/ }).count()).toBe(0)
    expectQuiet(page)
  })
})
