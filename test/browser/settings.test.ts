/** Members, variables, runners and the rest of the settings, changed through the pages. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserWorld, describeInBrowser, startBrowserWorld } from '../helpers/browser.ts'
import { aGroup, aMember, aUser } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld } from '../helpers/deployment-world.ts'
import { expectQuiet } from '../helpers/page-world.ts'

await describeInBrowser('settings', () => {
  let browsers: BrowserWorld
  let world: DeploymentWorld
  let settings: string
  beforeAll(async () => {
    browsers = await startBrowserWorld()
    world = await aDeploymentWorld(browsers.server)
    settings = `/${world.project.full_path}/-/settings`
  })
  afterAll(() => browsers.stop())

  const get = async <T>(path: string) =>
    (await browsers.server.api(world.maintainer.token).get<T>(`/projects/${world.project.id}${path}`)).body

  test('members are found, added, changed and removed; groups are invited', async () => {
    const ada = await aUser(browsers.server, { name: 'Ada Lovelace' })
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`${settings}/members`)
    await page.getByRole('combobox', { name: 'Person' }).fill('lovel')
    await page.getByRole('option', { name: /^Ada Lovelace/ }).click()
    await page.getByRole('combobox', { name: 'Role' }).selectOption('Reporter')
    await page.getByLabel('Expires (optional)').fill('2999-12-31')
    await page.getByRole('button', { name: 'Add member' }).click()
    const direct = page.getByRole('list', { name: 'Direct members' })
    const row = direct.getByRole('listitem').filter({ hasText: 'Ada Lovelace' })
    await row.getByText('expires on 2999-12-31').waitFor()
    await row.getByText('Reporter').waitFor()

    await page.getByRole('button', { name: 'Edit Ada Lovelace' }).click()
    const dialog = page.getByRole('dialog')
    // What only Owners may do is refused in the server's words, and nothing typed is lost.
    await dialog.getByLabel('Role', { exact: true }).selectOption('Owner')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').getByText('Only Owners may change who is an Owner').waitFor()
    await dialog.getByLabel('Role', { exact: true }).selectOption('Developer')
    await dialog.getByLabel('Expires (optional)').fill('')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('Developer').waitFor()
    expect(await get(`/members/${ada.id}`)).toMatchObject({ access_level: 30, expires_at: null })

    const guild = await aGroup(browsers.server, { name: 'Guild' })
    await aMember(browsers.server, { group: guild }, 'developer', { user: world.maintainer })
    await page.getByRole('button', { name: 'Invite a group' }).click()
    await dialog.getByRole('combobox', { name: 'Group' }).fill('guil')
    await dialog.getByRole('option', { name: 'Guild' }).click()
    await dialog.getByRole('button', { name: 'Invite' }).click()
    await page.getByRole('list', { name: 'Invited groups' }).getByRole('link', { name: 'Guild' }).waitFor()
    expect(await get('')).toMatchObject({ shared_with_groups: [{ group_name: 'Guild', group_access_level: 30 }] })
    await page.getByRole('button', { name: 'Remove Guild' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No group is invited.').waitFor()

    await page.getByRole('button', { name: 'Remove Ada Lovelace' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await row.waitFor({ state: 'detached' })
    expectQuiet(page)
  })

  test('a variable is added, hidden until it is shown, changed in its own scope, and deleted', async () => {
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`${settings}/variables`)
    const dialog = page.getByRole('dialog')
    for (const [scope, value] of [
      ['production', 'of-production'],
      ['*', 'of-everything'],
    ] as const) {
      await page.getByRole('button', { name: 'Add variable' }).click()
      await dialog.getByRole('textbox', { name: 'Key' }).fill('TOKEN')
      await dialog.getByRole('textbox', { name: 'Value' }).fill(value)
      await dialog.getByRole('combobox', { name: 'Environment scope' }).fill(scope)
      await dialog.getByLabel('Visibility').selectOption('Masked in job logs')
      await dialog.getByLabel('Expand references to other variables').uncheck()
      await dialog.getByRole('button', { name: 'Add' }).click()
      await dialog.waitFor({ state: 'hidden' })
    }
    await page.getByRole('button', { name: 'Show value of TOKEN of production' }).waitFor()
    expect(await page.content()).not.toContain('of-production')
    await page.getByRole('button', { name: 'Show value of TOKEN of production' }).click()
    await page.getByRole('region', { name: 'Value of TOKEN of production' }).getByText('of-production').waitFor()

    await page.getByRole('button', { name: 'Edit TOKEN of production' }).click()
    await dialog.getByRole('textbox', { name: 'Value' }).fill('short')
    await dialog.getByRole('button', { name: 'Save' }).click()
    // A runner could not mask it.
    await dialog.getByText('Value is invalid', { exact: true }).waitFor()
    await dialog.getByRole('textbox', { name: 'Value' }).fill('another-value')
    await dialog.getByLabel('Protected').check()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    expect(await get('/variables')).toMatchObject([
      { environment_scope: 'production', value: 'another-value', protected: true, masked: true, raw: true },
      { environment_scope: '*', value: 'of-everything', protected: false },
    ])
    await page.getByRole('button', { name: 'Delete TOKEN of production' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Edit TOKEN of production' }).waitFor({ state: 'detached' })
    expect(await get('/variables')).toMatchObject([{ environment_scope: '*' }])
    expectQuiet(page)
  })
})
