import { beforeAll, expect, test } from 'vitest'
import { firstVisit, inboxBudget } from '../../scripts/build-web.ts'
import { builtPages } from '../helpers/pages.ts'

beforeAll(builtPages, 120_000)

test('the first visit of the inbox needs less than 250 kB of compressed JavaScript', async () => {
  const { br, gz } = await firstVisit('pages/inbox/inbox-page.tsx')
  expect(inboxBudget).toBe(250_000)
  expect(br).toBeLessThan(inboxBudget)
  // For browsers and proxies that know no better.
  expect(gz).toBeLessThan(inboxBudget)
  expect(br).toBeGreaterThan(50_000)
})
