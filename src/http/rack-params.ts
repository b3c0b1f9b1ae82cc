/**
 * Rack's reading of forms and query strings (Rack::Utils.parse_nested_query): `a[]=1&a[]=2`, `a[b]=1`, and `a[][x]=1&a[][y]=2`
 * where a repeated key starts the next element. The common libraries merge those elements into one.
 */

export type Params = { [key: string]: ParamValue }
export type ParamValue = string | ParamValue[] | Params

const maxKeys = 4096
const maxDepth = 32

/** Parses `application/x-www-form-urlencoded` text. Unreadable escapes are kept as they are. */
export function parseRackParams(text: string): Params {
  const root: Params = Object.create(null) as Params
  if (text === '') return root
  for (const pair of text.split('&').slice(0, maxKeys)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    store(root, keyParts(name), equals < 0 ? '' : decode(pair.slice(equals + 1)))
  }
  return root
}

/** `a[b][][c]` → ['a', 'b', '', 'c']; the empty part is a list. */
function keyParts(name: string): string[] {
  const open = name.indexOf('[', 1)
  if (open < 0 || !name.endsWith(']')) return [name]
  const inner = [...name.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')
  return [name.slice(0, open), ...inner].slice(0, maxDepth)
}

function store(target: Params, [key = '', ...rest]: string[], value: string): void {
  const [next, ...after] = rest
  if (next === undefined) {
    target[key] = value
    return
  }
  if (next === '') {
    const list = Array.isArray(target[key]) ? target[key] : []
    target[key] = list
    if (after.length === 0) list.push(value)
    else storeInList(list, after, value)
    return
  }
  const child = asParams(target[key])
  target[key] = child
  store(child, rest, value)
}

/** Continues the last element unless it has this key already; then a new element begins. */
function storeInList(list: ParamValue[], parts: string[], value: string): void {
  const last = list.at(-1)
  if (isParams(last) && !hasKey(last, parts)) {
    store(last, parts, value)
    return
  }
  const element = Object.create(null) as Params
  store(element, parts, value)
  list.push(element)
}

function hasKey(params: Params, [key = '', next, ...rest]: string[]): boolean {
  if (!(key in params)) return false
  if (next === undefined) return true
  const child = params[key]
  // `a[][b][]=1&a[][b][]=2` continues the inner list.
  return next === '' ? rest.length > 0 : isParams(child) && hasKey(child, [next, ...rest])
}

function isParams(value: ParamValue | undefined): value is Params {
  return typeof value === 'object' && !Array.isArray(value)
}

function asParams(value: ParamValue | undefined): Params {
  return isParams(value) ? value : (Object.create(null) as Params)
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
