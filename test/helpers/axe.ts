/** axe-core in a page of a test. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong with the page as it is shown now, one line each; every rule it has on by default. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger: the page's own policy would refuse the script.
  await page.evaluate(source)
  // Colours are judged as they stay, not halfway through a transition.
  await page.evaluate(
    'Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)).filter((_, index) => document.getAnimations()[index]?.effect?.getTiming().iterations !== Infinity))',
  )
  const results = await page.evaluate<AxeResults>('axe.run(document)')
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary?.split('\n').at(1)?.trim() ?? ''}`),
  )
}
