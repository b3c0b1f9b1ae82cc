/** Members, variables, runners and the rest of the settings, changed through the pages. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { violationsInBothThemes } from '../helpers/axe.ts'
import { type BrowserWorld, describeInBrowser, phone, startBrowserWorld } from '../helpers/browser.ts'
import { aGroup, aMember, aUser } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { aReceiver } from '../helpers/hook-receiver.ts'
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
    await page.getByRole('option', { name: /^Ada Lovelace/ }).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
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

    // Whoever may change nobody may still leave.
    const guest = await aMember(browsers.server, { project: world.project }, 'guest')
    const all = page.getByRole('list', { name: 'All members' })
    await page.reload()
    await all.getByText(guest.name).waitFor()
    const theirs = await browsers.signedIn(guest)
    await theirs.goto(`${settings}/members`)
    await theirs
      .getByRole('button', { name: `Remove ${world.maintainer.name}` })
      .and(theirs.locator('[aria-disabled="true"]'))
      .waitFor()
    await theirs.getByRole('button', { name: `Leave ${world.project.name}` }).click()
    await theirs.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
    await theirs.waitForURL(`${browsers.server.url}/`)
    await all.getByText(guest.name).waitFor({ state: 'detached' })
    expect(await get(`/members/${guest.id}`)).toMatchObject({ message: '404 Not found' })
    expectQuiet(page, theirs)
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
    await page.getByRole('button', { name: 'Edit TOKEN of production' }).click()
    await dialog.getByLabel('Description').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(await page.content()).not.toContain('of-production')
    await page.getByRole('button', { name: 'Show value of TOKEN of production' }).click()
    await page.getByRole('region', { name: 'Value of TOKEN of production' }).getByText('of-production').waitFor()
    await page.getByRole('button', { name: 'Hide value of TOKEN of production' }).waitFor()

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

  test('a runner is made with its command, paused and deleted; the one of the server is not ours', async () => {
    const page = await browsers.signedIn(world.maintainer)
    await browsers.server.api(browsers.server.rootToken).post('/user/runners', {
      runner_type: 'instance_type',
      description: 'Of everybody',
    })
    await page.goto(`${settings}/runners`)
    await page.getByRole('button', { name: 'New runner' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Description').fill('Cellar')
    await dialog.getByRole('textbox', { name: 'Tags' }).fill('docker, linux')
    await dialog.getByLabel('Jobs without tags too').uncheck()
    await dialog.getByRole('button', { name: 'Create runner' }).click()
    const token = await page.getByRole('region', { name: 'Runner authentication token' }).textContent()
    expect(token).toMatch(/^glrt-\S+$/)
    const command = page.getByRole('region', { name: 'Register with GitLab Runner' })
    expect(await command.textContent()).toBe(`gitlab-runner register --url ${browsers.server.url} --token ${token}`)
    expect(await violationsInBothThemes(page)).toEqual([])
    // The token of the page is the runner's.
    const verified = await browsers.server.api().post('/runners/verify', { token: token ?? '' })
    expect(verified.status).toBe(200)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    expect(await page.content()).not.toContain(token)

    await page.getByRole('button', { name: 'Pause Cellar' }).click()
    await page.getByRole('button', { name: 'Resume Cellar' }).waitFor()
    expect(await get('/runners?type=project_type')).toMatchObject([
      { description: 'Cellar', paused: true, tag_list: ['docker', 'linux'], run_untagged: false },
    ])
    const theirs = page.getByRole('button', { name: 'Delete Of everybody' })
    await theirs.and(page.locator('[aria-disabled="true"]')).waitFor()
    expect(await page.locator(`[id="${await theirs.getAttribute('aria-describedby')}"]`).textContent()).toBe(
      'No access granted',
    )
    await page.getByRole('button', { name: 'Delete Cellar' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Pause Of everybody' }).waitFor()
    await page.getByRole('button', { name: 'Delete Cellar' }).waitFor({ state: 'detached' })
    expectQuiet(page)
  })

  test('a freeze period says in words what its cron texts mean, and when it comes', async () => {
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`${settings}/freeze_periods`)
    await page.getByText('No freeze period yet').waitFor()
    await page.getByRole('button', { name: 'Add freeze period' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Begins').fill('0 23 * * 5')
    await dialog.getByText('at 23:00 on Friday').waitFor()
    await dialog.getByLabel('Ends').fill('at dawn')
    await dialog.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Ber')
    await dialog.getByRole('option', { name: 'Europe/Berlin' }).click()
    await dialog.getByRole('button', { name: 'Add' }).click()
    await dialog.getByText('Freeze end is invalid syntax').waitFor()
    await dialog.getByLabel('Ends').fill('0 7 * * 1')
    expect(await violationsInBothThemes(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Add' }).click()
    await page.getByText('Begins at 23:00 on Friday, ends at 07:00 on Monday').waitFor()
    await page.getByText('next begins').waitFor()
    await page.getByRole('button', { name: /^Edit freeze period/ }).click()
    await dialog.getByLabel('Ends').fill('0 8 * * 1')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('ends at 08:00 on Monday').waitFor()
    expect(await get('/freeze_periods')).toMatchObject([{ freeze_end: '0 8 * * 1', cron_timezone: 'Europe/Berlin' }])
    await page.getByRole('button', { name: /^Delete freeze period/ }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No freeze period yet').waitFor()
    expectQuiet(page)
  })

  test('an access token is shown once, replaced, and revoked', async () => {
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`${settings}/access_tokens`)
    await page.getByRole('button', { name: 'Add token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('release')
    await dialog.getByLabel('Role').selectOption('Reporter')
    await dialog.getByRole('checkbox', { name: 'read_api' }).check()
    await dialog.getByRole('button', { name: 'Create token' }).click()
    const shown = page.getByRole('region', { name: 'Access token', exact: true })
    const first = (await shown.textContent()) ?? ''
    const works = async (token: string) =>
      (await browsers.server.api(token).get(`/projects/${world.project.id}`)).status
    expect(await works(first)).toBe(200)
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByRole('button', { name: 'Rotate release' }).click()
    await dialog.getByRole('button', { name: 'Rotate' }).click()
    await shown.filter({ hasNotText: first }).waitFor()
    const second = (await shown.textContent()) ?? ''
    expect([await works(first), await works(second), first === second]).toEqual([401, 200, false])
    await page.getByRole('button', { name: 'Revoke release' }).click()
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('No active token').waitFor()
    expect(await works(second)).toBe(401)
    expectQuiet(page)
  })

  test('a webhook is refused, added, tested and looked into, and deleted', async () => {
    const receiver = await aReceiver()
    const page = await browsers.signedIn(world.maintainer)
    await push(world)
    await page.goto(`${settings}/hooks`)
    await page.getByRole('button', { name: 'Add webhook' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('URL').fill(receiver.url)
    await dialog.getByRole('textbox', { name: 'Secret token' }).fill('of the test')
    await dialog.getByRole('checkbox', { name: 'Pushes', exact: true }).check()
    await dialog.getByRole('button', { name: 'Add' }).click()
    // The server calls its own network for nobody, unless an administrator allows it.
    await dialog.getByRole('alert').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await browsers.server
      .api(browsers.server.rootToken)
      .put('/application/settings', { outbound_local_requests_whitelist: ['127.0.0.1'] })
    await dialog.getByRole('button', { name: 'Add' }).click()
    await page.getByText('Pushes, Deployments').waitFor()

    // The secret stays when something else is changed.
    await page.getByRole('button', { name: `Edit ${receiver.url}` }).click()
    await dialog.getByRole('textbox', { name: 'Description' }).fill('chat')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('chat').waitFor()
    await page.getByRole('button', { name: /^Test http/ }).click()
    await dialog.getByLabel('Kind').selectOption('Pushes')
    await dialog.getByRole('button', { name: 'Send' }).click()
    await dialog.waitFor({ state: 'hidden' })
    expect(receiver.requests).toMatchObject([
      { headers: { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': 'of the test' }, body: { ref: 'refs/heads/main' } },
    ])
    await page.getByRole('link', { name: /^Recent deliveries/ }).click()
    const first = page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem').first()
    await first.getByText('200', { exact: true }).waitFor()
    await first.getByText('Request and answer').click()
    await first.getByText('"ref": "refs/heads/main"').waitFor()
    expect(await first.textContent()).not.toContain('of the test')
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByRole('button', { name: /^Send again delivery \d+$/ }).click()
    await dialog.getByRole('button', { name: 'Send again' }).click()
    await page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem').nth(1).waitFor()
    expect(receiver.requests).toHaveLength(2)
    await page.getByRole('link', { name: 'All webhooks' }).click()
    await page.getByRole('button', { name: /^Delete http/ }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No webhook yet').waitFor()
    expectQuiet(page)
    await receiver.stop()
  })

  test('a Maintainer changes pipelines and description, an Owner says who sees the project; deleting needs its name typed', async () => {
    const page = await browsers.signedIn(world.maintainer)
    await page.goto(`${settings}/general`)
    await page.getByRole('textbox', { name: 'Description' }).fill('What the shop runs on')
    await page.getByRole('button', { name: 'Save description and repository' }).click()
    await page.getByText('The project was changed.').first().waitFor()
    await page.getByLabel('Prevent outdated deployments').uncheck()
    await page.getByRole('textbox', { name: 'Timeout of jobs, in minutes' }).fill('20')
    await page.getByRole('button', { name: 'Save pipeline settings' }).click()
    await page.getByText('The pipeline settings were changed.').first().waitFor()
    expect(await get('')).toMatchObject({
      description: 'What the shop runs on',
      ci_forward_deployment_enabled: false,
      build_timeout: 1200,
    })
    expect(await page.getByRole('radio', { name: 'Public' }).isDisabled()).toBe(true)
    await page.getByText('The Owner role is needed for this.').first().waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])

    const owner = await browsers.signedIn(await aMember(browsers.server, { project: world.project }, 'owner'))
    await owner.goto(`${settings}/general`)
    // The group around it is private.
    await owner.getByRole('radio', { name: 'Internal' }).check()
    await owner.getByRole('button', { name: 'Save name and visibility' }).click()
    await owner.getByRole('alert').getByText('visibility').first().waitFor()
    await owner.getByRole('radio', { name: 'Private' }).check()
    await owner.getByLabel('Path').fill('renamed')
    await owner.getByRole('button', { name: 'Save name and visibility' }).click()
    await owner.waitForURL(/\/renamed\/-\/settings\/general$/)
    expect(await get('')).toMatchObject({ path: 'renamed' })
    await owner.getByRole('button', { name: 'Delete project' }).click()
    const dialog = owner.getByRole('dialog')
    const confirm = dialog.getByRole('button', { name: 'Delete project' })
    expect(await confirm.getAttribute('aria-disabled')).toBe('true')
    const { path_with_namespace: name } = await get<{ path_with_namespace: string }>('')
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name)
    await confirm.click()
    await owner.waitForURL(/\/dashboard\/projects$/)
    expect(await get('')).toMatchObject({ message: '404 Project Not Found' })
    expectQuiet(page, owner)
  })

  test('the settings of a group, and all of them on a phone', async () => {
    const group = await aGroup(browsers.server, { name: 'Shop' })
    const owner = await aMember(browsers.server, { group }, 'owner')
    const page = await browsers.signedIn(owner, phone)
    const base = `/groups/${group.full_path}/-/settings`
    const found: string[] = []
    for (const [path, ready] of [
      ['general', 'Save description'],
      ['members', 'No group is invited.'],
      ['protected_environments', 'No environment is protected'],
      ['protected_environments/new', 'Environment tier'],
      ['variables', 'No variables yet'],
      ['runners', 'New runner'],
      ['access_tokens', 'No active token'],
      ['hooks', 'No webhook yet'],
    ] as const) {
      await page.goto(`${base}/${path}`)
      await page.getByRole('main').getByText(ready).first().waitFor()
      const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
      if (width !== 0) found.push(`${path}: ${String(width)} pixels too wide`)
      found.push(...(await violationsInBothThemes(page)).map((violation) => `${path}: ${violation}`))
    }
    expect(found).toEqual([])
    await page.goto(`${base}/protected_environments/new`)
    await page.getByLabel('Environment tier').selectOption('production')
    await page.getByRole('combobox', { name: 'Add a deployer' }).fill('maint')
    await page.getByRole('option', { name: 'Maintainers', exact: true }).tap()
    await page.getByRole('button', { name: 'Protect environment' }).tap()
    await page.getByRole('heading', { level: 3, name: 'production' }).waitFor()
    await page.goto(base)
    await page.getByRole('textbox', { name: 'Description' }).fill('Everything customers see')
    await page.getByRole('button', { name: 'Save description' }).tap()
    await page.getByText('The group was changed.').first().waitFor()
    expectQuiet(page)
  })
})
