/** axe-core in a page of a test. */
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds wrong with the page as it is shown now, one line each; every rule it has on by default. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger: the page's own policy would refuse the script.
  await page.evaluate(axe.source)
  // Colours are judged as they stay, not halfway through a transition.
  await page.evaluate(
    'Promise.all(document.getAnimations().filter((animation) => animation.effect?.getTiming().iterations !== Infinity).map((animation) => animation.finished.catch(() => undefined)))',
  )
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)')
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary?.split('\n').at(1)?.trim() ?? ''}`),
  )
}

/** The same in light and then in dark; the page stays dark. */
export async function violationsInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: 'attached' })
    found.push(...(await axeViolations(page)).map((violation) => `${colorScheme}: ${violation}`))
  }
  return found
}
