import type { CSSProperties } from 'react'
import { type Colour, piecesOf, type TextStyle } from './ansi.ts'
import classes from './log.module.css'
import type { LogLine } from './log-lines.ts'

/** Longer lines are cut on the page: a browser lays out a line of a megabyte for seconds. */
const longest = 5_000

/** The text of a line in its colours. */
export function LogText({ line }: { readonly line: LogLine }) {
  const cut = line.text.length > longest
  const pieces = piecesOf(cut ? line.text.slice(0, longest) : line.text, line.style)
  return (
    <>
      {pieces.map(({ text, style }, index) => (
        // Pieces of a line never move.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={index} className={classNameOf(style)} style={colours(style)}>
          {text}
        </span>
      ))}
      {cut ? <em> … {line.text.length - longest} more characters are in the download</em> : null}
    </>
  )
}

function classNameOf({ fore, back, bold, faint, italic, underline }: TextStyle): string | undefined {
  const names = [
    typeof fore === 'number' ? classes[`fore${fore}`] : '',
    typeof back === 'number' ? classes[`back${back}`] : '',
    bold ? classes.bold : '',
    faint ? classes.faint : '',
    italic ? classes.italic : '',
    underline ? classes.underline : '',
  ]
  return names.filter(Boolean).join(' ') || undefined
}

function colours({ fore, back }: TextStyle): CSSProperties | undefined {
  const [color, background] = [custom(fore, back === null), custom(back, false)]
  if (color === undefined && background === undefined) return undefined
  return { ...(color ? { color } : {}), ...(background ? { background } : {}) }
}

function custom(colour: Colour | null, onLog: boolean): string | undefined {
  if (colour === null || typeof colour === 'number') return undefined
  return `rgb(${(onLog ? readable(colour) : colour).join(' ')})`
}

/** Mixed with white until it has 4.5 : 1 on the log's background (WCAG 2.2, relative luminance). */
export function readable(colour: readonly [number, number, number]): readonly number[] {
  const linear = (value: number) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4)
  let [red, green, blue] = colour
  const lift = (value: number) => Math.round(value + (255 - value) * 0.15)
  while (0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) < 0.23) {
    red = lift(red)
    green = lift(green)
    blue = lift(blue)
  }
  return [red, green, blue]
}
