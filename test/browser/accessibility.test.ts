/** axe finds nothing on any page, in light and dark, on a screen and on a phone; every page has its states. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations } from '../helpers/axe.ts'
import { type BrowserWorld, describeInBrowser, phone, startBrowserWorld } from '../helpers/browser.ts'
import { aProject, aUser } from '../helpers/builders.ts'
import { vote } from '../helpers/deployment-world.ts'
import { aPageWorld, expectQuiet, type PageWorld, until } from '../helpers/page-world.ts'

interface Shown {
  readonly name: string
  readonly path: string
  /** Text that is there once the page is complete. */
  readonly ready: string
  /** Brings the page into the state that is looked at. */
  readonly act?: (page: Page) => Promise<void>
}

await describeInBrowser('every page', () => {
  let browsers: BrowserWorld
  let world: PageWorld
  let waiting: number
  let rejected: number
  let empty: string
  beforeAll(async () => {
    browsers = await startBrowserWorld()
    world = await aPageWorld(browsers.server)
    const first = await world.deploy()
    await vote(world, first.id, world.maintainer, { status: 'approved', comment: 'Good' })
    const job = await world.runner.request()
    if (!job) throw new Error('no job')
    await world.runner.finish(job)
    const second = await world.deploy()
    rejected = second.id
    await vote(world, second.id, world.maintainer, { status: 'rejected', comment: 'Not today' })
    waiting = (await world.deploy()).id
    const project = await aProject(browsers.server, { visibility: 'internal' })
    empty = project.full_path
  })
  afterAll(() => browsers.stop())

  const pages = (): Shown[] => [
    { name: 'inbox', path: '/', ready: 'Recently decided' },
    {
      name: 'approve dialog',
      path: '/',
      ready: 'Waiting for you',
      act: async (page) => {
        await page.getByRole('button', { name: 'Approve' }).click()
        await page.getByRole('dialog').getByLabel('Comment').waitFor()
      },
    },
    {
      name: 'account menu',
      path: '/',
      ready: 'Recently decided',
      act: async (page) => {
        await page.getByRole('button', { name: /^Account of/ }).click()
        await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor()
      },
    },
    { name: 'projects', path: '/dashboard/projects', ready: 'Your projects' },
    { name: 'groups', path: '/dashboard/groups', ready: 'Groups you can see' },
    { name: 'new project', path: '/projects/new', ready: 'Visibility' },
    { name: 'new group', path: '/groups/new', ready: 'Visibility' },
    { name: 'project', path: `/${world.path}`, ready: 'Latest pipelines' },
    { name: 'empty project', path: `/${empty}`, ready: 'The repository is empty' },
    { name: 'group', path: `/groups/${world.operators.full_path}`, ready: 'Subgroups' },
    {
      name: 'audit events of a project',
      path: `/${world.path}/-/audit_events`,
      ready: 'Deployment rejected',
      act: (page) => page.locator('details > summary').first().click(),
    },
    {
      name: 'audit events of a group',
      path: `/groups/${world.operators.full_path}/-/audit_events`,
      ready: 'Nothing on record',
    },
    {
      name: 'page of a group that does not exist',
      path: `/groups/${world.operators.full_path}/-/nothing`,
      ready: 'This group has no such page.',
    },
    { name: 'person', path: `/${world.developer.username}`, ready: 'Account' },
    {
      name: 'environments',
      path: `/${world.path}/-/environments`,
      ready: 'Can unblock:',
    },
    {
      name: 'stopped environments',
      path: `/${world.path}/-/environments?state=stopped`,
      ready: 'No environment was stopped',
    },
    {
      name: 'stop dialog',
      path: `/${world.path}/-/environments`,
      ready: 'Can unblock:',
      act: async (page) => {
        await page.getByRole('button', { name: 'Stop production' }).click()
        await page.getByRole('dialog', { name: 'Stop environment' }).waitFor()
      },
    },
    {
      name: 'environment',
      path: `/${world.path}/-/environments/${environmentId}`,
      ready: 'Time to approve',
    },
    {
      name: 'deployment that waits',
      path: `/${world.path}/-/deployments/${waiting}`,
      ready: 'created the deployment',
      act: (page) => page.locator('details > summary').first().click(),
    },
    { name: 'deployment that was rejected', path: `/${world.path}/-/deployments/${rejected}`, ready: 'Not today' },
    ...settings(),
    { name: 'page that does not exist', path: `/${world.path}/-/nothing`, ready: 'This project has no such page.' },
    { name: 'project that does not exist', path: '/no/where', ready: 'Page not found' },
  ]
  const settings = (): Shown[] => {
    const of = `/${world.path}/-/settings`
    return [
      { name: 'protected environments', path: `${of}/protected_environments`, ready: 'Allowed to deploy' },
      {
        name: 'unprotect dialog',
        path: `${of}/protected_environments`,
        ready: 'Allowed to deploy',
        act: async (page) => {
          await page.getByRole('button', { name: 'Unprotect production' }).click()
          await page.getByRole('dialog').waitFor()
        },
      },
    ]
  }
  const adminPages = (): Shown[] => [
    { name: 'preferences', path: '/profile', ready: 'Time zone' },
    {
      name: 'new access token',
      path: '/profile/personal_access_tokens',
      ready: 'Active tokens',
      act: async (page) => {
        await page.getByRole('button', { name: 'New token' }).click()
        await page.getByRole('dialog').getByText('Makes runners').waitFor()
      },
    },
    { name: 'password', path: '/profile/password', ready: 'Ends every browser session' },
    { name: 'server', path: '/admin', ready: 'Background tasks' },
    { name: 'users', path: '/admin/users', ready: 'New user' },
    { name: 'new user', path: '/admin/users/new', ready: 'Nothing is mailed' },
    { name: 'user', path: `/admin/users/${world.developer.id}`, ready: 'Direct memberships' },
    { name: 'all groups', path: '/admin/groups', ready: 'All groups' },
    {
      name: 'new runner',
      path: '/admin/runners',
      ready: 'untagged jobs',
      act: async (page) => {
        await page.getByRole('button', { name: 'New instance runner' }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Create runner' }).click()
        await page.getByText('The runner was created').waitFor()
      },
    },
    { name: 'audit events of the server', path: '/admin/audit_logs?entity_type=Project', ready: 'Newest first' },
    {
      name: 'administration that does not exist',
      path: '/admin/nothing',
      ready: 'The administration has no such page.',
    },
  ]
  let environmentId = 0
  beforeAll(async () => {
    const row = await browsers.server.db
      .selectFrom('environments')
      .select('id')
      .where('project_id', '=', world.project.id)
      .executeTakeFirstOrThrow()
    environmentId = row.id
  })

  async function show(page: Page, { path, ready, act }: Shown): Promise<void> {
    await page.goto(path)
    await page.getByRole('main').getByText(ready).first().waitFor()
    await until(page, "document.querySelector('[data-state=loading]') === null")
    await act?.(page)
  }

  async function tooWide(page: Page, { name }: Shown): Promise<string[]> {
    const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    return width === 0 ? [] : [`${name}: ${String(width)} pixels too wide`]
  }

  for (const [theme, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['light on a phone', { colorScheme: 'light', ...phone }],
  ] as const) {
    test(`axe finds nothing in ${theme}`, async () => {
      const page = await browsers.signedIn(world.maintainer, options)
      const found: string[] = []
      for (const shown of pages()) {
        await show(page, shown)
        // A phone has the same elements and colours; what differs is the room.
        const looked =
          theme !== 'light on a phone' || ['inbox', 'environments', 'deployment that waits'].includes(shown.name)
        const violations = looked ? await axeViolations(page) : []
        found.push(...violations.map((violation) => `${shown.name}: ${violation}`))
        found.push(...(await tooWide(page, shown)))
      }
      const root = await browsers.signedIn({ id: 1 }, options)
      for (const shown of adminPages()) {
        await show(root, shown)
        const violations = theme === 'light on a phone' ? [] : await axeViolations(root)
        found.push(...violations.map((violation) => `${shown.name}: ${violation}`), ...(await tooWide(root, shown)))
      }
      // The one whose button is disabled.
      const creator = await browsers.signedIn(world.developer, options)
      await show(creator, {
        name: '',
        path: `/${world.path}/-/deployments/${waiting}`,
        ready: 'created the deployment',
      })
      found.push(...(await axeViolations(creator)).map((violation) => `disabled buttons: ${violation}`))
      const nobody = await browsers.window(options)
      await show(nobody, { name: '', path: '/users/sign_in', ready: 'Sign in to Countersign' })
      found.push(...(await axeViolations(nobody)).map((violation) => `sign in: ${violation}`))
      expect(found).toEqual([])
      expectQuiet(page, root, creator, nobody)
    }, 180_000)
  }

  describe('has its states', () => {
    test('refused: of a project that may not be seen, nothing is told', async () => {
      const stranger = await browsers.signedIn(await aUser(browsers.server))
      for (const path of [
        `/${world.path}`,
        `/${world.path}/-/environments`,
        `/${world.path}/-/deployments/${waiting}`,
      ]) {
        await stranger.goto(path)
        await stranger.getByRole('heading', { name: 'Page not found' }).waitFor()
        expect(await stranger.content(), path).not.toContain(world.project.name)
      }
    })

    test('failed: says what happened and tries again', async () => {
      const page = await browsers.signedIn(world.maintainer)
      await page.route('**/environments/overview**', (route) =>
        route.fulfill({ status: 500, json: { message: '500 Internal Server Error' } }),
      )
      await page.goto(`/${world.path}/-/environments`)
      await page.getByRole('heading', { name: 'This did not work' }).waitFor()
      await page.getByText('500 Internal Server Error').waitFor()
      await page.unroute('**/environments/overview**')
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByText('Can unblock:').waitFor()
    })

    test('loading: until the server has answered', async () => {
      const page = await browsers.signedIn(world.maintainer)
      const { promise, resolve } = Promise.withResolvers<void>()
      await page.route('**/deployments/inbox?**', async (route) => {
        await promise
        await route.continue()
      })
      await page.goto('/')
      await page.getByRole('status', { name: 'Loading: Waiting for you' }).waitFor()
      resolve()
      await page.getByRole('button', { name: 'Approve' }).waitFor()
    })

    test('empty: says what would be there', async () => {
      const page = await browsers.signedIn(await aUser(browsers.server))
      await page.goto('/')
      await page.getByText('Nothing waits for you').waitFor()
      await page.getByText('You have not approved or rejected anything yet.').waitFor()
      await page.goto('/dashboard/projects')
      await page.getByText('No projects yet').waitFor()
      await page.goto('/dashboard/projects?search=nothing-of-that-name')
      await page.getByText('No project matches').waitFor()
    })
  })
})
