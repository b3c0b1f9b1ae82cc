import { LIMITS } from './limits.ts'
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
  return fill(text, WITHOUT_ESCAPES, (written, name) => lookup(name) ?? unknown(written))
}

/** Replaces references, unless the text would grow out of all proportion: then it stays as written. */
function fill(text: string, references: RegExp, valueOf: (written: string, name: string) => string): string {
  if (!mayRefer(text)) return text
  let length = text.length
  const filled = text.replace(references, (written, bare?: string, braced?: string, percent?: string) => {
    const name = bare ?? braced ?? percent
    if (name === undefined || length > LIMITS.expandedValue) return written
    const value = valueOf(written, name)
    length += value.length
    return value
  })
  return length > LIMITS.expandedValue ? text : filled
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

/** A list of variables with the place of the last of each name, so that many collections can share it. */
export interface VariableLayer {
  readonly list: readonly Variable[]
  readonly last: ReadonlyMap<string, number>
}

export function makeLayer(list: readonly Variable[]): VariableLayer {
  const last = new Map<string, number>()
  for (let index = 0; index < list.length; index += 1) {
    const variable = list[index]
    if (variable !== undefined) last.set(variable.key, index)
  }
  return { list, last }
}

/**
 * Resolves references between variables recursively. The last variable of a name is the one that is meant; a variable that
 * refers to its own name gets the previous one of that name. Members of a longer cycle keep their value as written; GitLab
 * refuses such a job (see circular-variables.ts).
 */
export function makeCollection(variables: readonly Variable[], options: CollectionOptions): Collection {
  return collectLayers([makeLayer(variables)], options)
}

/** The same for variables in layers, lowest precedence first. */
export function collectLayers(layers: readonly VariableLayer[], options: CollectionOptions): Collection {
  const expanded = new Map<Variable, string>()
  const open = new Set<Variable>()
  const targetOf = (found: Found, name: string): Found | null =>
    name === found.variable.key ? findBefore(layers, found) : findLast(layers, name)
  const isPlain = ({ variable }: Found): boolean => variable.raw || !mayRefer(variable.value)
  const knownValue = (found: Found): string => expanded.get(found.variable) ?? found.variable.value
  const expandOne = (found: Found): string =>
    fill(found.variable.value, WITH_ESCAPES, (written, name) => {
      const target = targetOf(found, name)
      if (target === null) return options.keepUndefined ? written : ''
      if (target.variable.file && !options.expandFileReferences) return written
      if (target.variable.raw && !options.expandRawReferences) return written
      return knownValue(target)
    })
  // What a variable refers to is expanded first, with a stack of our own: chains can be longer than the machine's.
  const valueOf = (start: Found): string => {
    if (isPlain(start)) return start.variable.value
    const stack = expanded.has(start.variable) ? [] : [start]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { variable } = top
      const found = top
      const waiting = open.has(variable)
        ? []
        : referencedNames(variable.value).flatMap((name) => {
            const target = targetOf(found, name)
            return target === null || isPlain(target) || expanded.has(target.variable) || open.has(target.variable)
              ? []
              : [target]
          })
      open.add(variable)
      if (waiting.length > 0) stack.push(...waiting)
      else {
        stack.pop()
        if (!expanded.has(variable)) expanded.set(variable, expandOne(top))
      }
    }
    return knownValue(start)
  }
  return {
    value: (name) => {
      const found = findLast(layers, name)
      return found === null ? null : valueOf(found)
    },
    all: () =>
      layers.flatMap(({ list }, layer) =>
        list.map((variable, index) => ({ ...variable, value: valueOf({ variable, layer, index }) })),
      ),
  }
}

interface Found {
  readonly variable: Variable
  readonly layer: number
  readonly index: number
}

function findLast(layers: readonly VariableLayer[], name: string, below: number = layers.length): Found | null {
  for (let layer = below - 1; layer >= 0; layer -= 1) {
    const index = layers[layer]?.last.get(name)
    const variable = index === undefined ? undefined : layers[layer]?.list[index]
    if (index !== undefined && variable !== undefined) return { variable, layer, index }
  }
  return null
}

/** The variable of the same name with the next lower precedence. */
function findBefore(layers: readonly VariableLayer[], { variable, layer, index }: Found): Found | null {
  const list = layers[layer]?.list ?? []
  for (let at = index - 1; at >= 0; at -= 1) {
    const earlier = list[at]
    if (earlier?.key === variable.key) return { variable: earlier, layer, index: at }
  }
  return findLast(layers, variable.key, layer)
}

/** The unexpanded value of a name in layers. */
export function rawLookup(layers: readonly VariableLayer[]): Lookup {
  return (name) => findLast(layers, name)?.variable.value ?? null
}
