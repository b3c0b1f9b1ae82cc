import { entry, type Fields, hashOf, type Read } from './fields.ts'
import { artifacts } from './keyword-artifacts.ts'
import { cache } from './keyword-cache.ts'
import { idTokens } from './keyword-id-tokens.ts'
import { image, services } from './keyword-image.ts'
import { retry } from './keyword-retry.ts'
import { LIMITS } from './limits.ts'
import { boolean, commands, duration, type Shape, strings } from './shape.ts'
import { refuse } from './spot.ts'

const tags: Shape<readonly string[]> = (node, spot) => {
  const items = strings(node, spot)
  if (items === undefined || items.length < LIMITS.tags) return items
  return refuse(spot, node, `must be less than the limit of ${LIMITS.tags} tags`)
}

const HOOKS = { pre_get_sources_script: entry(commands) } satisfies Fields

/** Keys that `default` may set for every job (reference A3); a job that has the key does not take the default. */
export const DEFAULTABLE = {
  before_script: entry(commands),
  after_script: entry(commands),
  hooks: entry(hashOf(HOOKS, (read) => read)),
  cache: entry(cache),
  image: entry(image),
  services: entry(services),
  interruptible: entry(boolean),
  timeout: entry(duration(LIMITS.timeout)),
  retry: entry(retry),
  tags: entry(tags),
  artifacts: entry(artifacts),
  id_tokens: entry(idTokens),
} satisfies Fields

export type Defaults = Read<typeof DEFAULTABLE>

/** `default`. */
export const defaults: Shape<Defaults> = hashOf(DEFAULTABLE, (read) => read)
