import { errorAt } from './problems.ts'
import type { Position } from './source.ts'
import type { CiError } from './types.ts'

/**
 * Where in the configuration's structure a value is judged, and where its errors go. It makes GitLab's wording from one place
 * (reference A2): the keys of the ancestors joined by `:`, the attribute, the message, all in lower case.
 */
export interface Spot {
  readonly up: Spot | null
  readonly key: string
  /** Usually `config`; a few keys are judged as an attribute of the entry they are in (`jobs:build when should be …`). */
  readonly attribute: string
  readonly sink: CiError[]
}

export function rootSpot(sink: CiError[]): Spot {
  return { up: null, key: '', attribute: 'config', sink }
}

/** The entry under `key`: errors read `…:key config …`. */
export function under(spot: Spot, key: string): Spot {
  return { up: spot, key, attribute: 'config', sink: spot.sink }
}

/** The same entry, another attribute: errors read `… attribute …`. Underscores become spaces, as GitLab prints them. */
export function attributeOf(spot: Spot, attribute: string): Spot {
  return { ...spot, attribute: attribute.replaceAll('_', ' ') }
}

/** Records that something is wrong at this place. Answers undefined, the value of every shape that refused. */
export function refuse(spot: Spot, position: Position, message: string): undefined {
  spot.sink.push(errorAt(position, `${locationOf(spot)} ${spot.attribute} ${message}`.toLowerCase()))
  return undefined
}

export function locationOf(spot: Spot): string {
  const keys: string[] = []
  for (let at: Spot | null = spot; at !== null; at = at.up) if (at.key !== '') keys.unshift(at.key)
  return keys.length === 0 ? 'root' : keys.join(':')
}
