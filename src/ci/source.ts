/** One configuration file: where a node came from, and how an offset becomes a line and a column. */
export interface Source {
  readonly name: string
  readonly text: string
}

/** A point in a file. Every node, key and error has one. */
export interface Position {
  readonly source: Source
  readonly start: number
}

const lineStarts = new WeakMap<Source, readonly number[]>()

function startsOf(source: Source): readonly number[] {
  const known = lineStarts.get(source)
  if (known !== undefined) return known
  const starts = [0]
  for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1)
  lineStarts.set(source, starts)
  return starts
}

/** Line and column of a position, both counted from 1. */
export function lineAndColumn(position: Position): { line: number; column: number } {
  const starts = startsOf(position.source)
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= position.start) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: position.start - (starts[low] ?? 0) + 1 }
}
