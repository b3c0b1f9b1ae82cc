import { type RefObject, useLayoutEffect, useRef, useState } from 'react'
import { durationText } from '../../components/format-time.ts'
import classes from './log.module.css'
import type { LogLine, LogSection } from './log-lines.ts'
import { isClosed, type Toggled } from './log-rows.ts'
import { LogText } from './log-text.tsx'
import { rowHeight, rowWindow, scrollTopOf, spaceFor } from './row-window.ts'

interface LogLinesViewProps {
  readonly lines: readonly LogLine[]
  readonly sections: readonly LogSection[]
  /** Indexes of the lines that are not in a closed section. */
  readonly shown: readonly number[]
  readonly unfinished: LogLine | null
  readonly toggled: Toggled
  readonly onToggle: (section: number) => void
  readonly matches: ReadonlySet<number>
  /** Index of the match somebody is at; the view scrolls to it. */
  readonly current: number | null
  readonly follow: boolean
  /** Somebody scrolled up. */
  readonly onLeave: () => void
}

/** The lines that are in view, and room for the others: only so many exist in the page as fit. */
export function LogLinesView(props: LogLinesViewProps) {
  const { lines, shown, unfinished, current, follow } = props
  const view = useRef<HTMLElement>(null)
  const count = shown.length + (unfinished ? 1 : 0)
  const { top, height, onScroll } = useScroll(view, () => {
    const at = view.current
    if (follow && at && at.scrollHeight - at.scrollTop - at.clientHeight > 2 * rowHeight) props.onLeave()
  })
  useLayoutEffect(() => {
    if (follow && view.current) view.current.scrollTop = view.current.scrollHeight
  }, [follow, count])
  useLayoutEffect(() => {
    const row = current === null ? -1 : shown.indexOf(current)
    const at = view.current
    if (row === -1 || !at) return
    const inView = rowWindow({ count, top: at.scrollTop, height: at.clientHeight })
    if (row > inView.first + 5 && row < inView.last - 8) return
    at.scrollTop = scrollTopOf(row, count, at.clientHeight)
    // Only a new match moves the view; lines that come do not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [current])
  const { first, last, offset } = rowWindow({ count, top, height })
  const rows = []
  for (let row = first; row < last; row += 1) {
    const index = shown[row]
    const line = index === undefined ? unfinished : lines[index]
    if (line) rows.push(<LogRow key={row} {...props} line={line} index={index ?? lines.length} />)
  }
  return (
    // A region that scrolls must be reachable with the keyboard.
    <section
      ref={view}
      className={classes.log}
      aria-label="Lines of the log"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={onScroll}
      style={{ height: `min(70vh, ${Math.max(count, 3) * rowHeight + 16}px)` }}
    >
      <div style={{ height: spaceFor(count) }} />
      <div className={classes.rows} style={{ top: offset }}>
        {rows}
      </div>
    </section>
  )
}

interface LogRowProps extends LogLinesViewProps {
  readonly line: LogLine
  readonly index: number
}

function LogRow({ line, index, sections, toggled, onToggle, matches, current }: LogRowProps) {
  const section = sections[line.opens]
  return (
    <div
      className={classes.row}
      title={line.time ?? undefined}
      data-line={index + 1}
      data-match={matches.has(index) || undefined}
      data-current={current === index || undefined}
    >
      <span className={classes.number} aria-hidden>
        {index + 1}
      </span>
      {section ? (
        <SectionToggle
          line={line}
          section={section}
          closed={isClosed(sections, line.opens, toggled)}
          onToggle={() => onToggle(line.opens)}
        />
      ) : (
        <span className={classes.text}>
          <LogText line={line} />
        </span>
      )}
    </div>
  )
}

interface SectionToggleProps {
  readonly line: LogLine
  readonly section: LogSection
  readonly closed: boolean
  readonly onToggle: () => void
}

function SectionToggle({ line, section, closed, onToggle }: SectionToggleProps) {
  const seconds = section.end === null || section.hideDuration ? null : Math.max(section.end - section.start, 0)
  return (
    <button type="button" className={classes.toggle} aria-expanded={!closed} onClick={onToggle}>
      <span aria-hidden>{closed ? '▸' : '▾'}</span>
      <span>
        <LogText line={line} />
      </span>
      {seconds === null ? null : <span className={classes.duration}>{durationText(seconds)}</span>}
    </button>
  )
}

/** Where an element is scrolled to and how high it is, in pixels. */
function useScroll(view: RefObject<HTMLElement | null>, onMove: () => void) {
  const [place, setPlace] = useState({ top: 0, height: 600 })
  const measure = () => {
    const at = view.current
    if (at) setPlace({ top: at.scrollTop, height: at.clientHeight })
  }
  useLayoutEffect(() => {
    const at = view.current
    if (!at) return
    const observer = new ResizeObserver(() => setPlace({ top: at.scrollTop, height: at.clientHeight }))
    observer.observe(at)
    return () => observer.disconnect()
  }, [view])
  const onScroll = () => {
    measure()
    onMove()
  }
  return { ...place, onScroll }
}
