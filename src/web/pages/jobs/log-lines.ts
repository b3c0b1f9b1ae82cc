/**
 * The text of a job log as lines: headers with the time taken off, sections found, carriage returns done (GitLab Runner's trace
 * format). Text comes in pieces that may end anywhere.
 */
import { plainStyle, styleAfter, type TextStyle } from './ansi.ts'

export interface LogLine {
  /** May hold escape sequences; ansi.ts shows them. */
  readonly text: string
  /** At the beginning of the line. */
  readonly style: TextStyle
  /** When it was written, RFC 3339; null in a log without times. */
  readonly time: string | null
  /** Of the innermost section it is in; -1: none. */
  readonly section: number
  /** The section whose title this line is; -1: none. */
  readonly opens: number
}

export interface LogSection {
  readonly name: string
  /** Index of the section around it; -1: none. */
  readonly parent: number
  /** Unix time in seconds. */
  readonly start: number
  /** Null while it is open. */
  end: number | null
  /** The log asks for it to be shown closed. */
  readonly collapsed: boolean
  readonly hideDuration: boolean
}

export interface Log {
  readonly lines: readonly LogLine[]
  readonly sections: readonly LogSection[]
  /** The line that is still being written, or null. It is not among `lines`. */
  readonly unfinished: LogLine | null
  /** Takes the next piece of text. */
  add(text: string): void
}

const header = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f]{2}[EO])([+ ])/
// oxlint-disable-next-line no-control-regex
const marker = /section_(start|end):(\d{1,15}):([\w.-]+?)(?:\[([^\]]*)\])?\r(?:\x1b\[0K)?/g

export function makeLog(): Log {
  const lines: LogLine[] = []
  const sections: LogSection[] = []
  let open = -1
  let style = plainStyle
  let rest = ''

  const startSection = (name: string, start: number, options: string) => {
    const given = options.split(',')
    sections.push({
      name,
      parent: open,
      start,
      end: null,
      collapsed: given.includes('collapsed=true'),
      hideDuration: given.includes('hide_duration=true'),
    })
    open = sections.length - 1
  }
  /** Ends the section and whatever was left open in it; an end without a beginning means nothing. */
  const endSection = (name: string, end: number) => {
    let index = open
    while (index !== -1 && sections[index]?.name !== name) index = sections[index]?.parent ?? -1
    if (index === -1) return
    for (let inner = open; ; inner = sections[inner]?.parent ?? -1) {
      const section = sections[inner]
      if (!section) return
      section.end = end
      open = section.parent
      if (inner === index) return
    }
  }

  const push = (text: string, time: string | null, section: number, opens: number) => {
    const shown = overwritten(text)
    lines.push({ text: shown, style, time, section, opens })
    style = styleAfter(shown, style)
  }

  const take = (whole: string) => {
    const [, time = null, , sign] = header.exec(whole) ?? []
    const content = time === null ? whole : whole.slice(32)
    const last = lines.at(-1)
    if (sign === '+' && last && last.opens === -1 && !content.includes('section_')) {
      // The runner broke a long line: it goes on here.
      lines[lines.length - 1] = { ...last, text: overwritten(last.text + content) }
      style = styleAfter(content, style)
      return
    }
    if (!content.includes('section_')) return push(content, time, open, -1)
    let at = 0
    let opens = -1
    const flush = (text: string) => {
      if (opens !== -1)
        push(text === '' ? titleOf(sections[opens]?.name ?? '') : text, time, sections[opens]?.parent ?? -1, opens)
      else if (text !== '') push(text, time, open, -1)
    }
    let found = false
    for (const match of content.matchAll(marker)) {
      flush(content.slice(at, match.index))
      found = true
      at = match.index + match[0].length
      opens = -1
      const [, kind, seconds, name = '', options = ''] = match
      if (kind === 'end') endSection(name, Number(seconds))
      else {
        startSection(name, Number(seconds), options)
        opens = open
      }
    }
    if (found) flush(content.slice(at).replace(/\r$/, ''))
    else push(content, time, open, -1)
  }

  return {
    lines,
    sections,
    get unfinished() {
      if (rest === '') return null
      const [, time = null] = header.exec(rest) ?? []
      const text = (time === null ? rest : rest.slice(32)).replace(marker, '')
      return text === '' ? null : { text: overwritten(text), style, time, section: open, opens: -1 }
    },
    add(text) {
      const whole = rest + text
      let at = 0
      for (let end = whole.indexOf('\n'); end !== -1; end = whole.indexOf('\n', at)) {
        take(whole.slice(at, end))
        at = end + 1
      }
      rest = whole.slice(at)
    },
  }
}

/** What a terminal would still show: text after a carriage return replaces the text before it. */
function overwritten(text: string): string {
  if (!text.includes('\r')) return text
  const whole = text.replace(/\r+$/, '')
  return whole.slice(whole.lastIndexOf('\r') + 1)
}

/** For a section without a title: `step_script` is "step script". */
function titleOf(name: string): string {
  return name.replaceAll('_', ' ')
}
