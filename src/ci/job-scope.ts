import { variablesInScope } from './environment-scope.ts'
import type { PipelineContext } from './types.ts'
import {
  type Collection,
  collectLayers,
  DEFAULT_EXPANSION,
  type Lookup,
  makeLayer,
  rawLookup,
  type VariableLayer,
} from './variable-expansion.ts'

/**
 * The variables a pipeline's jobs share, kept so that a job costs no more than what is its own. From the lowest precedence:
 * predefined, the configuration's, the user's, stored, of the pipeline (reference B1).
 */
export interface SharedVariables {
  readonly predefined: VariableLayer
  /** What stands above the configuration's variables, for a job with this environment. */
  readonly above: (environment: string | null) => VariableLayer
}

export function shareVariables(context: PipelineContext): SharedVariables {
  const known = new Map<string | null, VariableLayer>()
  const scoped = context.stored.some((variable) => variable.environmentScope !== '*')
  return {
    predefined: makeLayer(context.predefined),
    above: (environment) => {
      const key = scoped ? environment : null
      let layer = known.get(key)
      if (layer === undefined) {
        const stored = variablesInScope(context.stored, key)
        layer = makeLayer([...(context.user ?? []), ...stored, ...context.pipelineVariables])
        known.set(key, layer)
      }
      return layer
    },
  }
}

/** The variables of one job, in layers from the lowest precedence. */
export interface VariableScope {
  /** Unexpanded. */
  readonly raw: Lookup
  /** With references between variables resolved. */
  readonly expanded: Lookup
  readonly layers: readonly VariableLayer[]
}

export function makeScope(layers: readonly VariableLayer[]): VariableScope {
  let collection: Collection | null = null
  return {
    raw: rawLookup(layers),
    expanded: (name) => {
      collection ??= collectLayers(layers, DEFAULT_EXPANSION)
      return collection.value(name)
    },
    layers,
  }
}
