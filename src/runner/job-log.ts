import type { JobTrace } from './job-trace.ts'

const RESET = '\u001b[0;m'
const ERASE_LINE = '\r\u001b[0K'

export interface JobLog {
  /** A line of the runner; those that begin with ERROR are red, with WARNING yellow. */
  readonly say: (line: string) => void
  readonly success: (line: string) => void
  /** Runs something inside of a collapsible section (GitLab Runner's format and names) with a title. */
  section<T>(name: string, title: string, inside: () => Promise<T>): Promise<T>
}

/** `sections` false: only the titles (a server that does not list `trace_sections` would show the marks). */
export function makeJobLog(trace: JobTrace, sections: boolean, now: () => number = Date.now): JobLog {
  const mark = (kind: 'start' | 'end', name: string): void => {
    trace.flush()
    if (sections) trace.mark(`section_${kind}:${Math.floor(now() / 1000)}:${name}${ERASE_LINE}`)
  }
  const line = (text: string): void => {
    trace.flush()
    trace.write(text)
    trace.flush()
  }
  return {
    say: (text) => {
      if (text.startsWith('ERROR')) line(`\u001b[31;1m${text}${RESET}\n`)
      else line(text.startsWith('WARNING') ? `\u001b[0;33m${text}${RESET}\n` : `${text}\n`)
    },
    success: (text) => line(`\u001b[32;1m${text}${RESET}\n`),
    section: async (name, title, inside) => {
      mark('start', name)
      line(`\u001b[36;1m${title}${RESET}\n`)
      try {
        return await inside()
      } finally {
        mark('end', name)
      }
    },
  }
}
