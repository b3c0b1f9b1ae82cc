/** The list of pictures. A page that is added to the application adds a line here. */
import type { Page } from 'playwright-core'
import type { Instance } from './instance.ts'

export interface Shot {
  /** Of the file, without its ending. */
  readonly name: string
  /** Who is signed in; null: nobody. */
  readonly as: string | null
  readonly path: string
  /** Text that is there once the page is complete. */
  readonly ready: string
  readonly theme?: 'light' | 'dark'
  readonly size?: 'laptop' | 'phone'
  /** The whole page, not only what a screen shows of it. */
  readonly whole?: boolean
  /** What is done before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>
}

const checkout = '/storefront/checkout'

export function shots({ story }: Instance): Shot[] {
  const waiting = { path: `${checkout}/-/deployments/${story.half}`, ready: 'created the deployment' }
  const production = { path: `${checkout}/-/environments/${story.production}`, ready: 'Time to approve' }
  return [
    { name: 'sign-in', as: null, path: '/users/sign_in', ready: 'Sign in to Countersign' },
    { name: 'inbox', as: 'jonas', path: '/', ready: 'Recently decided' },
    { name: 'inbox-dark', as: 'jonas', path: '/', ready: 'Recently decided', theme: 'dark' },
    { name: 'inbox-phone', as: 'jonas', path: '/', ready: 'Recently decided', size: 'phone' },
    { name: 'deployment', as: 'jonas', ...waiting, whole: true },
    { name: 'deployment-own', as: 'tomas', ...waiting },
    { name: 'deployment-dark', as: 'jonas', ...waiting, theme: 'dark', whole: true },
    { name: 'deployment-phone', as: 'jonas', ...waiting, size: 'phone' },
    {
      name: 'deployment-approve',
      as: 'jonas',
      ...waiting,
      act: async (page) => {
        await page.getByRole('button', { name: 'Approve' }).click()
        await page.getByLabel('Comment').fill('On call until Friday, go ahead.')
      },
    },
    {
      name: 'deployment-rejected',
      as: 'lena',
      path: `${checkout}/-/deployments/${story.rejected}`,
      ready: 'created the deployment',
    },
    { name: 'environments', as: 'jonas', path: `${checkout}/-/environments`, ready: 'Can unblock:' },
    {
      name: 'environments-phone',
      as: 'jonas',
      path: `${checkout}/-/environments`,
      ready: 'Can unblock:',
      size: 'phone',
    },
    { name: 'environment', as: 'jonas', ...production },
    { name: 'environment-dark', as: 'jonas', ...production, theme: 'dark' },
    { name: 'pipelines', as: 'maya', path: `${checkout}/-/pipelines`, ready: 'Newest first' },
    {
      name: 'pipeline-needs',
      as: 'maya',
      path: `${checkout}/-/pipelines/${story.pipelines.at(-1) ?? 0}?jobs=needs`,
      ready: 'Step 1',
    },
    { name: 'ci-lint', as: 'maya', path: `${checkout}/-/ci/lint`, ready: 'Its file is shown' },
    { name: 'audit', as: 'jonas', path: `${checkout}/-/audit_events`, ready: 'Newest first' },
    {
      name: 'audit-phone-dark',
      as: 'jonas',
      path: `${checkout}/-/audit_events?event=deployment_approved`,
      ready: 'Newest first',
      size: 'phone',
      theme: 'dark',
    },
    { name: 'admin-server', as: 'root', path: '/admin', ready: 'Background tasks' },
    { name: 'admin-users', as: 'root', path: '/admin/users', ready: 'Maya Lindqvist' },
    { name: 'admin-runners-dark', as: 'root', path: '/admin/runners', ready: 'untagged jobs', theme: 'dark' },
    { name: 'profile', as: 'jonas', path: '/profile', ready: 'Time zone' },
    { name: 'profile-tokens', as: 'jonas', path: '/profile/personal_access_tokens', ready: 'laptop' },
    { name: 'projects', as: 'maya', path: '/dashboard/projects', ready: 'Storefront / Checkout' },
    { name: 'project', as: 'maya', path: checkout, ready: 'Latest pipelines' },
    { name: 'project-empty', as: 'maya', path: '/storefront/loyalty', ready: 'The repository is empty' },
    { name: 'project-new', as: 'maya', path: '/projects/new', ready: 'Visibility' },
    { name: 'groups', as: 'maya', path: '/dashboard/groups', ready: 'Storefront / Operators' },
    { name: 'group', as: 'maya', path: '/groups/storefront', ready: 'Storefront / Quality' },
    ...settingShots,
  ]
}

const settings = `${checkout}/-/settings`
const protecting = { path: `${settings}/protected_environments/edit?name=production`, ready: 'Approval rules' }

const settingShots: readonly Shot[] = [
  {
    name: 'settings-protected',
    as: 'maya',
    path: `${settings}/protected_environments`,
    ready: 'After approval',
  },
  { name: 'settings-protect', as: 'maya', ...protecting, whole: true },
  { name: 'settings-protect-phone', as: 'maya', ...protecting, size: 'phone', theme: 'dark' },
  { name: 'settings-members', as: 'maya', path: `${settings}/members`, ready: 'Invited groups' },
  { name: 'settings-variables', as: 'maya', path: `${settings}/variables`, ready: 'PAYMENT_GATEWAY_KEY' },
  {
    name: 'settings-runner',
    as: 'maya',
    path: `${settings}/runners`,
    ready: 'Runners that may take jobs',
    act: async (page) => {
      await page.getByRole('button', { name: 'New runner' }).click()
      await page.getByRole('textbox', { name: 'Description' }).fill('Build machine')
      await page.getByRole('button', { name: 'Create runner' }).click()
      await page.getByText('never again').waitFor()
    },
  },
  { name: 'settings-general', as: 'maya', path: `${settings}/general`, ready: 'Pipelines and deployments' },
]
