import { err, ok, type Result } from '../domain/result.ts'
import { type CiNode, isString, scalarNode } from './node.ts'
import type { Variable } from './types.ts'
import { expandExisting } from './variable-expansion.ts'

/** Applies one function of an interpolation block, such as `truncate(0,8)` (reference A7). All of them take text alone. */
export function applyFunction(
  expression: string,
  value: CiNode,
  variables: readonly Variable[],
): Result<CiNode, string> {
  const truncate = /^truncate\(\s*(\d+)\s*,\s*(\d+)\s*\)?$/.exec(expression)
  const name = truncate === null ? expression : 'truncate'
  if (name !== 'truncate' && name !== 'expand_vars' && name !== 'posix_escape') {
    const advice = 'check that the function name, arguments, and types are correct'
    return err(`no function matching \`${expression}\`: ${advice}`)
  }
  if (truncate === null && name === 'truncate')
    return err(`no function matching \`${expression}\`: check that the function name, arguments, and types are correct`)
  if (!isString(value)) {
    return err(`error in \`${name}\` function: invalid input type: ${name} can only be used with string inputs`)
  }
  if (truncate !== null)
    return ok(scalarNode(sliceCharacters(value.value, Number(truncate[1]), Number(truncate[2])), value))
  if (name === 'posix_escape') return ok(scalarNode(escapeForShell(value.value), value))
  return expandVariables(value.value, value, variables)
}

function expandVariables(text: string, at: CiNode, variables: readonly Variable[]): Result<CiNode, string> {
  const byKey = new Map(variables.map((variable) => [variable.key, variable]))
  let masked = false
  const expanded = expandExisting(text, (name) => {
    const variable = byKey.get(name)
    masked ||= variable?.masked ?? false
    return variable?.value ?? null
  })
  if (masked) {
    return err('error in `expand_vars` function: variable expansion error: masked variables cannot be expanded')
  }
  return ok(scalarNode(expanded, at))
}

/** Counts in characters, not in UTF-16 units. */
function sliceCharacters(text: string, offset: number, length: number): string {
  return Array.from(text)
    .slice(offset, offset + length)
    .join('')
}

/** Text as one word of a POSIX shell. */
function escapeForShell(text: string): string {
  if (text === '') return "''"
  return text.replaceAll(/[^A-Za-z0-9_\-.,:+/@\n]/gu, '\\$&').replaceAll('\n', "'\n'")
}
