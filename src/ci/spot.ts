import { errorAt } from './problems.ts'
import type { Position } from './source.ts'
import type { CiError } from './types.ts'

/**
 * Where in the configuration's structure a value is judged, and where its errors go. It makes GitLab's wording from one place
 * (reference A2): the keys of the ancestors joined by `:`, the attribute, the message.
 */
export interface Spot {
  readonly up: Spot | null
  /** Empty for the root and for entries that GitLab leaves out of a location. */
  readonly key: string
  /** Usually `config`; a few keys are judged as an attribute of the entry they are in (`jobs:build when should be …`). */
  readonly attribute: string
  readonly sink: CiError[]
}

export function rootSpot(sink: CiError[]): Spot {
  return { up: null, key: '', attribute: 'config', sink }
}

/** A place that is named by itself, such as `header` or `include`. */
export function namedSpot(key: string, sink: CiError[]): Spot {
  return { up: null, key, attribute: 'config', sink }
}

/** The entry under `key`: errors read `…:key config …`. */
export function under(spot: Spot, key: string): Spot {
  return { up: spot, key, attribute: 'config', sink: spot.sink }
}

/** The same entry, another attribute: errors read `… attribute …`. Underscores become spaces, as GitLab prints them. */
export function attributeOf(spot: Spot, attribute: string): Spot {
  return { up: spot.up, key: spot.key, attribute: attribute.replaceAll('_', ' '), sink: spot.sink }
}

/** Records `location attribute message`, in lower case. Answers undefined, the value of every shape that refused. */
export function refuse(spot: Spot, position: Position, message: string): undefined {
  spot.sink.push(errorAt(position, `${locationOf(spot)} ${spot.attribute} ${message}`.toLowerCase()))
  return undefined
}

/** Records `location message`: what GitLab says, with case as written, when a value has none of the forms it may have. */
export function refuseForm(spot: Spot, position: Position, message: string): undefined {
  spot.sink.push(errorAt(position, `${locationOf(spot)} ${message}`))
  return undefined
}

/** Records a message that names no location. */
export function refuseBare(spot: Spot, position: Position, message: string): undefined {
  spot.sink.push(errorAt(position, message))
  return undefined
}

export function locationOf(spot: Spot): string {
  const keys: string[] = []
  for (let at: Spot | null = spot; at !== null; at = at.up) if (at.key !== '') keys.push(at.key)
  return keys.length === 0 ? 'root' : keys.toReversed().join(':')
}
