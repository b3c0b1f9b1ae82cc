import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserWorld, describeInBrowser, problemsOf, startBrowserWorld } from '../helpers/browser.ts'

await describeInBrowser('signing in', () => {
  let world: BrowserWorld
  beforeAll(async () => {
    world = await startBrowserWorld()
  })
  afterAll(() => world.stop())

  test('a page that needs a person leads to the sign-in page and back', async () => {
    const page = await world.window()
    await page.goto('/dashboard/projects')
    await page.waitForURL('**/users/sign_in?return_to=%2Fdashboard%2Fprojects')
    await page.getByLabel('Username or email').fill('root')
    await page.getByLabel('Password', { exact: true }).fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'Invalid login or password.' }).waitFor()
    await page.getByLabel('Password', { exact: true }).fill(world.server.rootPassword)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/dashboard/projects')
    await page.getByRole('heading', { level: 1, name: 'Projects' }).waitFor()
    expect(problemsOf(page)).toEqual([])
  })

  test('return_to leads nowhere else', async () => {
    const page = await world.window()
    await page.goto('/users/sign_in?return_to=https://example.com/')
    await page.getByLabel('Username or email').fill('root')
    await page.getByLabel('Password', { exact: true }).fill(world.server.rootPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor()
    expect(new URL(page.url()).origin).toBe(world.server.url)
  })

  test('signing out everywhere ends the other windows too', async () => {
    const [here, there] = [await world.signedIn({ id: 1 }), await world.signedIn({ id: 1 })]
    await there.goto('/')
    await there.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor()
    await here.goto('/')
    await here.getByRole('button', { name: /^Account of/ }).click()
    await here.getByRole('button', { name: 'Sign out everywhere' }).click()
    await here.getByRole('button', { name: 'Sign in' }).waitFor()
    await there.reload()
    await there.getByRole('button', { name: 'Sign in' }).waitFor()
    expect([...problemsOf(here), ...problemsOf(there)]).toEqual([])
  })

  test('signing out leaves other windows signed in', async () => {
    const [here, there] = [await world.signedIn({ id: 1 }), await world.signedIn({ id: 1 })]
    await here.goto('/')
    await here.getByRole('button', { name: /^Account of/ }).click()
    await here.getByRole('button', { name: 'Sign out', exact: true }).click()
    await here.getByRole('button', { name: 'Sign in' }).waitFor()
    await there.goto('/')
    await there.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor()
  })
})
