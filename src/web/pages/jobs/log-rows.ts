/** Which lines of a log are shown, and which of them a search finds. */
import { plainText } from './ansi.ts'
import type { LogLine, LogSection } from './log-lines.ts'

/** Sections that somebody opened or closed by hand, by index; the others are as the log asks. */
export type Toggled = ReadonlyMap<number, boolean>

export function isClosed(sections: readonly LogSection[], index: number, toggled: Toggled): boolean {
  return toggled.get(index) ?? sections[index]?.collapsed ?? false
}

/** Indexes of the lines that are in no closed section, in order. */
export function visibleLines(lines: readonly LogLine[], sections: readonly LogSection[], toggled: Toggled): number[] {
  const hidden: boolean[] = []
  // A section comes after the one around it.
  for (const [index, { parent }] of sections.entries()) {
    hidden.push(isClosed(sections, index, toggled) || (parent !== -1 && hidden[parent] === true))
  }
  const shown: number[] = []
  // A million lines at each part that comes: no iterator, and no look at a place that an array does not have.
  for (let index = 0; index < lines.length; index += 1) {
    const section = lines[index]?.section ?? -1
    if (section === -1 || !hidden[section]) shown.push(index)
  }
  return shown
}

/** Indexes of the lines that contain the text, whatever its case. */
export function matchingLines(lines: readonly LogLine[], text: string): number[] {
  if (text === '') return []
  const pattern = new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), 'i')
  const found: number[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index]
    if (line && pattern.test(plainText(line.text))) found.push(index)
  }
  return found
}

/** The same choices with every section around a line open. */
export function openedFor(line: LogLine, sections: readonly LogSection[], toggled: Toggled): Toggled {
  const opened = new Map(toggled)
  for (let index = line.section; index !== -1; index = sections[index]?.parent ?? -1) opened.set(index, false)
  return opened
}
