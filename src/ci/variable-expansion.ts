import type { Variable } from './types.ts'

/** `$NAME`, `${NAME}` and `%NAME%`; `$$` and `%%` are matched so that they can be left alone. */
const WITH_ESCAPES = /\$\$|%%|\$([a-zA-Z_][a-zA-Z0-9_]*)|\$\{([a-zA-Z_][a-zA-Z0-9_]*)?\}|%([a-zA-Z_][a-zA-Z0-9_]*)%/g
const WITHOUT_ESCAPES = /\$([a-zA-Z_][a-zA-Z0-9_]*)|\$\{([a-zA-Z_][a-zA-Z0-9_]*)?\}|%([a-zA-Z_][a-zA-Z0-9_]*)%/g

/** The value of a variable by name, or null when it is not defined. */
export type Lookup = (name: string) => string | null

/** Whether a text can contain a reference at all. */
export function mayRefer(text: string): boolean {
  return text.includes('$') || text.includes('%')
}

/**
 * Plain expansion (reference B5): unknown names become empty, nothing is an escape, so `$$FOO` is `$` and the value of FOO.
 * For `environment:name`, `url` and the Kubernetes namespace.
 */
export function expandPlain(text: string, lookup: Lookup): string {
  return replace(text, lookup, () => '')
}

/** Expands what exists and keeps unknown references as written. For tags, paths of `rules:changes` and `rules:exists`. */
export function expandExisting(text: string, lookup: Lookup): string {
  return replace(text, lookup, (written) => written)
}

function replace(text: string, lookup: Lookup, unknown: (written: string) => string): string {
  if (!mayRefer(text)) return text
  return text.replace(WITHOUT_ESCAPES, (written, bare?: string, braced?: string, percent?: string) => {
    const name = bare ?? braced ?? percent
    return name === undefined ? written : (lookup(name) ?? unknown(written))
  })
}

/** The names a text refers to, each as often as it does. */
export function referencedNames(text: string): readonly string[] {
  return [...text.matchAll(WITH_ESCAPES)].flatMap(([, bare, braced, percent]) => bare ?? braced ?? percent ?? [])
}

export interface CollectionOptions {
  /** Keep references to unknown names instead of removing them. */
  readonly keepUndefined: boolean
  /** Replace references to file variables by the content; otherwise leave them to the runner. */
  readonly expandFileReferences: boolean
  /** Replace references to raw variables; otherwise leave them to the runner. */
  readonly expandRawReferences: boolean
}

/** How variables are expanded for rules and environments (reference B5, collection expansion by default). */
export const DEFAULT_EXPANSION: CollectionOptions = {
  keepUndefined: false,
  expandFileReferences: true,
  expandRawReferences: true,
}

/** How variables are expanded for the runner's payload, which expands again what is left. */
export const RUNNER_EXPANSION: CollectionOptions = {
  keepUndefined: true,
  expandFileReferences: false,
  expandRawReferences: false,
}

/** A list of variables in which references between them can be resolved, each at most once. */
export interface Collection {
  /** The expanded value of the last variable with this name, or null. */
  readonly value: Lookup
  /** All variables in their order, duplicates kept, with expanded values. */
  readonly all: () => readonly Variable[]
}

/**
 * Resolves references between variables recursively. The last variable of a name is the one that is meant; a variable that
 * refers to its own name gets the previous one of that name. Members of a longer cycle keep their value as written; GitLab refuses such a
 * job (see circular-variables.ts).
 */
export function makeCollection(variables: readonly Variable[], options: CollectionOptions): Collection {
  const indexes = indexesByName(variables)
  const expanded = new Map<number, string>()
  const open = new Set<number>()
  const valueOf = (index: number): string => {
    const known = expanded.get(index)
    if (known !== undefined) return known
    const variable = variables[index]
    if (variable === undefined) return ''
    if (variable.raw || !mayRefer(variable.value) || open.has(index)) return variable.value
    open.add(index)
    const value = variable.value.replace(WITH_ESCAPES, (written, bare?: string, braced?: string, percent?: string) => {
      const name = bare ?? braced ?? percent
      if (name === undefined) return written
      const target = referredIndex(indexes, variable.key, index, name)
      const other = target === undefined ? undefined : variables[target]
      if (target === undefined || other === undefined) return options.keepUndefined ? written : ''
      if (other.file && !options.expandFileReferences) return written
      if (other.raw && !options.expandRawReferences) return written
      return valueOf(target)
    })
    open.delete(index)
    expanded.set(index, value)
    return value
  }
  return {
    value: (name) => {
      const last = indexes.get(name)?.at(-1)
      return last === undefined ? null : valueOf(last)
    },
    all: () => variables.map((variable, index) => ({ ...variable, value: valueOf(index) })),
  }
}

function indexesByName(variables: readonly Variable[]): ReadonlyMap<string, readonly number[]> {
  const indexes = new Map<string, number[]>()
  for (const [index, variable] of variables.entries()) {
    const known = indexes.get(variable.key)
    if (known === undefined) indexes.set(variable.key, [index])
    else known.push(index)
  }
  return indexes
}

function referredIndex(
  indexes: ReadonlyMap<string, readonly number[]>,
  key: string,
  index: number,
  name: string,
): number | undefined {
  const candidates = indexes.get(name)
  return name === key ? candidates?.findLast((candidate) => candidate < index) : candidates?.at(-1)
}
