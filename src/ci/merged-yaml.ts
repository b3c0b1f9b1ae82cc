import { type CiNode, type MapNode, type ScalarNode } from './node.ts'
import { resolvePlainScalar } from './scalar.ts'

/**
 * Writes a configuration as YAML, as lint shows it: what it says after includes, `extends` and references are put in. Reading it
 * again gives the same values.
 */
export function writeYaml(root: MapNode): string {
  const lines = ['---']
  if (root.entries.size === 0) return '--- {}\n'
  writeMap(root, '', lines)
  return `${lines.join('\n')}\n`
}

function writeMap(node: MapNode, indent: string, lines: string[]): void {
  for (const { key, value } of node.entries.values()) writeValue(`${indent}${keyText(key)}:`, value, indent, lines)
}

/** Writes a value behind its key or dash. Lists under a key stand at the key's own indent. */
function writeValue(head: string, value: CiNode, indent: string, lines: string[]): void {
  if (value.kind === 'map' && value.entries.size > 0) {
    lines.push(head)
    writeMap(value, `${indent}  `, lines)
  } else if (value.kind === 'list' && value.items.length > 0) {
    lines.push(head)
    for (const item of value.items) writeItem(item, indent, lines)
  } else lines.push(...inline(head, value, `${indent}  `))
}

function writeItem(item: CiNode, indent: string, lines: string[]): void {
  const inner = `${indent}  `
  const from = lines.length
  if (item.kind === 'map' && item.entries.size > 0) writeMap(item, inner, lines)
  else if (item.kind === 'list' && item.items.length > 0) for (const child of item.items) writeItem(child, inner, lines)
  else {
    lines.push(...inline(`${indent}-`, item, inner))
    return
  }
  lines[from] = `${indent}- ${(lines[from] ?? '').slice(inner.length)}`
}

function inline(head: string, value: CiNode, indent: string): readonly string[] {
  if (value.kind === 'map') return [`${head} {}`]
  if (value.kind === 'list') return [`${head} []`]
  if (value.kind === 'reference')
    return [`${head} !reference [${value.path.map((key) => JSON.stringify(key)).join(', ')}]`]
  if (typeof value.value === 'string' && isBlockText(value.value)) return block(head, value.value, indent)
  const text = scalarText(value)
  return [text === '' ? head : `${head} ${text}`]
}

function scalarText(node: ScalarNode): string {
  if (typeof node.value !== 'string') return node.text
  return quoteIfNeeded(node.value)
}

function keyText(key: string): string {
  return key.length > 1_000 ? JSON.stringify(key) : quoteIfNeeded(key)
}

const SAFE = /^[A-Za-z0-9_./$(][A-Za-z0-9_./$()\-+*=,;!@^~ ]*$/

function quoteIfNeeded(text: string): string {
  const plain = SAFE.test(text) && !text.endsWith(' ') && typeof resolvePlainScalar(text).value === 'string'
  if (plain) return text
  const printable = /^[\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text)
  return printable ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text)
}

/** Text of several ordinary lines, for which a literal block is exact. */
function isBlockText(text: string): boolean {
  if (!text.includes('\n') || !/^[^\s]/.test(text)) return false
  return /^[\x20-\x7e\n\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text)
}

function block(head: string, text: string, indent: string): readonly string[] {
  const body = text.replace(/\n+$/, '')
  const trailing = text.length - body.length
  const mark = trailing === 0 ? '|-' : trailing === 1 ? '|' : '|+'
  const lines = body.split('\n').map((line) => (line === '' ? '' : indent + line))
  return [`${head} ${mark}`, ...lines, ...Array.from({ length: Math.max(trailing - 1, 0) }, () => '')]
}
