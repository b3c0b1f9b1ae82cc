/** An administrator looks after people and runners; nobody else does. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserWorld, describeInBrowser, startBrowserWorld } from '../helpers/browser.ts'
import { aUser, unique } from '../helpers/builders.ts'
import { expectQuiet } from '../helpers/page-world.ts'

await describeInBrowser('administration', () => {
  let browsers: BrowserWorld
  beforeAll(async () => {
    browsers = await startBrowserWorld()
  })
  afterAll(() => browsers.stop())

  test('creates somebody, makes them administrator, blocks them, and finds it all on record', async () => {
    const page = await browsers.signedIn({ id: 1 })
    const username = unique('ada')
    await page.goto('/')
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Users' }).click()
    await page.getByRole('link', { name: 'New user' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ada Lovelace')
    await page.getByLabel('Username').fill('root')
    await page.getByLabel('E-mail').fill(`${username}@example.com`)
    await page.getByLabel('Password', { exact: true }).fill('a horse of another colour')
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('alert').filter({ hasText: 'Username' }).waitFor()
    await page.getByLabel('Username').fill(username)
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('heading', { level: 1, name: 'Ada Lovelace' }).waitFor()

    const signIn = async () => {
      const answer = await browsers.server
        .api()
        .post('/session', { login: username, password: 'a horse of another colour' })
      return answer.status
    }
    expect(await signIn()).toBe(201)
    await page.getByRole('button', { name: 'Make administrator' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Make administrator' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Make an ordinary user' }).waitFor()
    await page.getByRole('button', { name: 'Block' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Unblock' }).waitFor()
    await page.locator('[data-status="blocked"]').waitFor()
    expect(await signIn()).toBe(400)
    const deactivate = page.getByRole('button', { name: 'Deactivate' })
    const reason = await deactivate.getAttribute('aria-describedby')
    expect(await page.locator(`[id="${reason}"]`).textContent()).toBe(
      'A blocked user must be unblocked to be deactivated',
    )
    await page.getByRole('link', { name: 'What was done to it' }).click()
    const events = page.getByRole('list', { name: 'Audit events' })
    for (const event of ['User created', 'User admin status updated', 'User blocked']) {
      await events.getByText(event, { exact: true }).first().waitFor()
    }
    expectQuiet(page)
  })

  test('makes an instance runner, whose token is shown once, and pauses it', async () => {
    const page = await browsers.signedIn({ id: 1 })
    await page.goto('/admin/runners')
    await page.getByRole('button', { name: 'New instance runner' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Description').fill('Blue machine')
    await dialog.getByRole('combobox', { name: 'Tags' }).fill('docker')
    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Create runner' }).click()
    const command = (await page.getByRole('region', { name: 'Command' }).textContent()) ?? ''
    expect(command).toMatch(/^gitlab-runner register --url http:\/\/127\.0\.0\.1:\d+ --token glrt-\S+$/)
    const token = command.split(' ').at(-1)
    expect((await browsers.server.api().post('/runners/verify', { token })).status).toBe(200)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByRole('region', { name: 'Command' }).waitFor({ state: 'detached' })
    const row = page.getByRole('list', { name: 'Runners' }).getByRole('listitem').filter({ hasText: 'Blue machine' })
    await row.getByText('docker').waitFor()
    await row.getByRole('button', { name: 'Pause Blue machine' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
    await row.getByRole('button', { name: 'Resume Blue machine' }).waitFor()
    await row.locator('[data-status="paused"]').waitFor()

    await page.goto('/admin')
    await page.getByRole('heading', { name: 'Background tasks' }).waitFor()
    await page.getByRole('switch', { name: 'Runners may register with registration tokens' }).click({ force: true })
    await expect
      .poll(async () => {
        const answer = await browsers.server
          .api(browsers.server.rootToken)
          .get<{ allow_runner_registration_token: boolean }>('/application/settings')
        return answer.body.allow_runner_registration_token
      })
      .toBe(false)
    expectQuiet(page)
  })

  test('is refused to everybody else', async () => {
    const page = await browsers.signedIn(await aUser(browsers.server))
    await page.goto('/')
    await page.getByText('Nothing waits for you').waitFor()
    expect(await page.getByRole('link', { name: 'Admin' }).count()).toBe(0)
    await page.goto('/admin/users')
    await page.getByRole('heading', { name: 'You do not have permission' }).waitFor()
    expectQuiet(page)
  })
})
