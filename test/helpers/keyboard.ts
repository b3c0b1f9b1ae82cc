/** Pages used without a mouse. */
import type { Page } from 'playwright-core'

/** What has the focus: its label without the mark of a required field, else its text; nothing when it is the page itself. */
export async function focused(page: Page): Promise<string> {
  const text: string = await page.evaluate(`(({ activeElement: it, body }) => it === body ? '' :
    it?.labels?.[0]?.textContent ?? (it?.getAttribute('aria-label') ?? it?.textContent ?? '').trim())(document)`)
  return text.replace(/ \*$/, '')
}

/** Presses Tab until the element with this name has the focus; it must be reachable in a few dozen steps. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = []
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    if (now === name) return
    passed.push(now)
  }
  throw new Error(`Tab does not reach ${name}; it passed ${passed.join(', ')}`)
}
