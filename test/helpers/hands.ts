/** Ways to use a page: with a mouse, with fingers on a phone, or with the keyboard alone. A test tells what is done, not how. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { phone } from './browser.ts'
import { tabTo } from './keyboard.ts'

export interface Hands {
  readonly name: string
  readonly window: BrowserContextOptions
  /** Presses the link or button of this name, the first one inside `scope`; waits until it is there. */
  press(page: Page, role: 'link' | 'button', name: string, scope?: Locator): Promise<void>
  /** Selects a radio button, whose group has `checked` selected. */
  select(page: Page, checked: string, wanted: string): Promise<void>
  /** Types into a field that looks for things, and takes the one thing of this name. */
  choose(page: Page, field: string, typed: string, option: string): Promise<void>
  /** Replaces what a text field holds. */
  write(page: Page, field: string, text: string): Promise<void>
}

const mouse: Hands = {
  name: 'with the mouse',
  window: {},
  press: (page, role, name, scope) => target(page, role, name, scope).click(),
  select: (page, _, wanted) => page.getByRole('radio', { name: wanted }).check(),
  async choose(page, field, typed, option) {
    await page.getByRole('combobox', { name: field }).fill(typed)
    await page.getByRole('option', { name: option }).click()
  },
  write: (page, field, text) =>
    page
      .getByRole('textbox', { name: field })
      .or(page.getByRole('combobox', { name: field }))
      .fill(text),
}

const fingers: Hands = {
  ...mouse,
  name: 'on a phone',
  window: phone,
  press: (page, role, name, scope) => target(page, role, name, scope).tap(),
}

const keyboard: Hands = {
  name: 'with the keyboard only',
  window: {},
  async press(page, role, name, scope) {
    await target(page, role, name, scope).waitFor()
    await tabTo(page, name)
    await page.keyboard.press('Enter')
  },
  async select(page, checked, wanted) {
    await tabTo(page, checked)
    await page.keyboard.press('ArrowDown')
    await page.getByRole('radio', { name: wanted, checked: true }).waitFor()
  },
  async choose(page, field, typed, option) {
    await tabTo(page, field)
    await page.keyboard.type(typed)
    await page.getByRole('option', { name: option }).waitFor()
    await page.keyboard.press('Enter')
  },
  async write(page, field, text) {
    await tabTo(page, field)
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type(text)
  },
}

export const everyHands: readonly Hands[] = [mouse, fingers, keyboard]

function target(page: Page, role: 'link' | 'button', name: string, scope?: Locator): Locator {
  return (scope ?? page).getByRole(role, { name, exact: true }).first()
}
