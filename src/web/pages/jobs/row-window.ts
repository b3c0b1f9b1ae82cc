/** Which rows of a very long list are in view. All rows have one height. */

/** Pixels; log.module.css has the same. */
export const rowHeight = 20
/** Browsers stop counting at about 33 million pixels; beyond this a pixel of the scroll bar stands for more than one of the list. */
const mostSpace = 16_000_000
/** Rows above and below those in view. */
const spare = 20
const foot = 16

/** The height of the list in the page, in pixels. */
export function spaceFor(count: number): number {
  return Math.min(count * rowHeight + foot, mostSpace)
}

interface View {
  readonly count: number
  /** Pixels scrolled. */
  readonly top: number
  /** Pixels. */
  readonly height: number
}

export interface RowWindow {
  readonly first: number
  /** The row after the last one. */
  readonly last: number
  /** Of the first row from the top of the list in the page, in pixels. */
  readonly offset: number
}

export function rowWindow({ count, top, height }: View): RowWindow {
  const listTop = top * scale(count, height)
  const first = Math.max(Math.floor(listTop / rowHeight) - spare, 0)
  const last = Math.min(Math.ceil((listTop + height) / rowHeight) + spare, count)
  return { first, last, offset: top - listTop + first * rowHeight }
}

/** Where to scroll so that a row is in the middle of the view. */
export function scrollTopOf(row: number, count: number, height: number): number {
  return Math.max(row * rowHeight - height / 2, 0) / scale(count, height)
}

/** Pixels of the list for one pixel scrolled. */
function scale(count: number, height: number): number {
  const whole = count * rowHeight + foot
  return whole <= mostSpace || height >= mostSpace ? 1 : (whole - height) / (mostSpace - height)
}
