/** Two people in two browsers decide about deployments through the pages. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { type BrowserWorld, describeInBrowser, phone, startBrowserWorld } from '../helpers/browser.ts'
import { aGroup, aMember } from '../helpers/builders.ts'
import { aDeploymentWorld, anOperator, deploymentOf, protect } from '../helpers/deployment-world.ts'
import { focused, tabTo } from '../helpers/keyboard.ts'
import {
  aPageWorld,
  expectNotReloaded,
  expectQuiet,
  mark,
  type PageWorld,
  until,
  withPages,
} from '../helpers/page-world.ts'

const ownDeployment =
  'You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.'

await describeInBrowser('deciding', () => {
  let browsers: BrowserWorld
  beforeAll(async () => {
    browsers = await startBrowserWorld()
  })
  afterAll(() => browsers.stop())

  /** The heading of the deployment page and its status. */
  const status = (page: Page, word: string) =>
    page.locator(`main h1 + [data-status="${word}"], main [data-status="${word}"]`).first()

  test('a vote made in one browser shows in the other without reloading, and the deployment runs to success', async () => {
    const world = await aPageWorld(browsers.server)
    const deployment = await world.deploy()
    const creator = await browsers.signedIn(world.developer)
    const approver = await browsers.signedIn(world.maintainer)

    // The words of the documentation: Deployments > Environments, and look for the blocked label.
    await creator.goto(`/${world.path}`)
    await creator
      .getByRole('navigation', { name: /^Project / })
      .getByRole('link', { name: 'Environments' })
      .click()
    await creator.getByRole('heading', { level: 1, name: 'Environments' }).waitFor()
    const row = creator.getByRole('list', { name: 'production environments' }).getByRole('listitem').first()
    await row.locator('[data-status="blocked"]').waitFor()
    expect(await row.textContent()).toContain(world.maintainer.name)
    await row.getByRole('link', { name: /^#/ }).first().click()

    // The creator cannot approve, and the page says why in the server's words.
    const disabled = creator.getByRole('button', { name: 'Approve' })
    await disabled.waitFor()
    expect(await disabled.getAttribute('aria-disabled')).toBe('true')
    const reason = creator.locator(`#${escaped(await disabled.getAttribute('aria-describedby'))}`)
    expect(await reason.textContent()).toBe(ownDeployment)
    await disabled.focus()
    await creator.keyboard.press('Enter')
    await disabled.click({ force: true })
    expect(await creator.getByRole('dialog').count()).toBe(0)
    await mark(creator)

    // The approver finds it in the inbox; the title counts it.
    await approver.goto('/')
    await approver
      .getByRole('region', { name: /^Waiting for you/ })
      .getByText(world.path)
      .waitFor()
    await expectTitle(approver, /^\(1\) Inbox · Countersign$/)
    await approver.getByRole('button', { name: 'Approve' }).click()
    const dialog = approver.getByRole('dialog', { name: 'Approve deployment' })
    await dialog.getByLabel('Comment').fill('Looks good')
    const question = await dialog.textContent()
    expect(question).toContain('production')
    expect(question).toContain(deployment.sha.slice(0, 8))
    await dialog.getByRole('button', { name: 'Approve' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await approver.getByText('Nothing waits for you').waitFor()
    await expectTitle(approver, /^Inbox · Countersign$/)

    // The other browser shows it by itself.
    await creator.getByText('Looks good').first().waitFor()
    await creator.getByRole('region', { name: 'Timeline' }).getByText('approved').waitFor()

    const job = await world.runner.request()
    if (!job) throw new Error('the approved job is not offered')
    await world.runner.update(job, 'running')
    await status(creator, 'running').waitFor()
    await creator.getByRole('link', { name: 'Watch the log' }).waitFor()
    await world.runner.update(job, 'success')
    await status(creator, 'success').waitFor()
    await creator.getByText('Approved and deployed.').waitFor()
    await expectNotReloaded(creator)
    expectQuiet(creator, approver)
  })

  test('a rejection stops the deployment, and its reason stays readable', async () => {
    const world = await aPageWorld(browsers.server)
    const { id } = await world.deploy()
    const creator = await browsers.signedIn(world.developer)
    const approver = await browsers.signedIn(world.maintainer)
    await creator.goto(`/${world.path}/-/deployments/${id}`)
    await creator.getByText('Blocked: waits for 1 approval.').waitFor()
    await mark(creator)
    await approver.goto(`/${world.path}/-/deployments/${id}`)
    await approver.getByRole('button', { name: 'Reject' }).click()
    const dialog = approver.getByRole('dialog', { name: 'Reject deployment' })
    await dialog.getByLabel('Comment').fill('Not on a Friday')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'hidden' })
    expect((await deploymentOf(world, await pipelineOf(world, id))).status).toBe('blocked')
    await approver.getByRole('button', { name: 'Reject' }).click()
    await dialog.getByLabel('Comment').fill('Not on a Friday')
    await dialog.getByRole('button', { name: 'Reject' }).click()
    await status(approver, 'failed').waitFor()
    await status(creator, 'failed').waitFor()
    await creator.getByText(`Rejected by ${world.maintainer.name}.`).waitFor()
    await creator.getByText('Not on a Friday').first().waitFor()
    expect(await creator.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    await expectNotReloaded(creator)
    expectQuiet(creator, approver)
  })

  test('two rules with two groups: each shows who approved, who can and who cannot', async () => {
    const base = await aDeploymentWorld(browsers.server)
    const quality = await aGroup(browsers.server, { name: 'Quality' })
    const tester = await aMember(browsers.server, { group: quality }, 'developer')
    await aMember(browsers.server, { group: quality }, 'developer', { user: base.developer })
    await inTransaction(browsers.server.app.db, (tx) =>
      tx
        .insertInto('project_group_links')
        .values(
          [base.operators, quality].map((group) => ({
            project_id: base.project.id,
            group_id: group.id,
            group_access: 30,
          })),
        )
        .execute(),
    )
    await protect(base, {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      approval_rules: [{ group_id: quality.id }, { group_id: base.operators.id }],
    })
    const world = await withPages(base)
    const { id } = await world.deploy()
    const operators = base.operators.name
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`/${world.path}/-/deployments/${id}`)
    await page.getByText('Blocked: waits for 2 approvals.').waitFor()
    const rule = (name: string) => page.getByRole('region', { name: `Rule: ${name}` })
    await rule('Quality').getByText('0 of 1').waitFor()
    await rule('Quality').getByText(tester.name).waitFor()
    await rule('Quality').getByText('One person fits but cannot').click()
    await rule('Quality').getByText(ownDeployment).waitFor()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await rule(operators).getByText('1 of 1').waitFor()
    await rule(operators).getByText(world.maintainer.name).waitFor()
    await page.getByText('Blocked: waits for 1 approval.').waitFor()

    const second = await browsers.signedIn(tester)
    await mark(page)
    await second.goto('/')
    await second.getByText('Waits for Quality (1 approval)').waitFor()
    await second.getByRole('button', { name: 'Approve' }).click()
    await second.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await rule('Quality').getByText('1 of 1').waitFor()
    await page.getByText('The job waits for a runner').waitFor()
    await expectNotReloaded(page)
    expectQuiet(page, second)
  })

  test('on a phone', async () => {
    const world = await aPageWorld(browsers.server)
    await world.deploy()
    const page = await browsers.signedIn(world.maintainer, phone)
    await page.goto('/')
    await page.getByRole('main').getByRole('link', { name: 'production' }).tap()
    await page.getByRole('heading', { level: 1, name: /to production$/ }).waitFor()
    await page.getByRole('region', { name: 'What changes' }).getByText('changed file').waitFor()
    const width = await page.evaluate('document.documentElement.scrollWidth')
    expect(width).toBeLessThanOrEqual(390)
    await page.getByRole('button', { name: 'Approve' }).tap()
    await page.getByRole('dialog').getByLabel('Comment').fill('From the train')
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).tap()
    await page.getByText('From the train').first().waitFor()
    await page.getByText('The job waits for a runner').waitFor()
    expectQuiet(page)
  })

  test('with the keyboard only', async () => {
    const world = await aPageWorld(browsers.server)
    await world.deploy()
    const page = await browsers.signedIn(world.maintainer)
    await page.goto('/')
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'production')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /to production$/ }).waitFor()
    // After a navigation reading goes on at the heading.
    await until(page, "document.activeElement?.tagName === 'H1'")
    await tabTo(page, 'Approve')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Approve deployment' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    // The focus is where it was, so that nobody has to look for it.
    await until(page, "document.activeElement?.textContent === 'Approve'")
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Approve deployment' }).waitFor()
    await tabTo(page, 'Comment')
    await page.keyboard.type('By hand')
    await tabTo(page, 'Approve')
    await page.keyboard.press('Space')
    await page.getByText('By hand').first().waitFor()
    expectQuiet(page)
  })

  test('nothing is decided by opening a link, and a vote without the CSRF token is refused', async () => {
    const world = await aPageWorld(browsers.server)
    const { id } = await world.deploy()
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`/${world.path}/-/deployments/${id}?status=approved`)
    await page.getByText('Blocked: waits for 1 approval.').waitFor()
    const answer = await page.request.post(`/api/v4/projects/${world.project.id}/deployments/${id}/approval`, {
      data: { status: 'approved' },
    })
    expect(answer.status()).toBe(401)
    expect((await deploymentOf(world, await pipelineOf(world, id))).status).toBe('blocked')
  })

  test('a vote that comes too late shows what the server answered', async () => {
    const world = await aPageWorld(browsers.server)
    const { id } = await world.deploy()
    const other = await anOperator(world)
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`/${world.path}/-/deployments/${id}`)
    await page.getByRole('button', { name: 'Approve' }).click()
    // No news while the dialog is open: as with a lost connection.
    await page.route('**/deployments/*', (route) => route.abort())
    const late = await browsers.server
      .api(other.token)
      .post(`/projects/${world.project.id}/deployments/${id}/approval`, { status: 'rejected' })
    expect(late.status).toBe(201)
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await page
      .getByRole('dialog')
      .getByRole('alert')
      .getByText('This deployment is not waiting for approvals.')
      .waitFor()
  })
})

async function expectTitle(page: Page, title: RegExp): Promise<void> {
  await until(page, `${title}.test(document.title)`)
}

function escaped(id: string | null): string {
  return (id ?? '').replaceAll(/[^\w-]/g, (character) => `\\${character}`)
}

async function pipelineOf(world: PageWorld, deploymentId: number): Promise<number> {
  const { pipeline_id: pipeline } = await world.server.db
    .selectFrom('deployments')
    .select('pipeline_id')
    .where('id', '=', deploymentId)
    .executeTakeFirstOrThrow()
  if (pipeline === null) throw new Error('the deployment has no pipeline')
  return pipeline
}
