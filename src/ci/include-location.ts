import { err, ok, type Result } from '../domain/result.ts'
import {
  type CiNode,
  flatItems,
  isString,
  listNode,
  type MapEntry,
  type MapNode,
  mapNode,
  scalarNode,
  toPlain,
} from './node.ts'
import { expandPlain, type Lookup } from './variable-expansion.ts'

/** One file to include, its variables expanded (reference A6). */
export type IncludeLocation = (
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'project'; readonly project: string; readonly file: string; readonly ref: string | null }
  | { readonly kind: 'remote'; readonly url: string; readonly integrity: string | null }
  | { readonly kind: 'template'; readonly name: string }
  | { readonly kind: 'component'; readonly address: string }
  | { readonly kind: 'artifact'; readonly path: string; readonly job: string | null }
) & {
  /** The entry it comes from. */
  readonly at: MapNode
  /** `inputs` of the entry. */
  readonly inputs: CiNode | null
}

const KINDS = ['local', 'project', 'remote', 'template', 'artifact', 'component'] as const
type Kind = (typeof KINDS)[number]
const SUBKEYS = `\`${KINDS.join('`, `')}\``

/** What is under `include` as a list of hashes; a string is a URL or a path of the repository. */
export function normalizeIncludes(
  value: CiNode,
  lookup: Lookup,
): Result<readonly MapNode[], { node: CiNode; message: string }> {
  const items: readonly CiNode[] = flatItems(value)
  const maps: MapNode[] = []
  for (const item of items) {
    if (item.kind === 'map') maps.push(item)
    else if (isString(item)) maps.push(fromText(expandPlain(item.value, lookup), item))
    else if (item.kind !== 'scalar' || item.value !== null) {
      return err({ node: item, message: 'Each include must be a hash or a string' })
    }
  }
  return ok(maps)
}

function fromText(text: string, at: CiNode): MapNode {
  const key = /^https?:\/\//i.test(text) ? 'remote' : 'local'
  const entry: MapEntry = { key, value: scalarNode(text, at), source: at.source, start: at.start }
  return mapNode(new Map([[key, entry]]), at)
}

/** Replaces variables in the values of an entry, one level deep; what is below, such as `inputs`, is left alone. */
export function expandEntry(entry: MapNode, lookup: Lookup): MapNode {
  const entries = [...entry.entries.values()].map((item): [string, MapEntry] => [
    item.key,
    { ...item, value: expandValue(item.value, lookup) },
  ])
  return mapNode(new Map(entries), entry)
}

function expandValue(node: CiNode, lookup: Lookup): CiNode {
  if (isString(node)) return scalarNode(expandPlain(node.value, lookup), node)
  if (node.kind !== 'list') return node
  return listNode(
    node.items.map((item) => (isString(item) ? scalarNode(expandPlain(item.value, lookup), item) : item)),
    node,
  )
}

/** Tells which kind of include an entry is, one location for each of its files, or GitLab's message. */
export function readLocations(entry: MapNode): Result<readonly IncludeLocation[], string> {
  const kinds = KINDS.filter((kind) => isMeant(entry, kind))
  const [kind] = kinds
  if (kinds.length > 1) return err(`Each include must use only one of: ${SUBKEYS}`)
  if (kind === undefined) {
    return err(
      `\`${JSON.stringify(toPlain(entry))}\` does not have a valid subkey for include. Valid subkeys are: ${SUBKEYS}`,
    )
  }
  const common = { at: entry, inputs: entry.entries.get('inputs')?.value ?? null }
  const main = entry.entries.get(kind === 'project' ? 'file' : kind)?.value
  const files = kind === 'project' && main?.kind === 'list' ? main.items : [main]
  const locations: IncludeLocation[] = []
  for (const file of files) {
    if (file === undefined || !isString(file)) {
      return err(`Included file \`${file === undefined ? '' : asWord(file)}\` needs to be a string`)
    }
    locations.push({ ...makeLocation(kind, entry, file.value), ...common })
  }
  return ok(locations)
}

/** A kind is meant when its key has something in it; `project` also needs a file. */
function isMeant(entry: MapNode, kind: Kind): boolean {
  const value = entry.entries.get(kind)?.value
  if (value === undefined || isBlank(value)) return false
  const file = entry.entries.get('file')?.value
  return kind !== 'project' || (file !== undefined && !isBlank(file))
}

function isBlank(node: CiNode): boolean {
  if (node.kind === 'scalar') return node.text.trim() === '' || node.value === false
  return node.kind === 'list' ? node.items.length === 0 : node.kind === 'map' && node.entries.size === 0
}

function makeLocation(kind: Kind, entry: MapNode, text: string): DistributiveOmit<IncludeLocation, 'at' | 'inputs'> {
  switch (kind) {
    case 'local':
      return { kind, path: withoutLeadingSlashes(text) }
    case 'project':
      return {
        kind,
        project: word(entry, 'project')?.toLowerCase() ?? '',
        file: withoutLeadingSlashes(text),
        ref: word(entry, 'ref'),
      }
    case 'remote':
      return { kind, url: text, integrity: word(entry, 'integrity') }
    case 'template':
      return { kind, name: text }
    case 'component':
      return { kind, address: text }
    case 'artifact':
      return { kind, path: text, job: word(entry, 'job') }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

function word(entry: MapNode, key: string): string | null {
  const value = entry.entries.get(key)?.value
  return value?.kind === 'scalar' && value.text !== '' ? value.text : null
}

function asWord(node: CiNode): string {
  return node.kind === 'scalar' ? node.text : JSON.stringify(toPlain(node))
}

function withoutLeadingSlashes(path: string): string {
  return path.replace(/^\/+/, '')
}

/** How messages name a location. */
export function nameOf(location: IncludeLocation): string {
  switch (location.kind) {
    case 'local':
    case 'artifact':
      return location.path
    case 'project':
      return location.file
    case 'remote':
      return location.url
    case 'template':
      return location.name
    case 'component':
      return location.address
  }
}
