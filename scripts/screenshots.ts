/**
 * Takes the pictures in docs/screenshots/ from a server with a realistic world (scripts/screenshots/). Run it with
 * `node_modules/.bin/node scripts/screenshots.ts`, or with words that the wanted names contain. It takes two minutes.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launchChromium } from '../test/helpers/chromium.ts'
import { buildWebIfStale } from './build-web.ts'
import { type Instance, password, startInstance } from './screenshots/instance.ts'
import { type Shot, shots } from './screenshots/shots.ts'

const folder = join(import.meta.dirname, '..', 'docs', 'screenshots')

/** As a laptop and as a phone show it. */
const sizes = {
  laptop: { viewport: { width: 1280, height: 860 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
} as const

await buildWebIfStale()
await mkdir(folder, { recursive: true })
const [instance, browser] = await Promise.all([startInstance(0), launchChromium()])
try {
  const wanted = process.argv.slice(2)
  for (const shot of shots(instance)) {
    if (wanted.length > 0 && !wanted.some((word) => shot.name.includes(word))) continue
    await take(instance, shot)
    process.stdout.write(`docs/screenshots/${shot.name}.png\n`)
  }
} finally {
  await browser.close()
  await instance.stop()
}

async function take({ url }: Instance, shot: Shot): Promise<void> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: shot.theme ?? 'light',
    reducedMotion: 'reduce',
    ...sizes[shot.size ?? 'laptop'],
  })
  if (shot.as !== null) {
    const entered = await context.request.post('/api/v4/session', { data: { login: shot.as, password } })
    if (!entered.ok()) throw new Error(`${shot.as} cannot sign in: ${entered.status()}`)
  }
  const page = await context.newPage()
  await page.goto(shot.path)
  await shown(page, shot)
  await shot.act?.(page)
  await page.screenshot({
    path: join(folder, `${shot.name}.png`),
    fullPage: shot.whole ?? false,
    animations: 'disabled',
  })
  await context.close()
}

async function shown(page: Page, { name, ready }: Shot): Promise<void> {
  await page.getByRole('main').getByText(ready).first().waitFor()
  const loading = page.locator('[data-state=loading]')
  for (let tries = 0; (await loading.count()) > 0; tries += 1) {
    if (tries > 200) throw new Error(`${name} does not finish loading`)
    await page.waitForTimeout(50)
  }
}
