/** Environments are protected, changed and unprotected through the pages, with the mouse and with the keyboard alone. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { violationsInBothThemes } from '../helpers/axe.ts'
import { type BrowserWorld, describeInBrowser, phone, startBrowserWorld } from '../helpers/browser.ts'
import { aGroup, aMember } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, inviteOperators } from '../helpers/deployment-world.ts'
import { tabTo } from '../helpers/keyboard.ts'
import { expectNotReloaded, expectQuiet, mark, until } from '../helpers/page-world.ts'

interface Saved {
  readonly name: string
  readonly required_approval_count: number
  readonly start: string
  readonly deploy_access_levels: readonly { readonly group_id: number | null; readonly access_level: number | null }[]
  readonly approval_rules: readonly {
    readonly id: number
    readonly group_id: number | null
    readonly required_approvals: number
  }[]
}

await describeInBrowser('protected environments in the settings', () => {
  let browsers: BrowserWorld
  beforeAll(async () => {
    browsers = await startBrowserWorld()
  })
  afterAll(() => browsers.stop())

  async function aWorld() {
    const world = await aDeploymentWorld(browsers.server)
    await inviteOperators(world)
    return { world, list: `/${world.project.full_path}/-/settings/protected_environments` }
  }

  async function saved(world: DeploymentWorld): Promise<readonly Saved[]> {
    const api = browsers.server.api(world.maintainer.token)
    return (await api.get<Saved[]>(`/projects/${world.project.id}/protected_environments`)).body
  }

  const combobox = (page: Page, name: string) => page.getByRole('combobox', { name })

  async function choose(page: Page, field: string, typed: string, option: string) {
    await combobox(page, field).fill(typed)
    await page.getByRole('option', { name: option }).click()
  }

  test('protect production, change it to two rules with two groups, unprotect it; another browser follows', async () => {
    const { world, list } = await aWorld()
    const quality = await aGroup(browsers.server, { name: 'Quality' })
    await aMember(browsers.server, { group: quality }, 'developer')
    const link = { project_id: world.project.id, group_id: quality.id, group_access: 30 }
    await inTransaction(browsers.server.app.db, (tx) => tx.insertInto('project_group_links').values(link).execute())
    const other = await browsers.signedIn(world.maintainer)
    await other.goto(list)
    await other.getByText('No environment is protected').waitFor()
    await mark(other)

    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`/${world.project.full_path}`)
    await page.getByRole('link', { name: 'Settings' }).click()
    await page
      .getByRole('navigation', { name: 'Settings' })
      .getByRole('link', { name: 'Protected environments' })
      .click()
    await page.getByRole('link', { name: 'Protect an environment' }).click()
    const submit = page.getByRole('button', { name: 'Protect environment' })
    // What is missing is said where it is missed.
    await page.getByText('Choose an environment first.').waitFor({ state: 'attached' })
    await combobox(page, 'Environment').fill('production')
    expect(await submit.getAttribute('aria-disabled')).toBe('true')
    await choose(page, 'Add a deployer', world.operators.name, world.operators.name)
    await page.getByRole('textbox', { name: 'Required approvals' }).fill('3')
    await submit.click()
    await page.getByRole('heading', { level: 3, name: 'production' }).waitFor()
    expect(await saved(world)).toMatchObject([
      {
        name: 'production',
        required_approval_count: 3,
        start: 'on_approval',
        deploy_access_levels: [{ group_id: world.operators.id }],
      },
    ])
    // The operators are two: the server says that three approvals can never come together.
    await page.getByText('cannot be met: it requires 3, and only 2 people can approve now').waitFor()
    await other.getByText('3 approvals by anybody allowed to deploy').waitFor()

    await page.getByRole('link', { name: 'Edit protection of production' }).click()
    await page.getByRole('radio', { name: 'Approval rules' }).check()
    await combobox(page, 'Add an approver').click()
    await page.getByRole('option', { name: 'Quality' }).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await choose(page, 'Add an approver', 'qual', 'Quality')
    await choose(page, 'Add an approver', world.operators.name, world.operators.name)
    await page.getByRole('textbox', { name: `Approvals by ${world.operators.name}` }).fill('2')
    await choose(page, 'Add a deployer', 'develop', 'Developers + Maintainers')
    await page
      .getByRole('button', { name: `Remove ${world.operators.name}` })
      .first()
      .click()
    await page.getByRole('radio', { name: 'Somebody who is allowed to deploy starts it' }).check()
    await page.getByRole('button', { name: 'Save protection of production' }).click()
    await page.getByText('2 approvals by').waitFor()
    const [changed] = await saved(world)
    expect(changed).toMatchObject({ required_approval_count: 0, start: 'manual' })
    expect(changed?.deploy_access_levels.map((level) => level.access_level)).toEqual([30])
    expect(changed?.approval_rules.map((rule) => [rule.group_id, rule.required_approvals])).toEqual([
      [quality.id, 1],
      [world.operators.id, 2],
    ])
    await other.getByText('somebody starts it').waitFor()

    // Saving again without a change leaves every rule the one it was.
    await page.getByRole('link', { name: 'Edit protection of production' }).click()
    await page.getByRole('button', { name: 'Save protection of production' }).click()
    await page.getByText('2 approvals by').waitFor()
    expect((await saved(world))[0]).toEqual(changed)

    await page.getByRole('button', { name: 'Unprotect production' }).click()
    const dialog = page.getByRole('dialog', { name: 'Unprotect production' })
    await dialog.getByText(world.project.name).waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'hidden' })
    expect(await saved(world)).toHaveLength(1)
    await page.getByRole('button', { name: 'Unprotect production' }).click()
    await dialog.getByRole('button', { name: 'Unprotect' }).click()
    await page.getByText('No environment is protected').waitFor()
    await other.getByText('No environment is protected').waitFor()
    expect(await saved(world)).toEqual([])
    await expectNotReloaded(other)
    expectQuiet(page, other)
  })

  test('with the keyboard only, and a refusal of the server stays readable', async () => {
    const { world, list } = await aWorld()
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`${list}/new`)
    await combobox(page, 'Environment').focus()
    await page.keyboard.type('review/a')
    await tabTo(page, 'Add a deployer')
    await page.keyboard.type('maint')
    await page.getByRole('option', { name: 'Maintainers', exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove Maintainers' }).waitFor()
    await tabTo(page, 'A number')
    await page.keyboard.press('ArrowDown')
    await tabTo(page, 'Add an approver')
    await page.keyboard.type(world.operators.name)
    await page.getByRole('option', { name: world.operators.name }).waitFor()
    await page.keyboard.press('Enter')
    await tabTo(page, 'Protect environment')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 3, name: 'review/a' }).waitFor()
    // Reading goes on at the heading of the list.
    await until(page, "document.activeElement?.tagName === 'H1'")
    expect(await saved(world)).toMatchObject([{ name: 'review/a', approval_rules: [{ required_approvals: 1 }] }])

    await page.goto(`${list}/new?name=review%2Fa`)
    await combobox(page, 'Add a deployer').focus()
    await page.keyboard.type('maint')
    await page.getByRole('option', { name: 'Maintainers', exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await tabTo(page, 'Protect environment')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('is already protected').waitFor()
    expectQuiet(page)
  })

  test('self-approval is a setting of the whole project; a phone has room; Developers read why they may not', async () => {
    const { world, list } = await aWorld()
    const page = await browsers.signedIn(world.maintainer, phone)
    await page.goto(list)
    await page.getByRole('button', { name: 'Allow self-approval' }).tap()
    await page.getByRole('button', { name: 'Forbid self-approval' }).waitFor()
    const project = await browsers.server
      .api(world.maintainer.token)
      .get<{ allow_pipeline_trigger_approve_deployment: boolean }>(`/projects/${world.project.id}`)
    expect(project.body.allow_pipeline_trigger_approve_deployment).toBe(true)
    await page.getByRole('link', { name: 'Protect an environment' }).tap()
    await combobox(page, 'Add a deployer').waitFor()
    const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(width).toBe(0)

    const developer = await browsers.signedIn(world.developer)
    await developer.goto(list)
    await developer.getByText('The server answered: 403 Forbidden').waitFor()
    const button = developer.getByRole('button', { name: 'Protect an environment' })
    const reason = await button.getAttribute('aria-describedby')
    expect(await developer.locator(`[id="${reason}"]`).textContent()).toBe('The Maintainer role is needed for this.')
    expectQuiet(page, developer)
  })
})
