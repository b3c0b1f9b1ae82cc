/** A person looks after their own account: tokens, password, theme and time zone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestPassword } from '../../src/app/password.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { type BrowserWorld, describeInBrowser, startBrowserWorld } from '../helpers/browser.ts'
import { aUser } from '../helpers/builders.ts'
import { expectQuiet } from '../helpers/page-world.ts'

await describeInBrowser('one’s own account', () => {
  let browsers: BrowserWorld
  beforeAll(async () => {
    browsers = await startBrowserWorld()
  })
  afterAll(() => browsers.stop())

  test('a token is made, shown once, works, is rotated and revoked', async () => {
    const user = await aUser(browsers.server)
    const page = await browsers.signedIn(user)
    await page.goto('/')
    await page.getByRole('button', { name: `Account of ${user.name}` }).click()
    await page.getByRole('link', { name: 'Your account' }).click()
    await page.getByRole('navigation', { name: 'Your account' }).getByRole('link', { name: 'Access tokens' }).click()
    await page.getByRole('button', { name: 'New token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('laptop')
    await dialog.getByRole('button', { name: 'Create token' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByRole('checkbox', { name: 'read_user' }).check()
    await dialog.getByLabel('Expires on').fill('2099-01-01')
    await dialog.getByRole('button', { name: 'Create token' }).click()
    const shown = page.getByRole('region', { name: 'Access token', exact: true })
    const first = (await shown.textContent()) ?? ''
    const who = async (token: string) => (await browsers.server.api(token).get('/user')).status
    expect(await who(first)).toBe(200)
    expect((await browsers.server.api(first).get('/projects?membership=true')).status).toBe(403)

    const row = page.getByRole('list', { name: 'Access tokens' }).getByRole('listitem').filter({ hasText: 'laptop' })
    await row.getByText('expires on 2099-01-01').waitFor()
    await row.getByRole('button', { name: 'Rotate laptop' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    await expect.poll(() => shown.textContent()).not.toBe(first)
    const second = (await shown.textContent()) ?? ''
    expect(await who(first)).toBe(401)
    expect(await who(second)).toBe(200)
    await page.reload()
    await row.waitFor()
    expect(await shown.count()).toBe(0)
    await row.getByRole('button', { name: 'Revoke laptop' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await row.waitFor({ state: 'detached' })
    expect(await who(second)).toBe(401)
    expectQuiet(page)
  })

  test('theme and time zone are kept in this browser', async () => {
    const user = await aUser(browsers.server)
    const page = await browsers.signedIn(user, { colorScheme: 'light' })
    await page.goto('/profile')
    const root = page.locator('html')
    await page.getByRole('main').getByText('Dark', { exact: true }).click()
    await expect.poll(() => root.getAttribute('data-mantine-color-scheme')).toBe('dark')
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Tokyo')
    await page.getByRole('option', { name: 'Asia/Tokyo' }).click()
    await page.getByText(/GMT\+9/).waitFor()
    await page.reload()
    await page.getByText(/GMT\+9/).waitFor()
    expect(await root.getAttribute('data-mantine-color-scheme')).toBe('dark')
    await page.getByRole('main').getByText('System', { exact: true }).click()
    await expect.poll(() => root.getAttribute('data-mantine-color-scheme')).toBe('light')
    expectQuiet(page)
  })

  test('the password is changed, and other browsers are signed out', async () => {
    const user = await aUser(browsers.server)
    const password_digest = await digestPassword('the old password')
    await inTransaction(browsers.server.app.db, (tx) =>
      tx.updateTable('users').set({ password_digest }).where('id', '=', user.id).execute(),
    )
    const [page, other] = [await browsers.signedIn(user), await browsers.signedIn(user)]
    await other.goto('/')
    await other.getByText('Nothing waits for you').waitFor()
    await page.goto('/profile/password')
    await page.getByLabel('Current password').fill('not the old password')
    await page.getByLabel('New password', { exact: true }).fill('the new password')
    await page.getByLabel('New password again').fill('the new passwort')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Not the same').waitFor()
    await page.getByLabel('New password again').fill('the new password')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('alert').filter({ hasText: 'The current password is not this one.' }).waitFor()
    await page.getByLabel('Current password').fill('the old password')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password was changed; other browsers are signed out.').last().waitFor()
    await other.waitForURL('**/users/sign_in**')
    expectQuiet(page)
  })
})
