/** Colours and weights of a log (ECMA-48 SGR), as pieces of a line that a page can show. */

/** A colour: one of the sixteen by number, or red, green and blue of the others. */
export type Colour = number | readonly [red: number, green: number, blue: number]

/** How text looks. Values are shared between lines and never changed. */
export interface TextStyle {
  readonly fore: Colour | null
  readonly back: Colour | null
  readonly bold: boolean
  readonly faint: boolean
  readonly italic: boolean
  readonly underline: boolean
}

export interface Piece {
  readonly text: string
  readonly style: TextStyle
}

export const plainStyle: TextStyle = {
  fore: null,
  back: null,
  bold: false,
  faint: false,
  italic: false,
  underline: false,
}

// Every escape sequence: those that end in `m` change the style, the others move a cursor that a page does not have.
// oxlint-disable-next-line no-control-regex
const sequence = /\x1b(?:\[([0-9;:]*)([@-~])|\[[^@-~]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g

/** The text without its escape sequences. */
export function plainText(text: string): string {
  return text.includes('\u001b') ? text.replace(sequence, '') : text
}

/** The style after a text that begins in `style`. */
export function styleAfter(text: string, style: TextStyle): TextStyle {
  if (!text.includes('\u001b')) return style
  let after = style
  for (const [, codes, end] of text.matchAll(sequence)) if (end === 'm') after = changed(after, codes ?? '')
  return after
}

/** A line as pieces of one style each. */
export function piecesOf(text: string, style: TextStyle): Piece[] {
  const pieces: Piece[] = []
  let now = style
  let at = 0
  const take = (until: number) => {
    if (until > at) pieces.push({ text: text.slice(at, until), style: now })
  }
  for (const match of text.matchAll(sequence)) {
    take(match.index)
    at = match.index + match[0].length
    if (match[2] === 'm') now = changed(now, match[1] ?? '')
  }
  take(text.length)
  return pieces
}

const switches: Readonly<Record<number, Partial<TextStyle>>> = {
  0: plainStyle,
  1: { bold: true },
  2: { faint: true },
  3: { italic: true },
  4: { underline: true },
  22: { bold: false, faint: false },
  23: { italic: false },
  24: { underline: false },
  39: { fore: null },
  49: { back: null },
}

function changed(style: TextStyle, given: string): TextStyle {
  const codes = given.split(/[;:]/).map(Number)
  let after = style
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0
    if (code === 38 || code === 48) {
      const [colour, used] = longColour(codes, index + 1)
      index += used
      if (colour !== null) after = { ...after, [code === 38 ? 'fore' : 'back']: colour }
      continue
    }
    after = { ...after, ...(switches[code] ?? colourChange(code)) }
  }
  return after
}

function colourChange(code: number): Partial<TextStyle> {
  if (code >= 30 && code <= 37) return { fore: code - 30 }
  if (code >= 40 && code <= 47) return { back: code - 40 }
  if (code >= 90 && code <= 97) return { fore: code - 82 }
  if (code >= 100 && code <= 107) return { back: code - 92 }
  return {}
}

/** `5;n` or `2;r;g;b` after 38 or 48, and how many numbers it took. */
function longColour(codes: readonly number[], at: number): readonly [Colour | null, number] {
  if (codes[at] === 5) return [paletteColour(codes[at + 1] ?? 0), 2]
  if (codes[at] !== 2) return [null, 1]
  const [red = 0, green = 0, blue = 0] = codes.slice(at + 1, at + 4)
  return [[byte(red), byte(green), byte(blue)], 4]
}

/** The 256 colours of xterm: sixteen by name, a cube of 6 × 6 × 6, and 24 greys. */
function paletteColour(number: number): Colour {
  const index = byte(number)
  if (index < 16) return index
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return [grey, grey, grey]
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40)
  const cube = index - 16
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]
}

function byte(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.trunc(value), 0), 255) : 0
}
