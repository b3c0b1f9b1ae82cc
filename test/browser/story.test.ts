/** The whole story of deployment approvals through the pages alone, by two people in two browsers; git pushes and a runner runs. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { type BrowserWorld, describeInBrowser, startBrowserWorld } from '../helpers/browser.ts'
import { aGroup, aMember } from '../helpers/builders.ts'
import { aDeploymentWorld, inviteOperators } from '../helpers/deployment-world.ts'
import { everyHands, type Hands } from '../helpers/hands.ts'
import { expectNotReloaded, expectQuiet, mark, type PageWorld, withPages } from '../helpers/page-world.ts'

const ownDeployment =
  'You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.'

await describeInBrowser('the story of deployment approvals', () => {
  let browsers: BrowserWorld
  beforeAll(async () => {
    browsers = await startBrowserWorld()
  })
  afterAll(() => browsers.stop())

  /** A second group, invited like the operators; its one member besides the developer. */
  async function withQuality(world: PageWorld) {
    const quality = await aGroup(browsers.server, { name: 'Quality' })
    const tester = await aMember(browsers.server, { group: quality }, 'developer')
    const link = { project_id: world.project.id, group_id: quality.id, group_access: 30 }
    await inTransaction(browsers.server.app.db, (tx) => tx.insertInto('project_group_links').values(link).execute())
    return tester
  }

  async function taken(world: PageWorld): Promise<JobPayload> {
    const job = await world.runner.request()
    if (!job) throw new Error('the approved job is not offered')
    await world.runner.update(job, 'running')
    return job
  }

  /** The newest deployment's page, by the way that the documentation describes: Deployments > Environments. */
  async function openBlocked(page: Page, hands: Hands, world: PageWorld) {
    await page.goto(`/${world.path}`)
    await hands.press(page, 'link', 'Environments', page.getByRole('navigation', { name: /^Project / }))
    const row = page.getByRole('list', { name: 'production environments' }).getByRole('listitem').first()
    await row.locator('[data-status="blocked"]').waitFor()
    // Beside the one that is deployed; the newer number is the one that waits.
    const numbers = await row.getByRole('link', { name: /^#\d+$/ }).allTextContents()
    const newest = numbers.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))).at(-1)
    await hands.press(page, 'link', newest ?? 'a deployment', row)
    await page.getByRole('heading', { level: 1, name: /to production$/ }).waitFor()
  }

  async function decide(page: Page, hands: Hands, verdict: 'Approve' | 'Reject', comment: string) {
    await hands.press(page, 'button', verdict)
    const dialog = page.getByRole('dialog', { name: `${verdict} deployment` })
    await dialog.getByText('production').first().waitFor()
    await hands.write(page, 'Comment', comment)
    await hands.press(page, 'button', verdict, dialog)
    await dialog.waitFor({ state: 'hidden' })
  }

  test.each(everyHands)('$name', async (hands) => {
    const base = await aDeploymentWorld(browsers.server)
    await inviteOperators(base)
    const world = await withPages(base)
    const operators = world.operators.name
    const tester = await withQuality(world)
    const creator = await browsers.signedIn(world.developer, hands.window)
    const approver = await browsers.signedIn(world.maintainer, hands.window)

    // Protect production: one approval by anybody of the operators.
    await approver.goto(`/${world.path}/-/settings/protected_environments`)
    await hands.press(approver, 'link', 'Protect an environment')
    await approver.getByRole('combobox', { name: 'Environment' }).waitFor()
    await hands.write(approver, 'Environment', 'production')
    await hands.choose(approver, 'Add a deployer', operators, operators)
    await hands.write(approver, 'Required approvals', '1')
    await hands.press(approver, 'button', 'Protect environment')
    await approver.getByRole('heading', { level: 3, name: 'production' }).waitFor()

    // A push deploys, and waits. Who made it cannot approve it, and reads why.
    await world.deploy()
    await openBlocked(creator, hands, world)
    const own = creator.getByRole('button', { name: 'Approve' })
    const reason = await own.getAttribute('aria-describedby')
    expect(await creator.locator(`[id="${reason}"]`).textContent()).toBe(ownDeployment)
    await mark(creator)

    // The other one approves, and both see it; the creator watches the log until it is done.
    await openBlocked(approver, hands, world)
    await decide(approver, hands, 'Approve', 'Looks good')
    await creator.getByText('Looks good').first().waitFor()
    const job = await taken(world)
    await hands.press(creator, 'link', 'Watch the log')
    const log = creator.getByRole('region', { name: 'Lines of the log' })
    const first = '$ echo "Deploying to ${CI_ENVIRONMENT_NAME}"\n'
    await world.runner.log(job, 0, first)
    await log.getByText('$ echo').waitFor()
    await world.runner.log(job, first.length, 'Deploying to production\n')
    await log.getByText('Deploying to production', { exact: true }).waitFor()
    await world.runner.update(job, 'success')
    await creator.locator('main [data-status="success"]').first().waitFor()
    await expectNotReloaded(creator)

    // The next one is rejected.
    await world.deploy()
    await openBlocked(approver, hands, world)
    await openBlocked(creator, hands, world)
    await decide(approver, hands, 'Reject', 'Not on a Friday')
    await creator.getByText(`Rejected by ${world.maintainer.name}.`).waitFor()
    expect(await world.runner.request(AbortSignal.timeout(5_000)).catch(() => null)).toBeNull()

    // Two rules with two groups: one approval is not enough.
    await approver.goto(`/${world.path}/-/settings/protected_environments`)
    await hands.press(approver, 'link', 'Edit protection of production')
    await hands.select(approver, 'A number', 'Approval rules')
    await hands.choose(approver, 'Add an approver', 'qual', 'Quality')
    await hands.choose(approver, 'Add an approver', operators, operators)
    await hands.press(approver, 'button', 'Save protection of production')
    await approver.getByRole('heading', { level: 3, name: 'production' }).waitFor()
    await world.deploy()
    await openBlocked(approver, hands, world)
    await decide(approver, hands, 'Approve', 'Ready to run')
    await approver.getByText('Blocked: waits for 1 approval.').waitFor()
    const second = await browsers.signedIn(tester, hands.window)
    await openBlocked(second, hands, world)
    await decide(second, hands, 'Approve', 'Tested')
    await approver.getByText('The job waits for a runner').waitFor()
    await world.runner.finish(await taken(world))
    await approver.getByText('Approved and deployed.').waitFor()
    expectQuiet(creator, approver, second)
  })
})
