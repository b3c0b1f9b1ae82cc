import { lineAndColumn, type Position } from './source.ts'
import type { CiError } from './types.ts'

/** Makes a located error from a message and the place where it is wrong. */
export function errorAt(position: Position, message: string): CiError {
  const { line, column } = lineAndColumn(position)
  return { message, file: position.source.name, line, column }
}

/** An error about a file as a whole. */
export function errorIn(file: string, message: string): CiError {
  return { message, file, line: null, column: null }
}
