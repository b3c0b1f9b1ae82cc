import { type Defaults, defaults, type JobConfig, readJob } from './keyword-job.ts'
import { rootVariables } from './keyword-variables.ts'
import { isNull, type MapEntry, type MapNode } from './node.ts'
import { nestedStrings, type Shape } from './shape.ts'
import { refuse, rootSpot, type Spot, under } from './spot.ts'
import type { CiError, Variable } from './types.ts'

/** A whole configuration, every value read. */
export interface RootConfig {
  readonly stages: readonly string[]
  readonly variables: readonly Variable[]
  readonly jobs: readonly JobConfig[]
}

/** Top-level keys that are not jobs (reference A3). */
const RESERVED = new Set(
  'default include stages variables workflow image services cache before_script after_script spec'.split(' '),
)
/** Keys that may stand at the top level in place of `default`. */
const LEGACY_DEFAULTS = ['image', 'services', 'cache', 'before_script', 'after_script']

/** Reads the merged configuration. The errors are complete; what was read is of use only when there are none. */
export function readRoot(root: MapNode): { readonly config: RootConfig; readonly errors: readonly CiError[] } {
  const errors: CiError[] = []
  const spot = rootSpot(errors)
  const inherited = readDefaults(root, spot)
  const stages = readKey(root, spot, 'stages', nestedStrings) ?? ['build', 'test', 'deploy']
  const variables = readKey(root, spot, 'variables', rootVariables) ?? []
  const jobs = readJobs(root, under(spot, 'jobs'), inherited)
  return { config: { stages: withEdges(stages), variables, jobs }, errors }
}

function readKey<T>(root: MapNode, spot: Spot, key: string, shape: Shape<T>): T | undefined {
  const node = root.entries.get(key)?.value
  return node === undefined || isNull(node) ? undefined : shape(node, under(spot, key))
}

function readDefaults(root: MapNode, spot: Spot): Defaults {
  const written = readKey(root, spot, 'default', defaults) ?? {}
  const legacy = [...root.entries.values()].filter(
    (entry) => LEGACY_DEFAULTS.includes(entry.key) && !isNull(entry.value),
  )
  for (const entry of legacy) {
    if (Object.hasOwn(written, entry.key)) {
      spotless(spot, entry, `${entry.key} is defined in top-level and \`default:\` entry`)
    }
  }
  if (legacy.length === 0) return written
  const map: MapNode = { ...root, entries: new Map(legacy.map((entry) => [entry.key, entry])) }
  return { ...written, ...defaults(map, spot) }
}

/** An error whose whole text is fixed. */
function spotless(spot: Spot, entry: MapEntry, message: string): void {
  refuse({ ...spot, attribute: '' }, entry, message)
}

function readJobs(root: MapNode, spot: Spot, inherited: Defaults): readonly JobConfig[] {
  const candidates = [...root.entries.values()].filter((entry) => !RESERVED.has(entry.key))
  const jobs: JobConfig[] = []
  let visible = false
  for (const entry of candidates) {
    if (entry.key.startsWith('.')) continue
    const { value } = entry
    if (value.kind !== 'map' || !isJob(value)) {
      const name = { ...spot, attribute: entry.key.replaceAll(' ', '_') }
      refuse(name, entry, 'config should implement the script:, run:, or trigger: keyword')
      continue
    }
    visible = true
    const job = readJob(entry, value, under(spot, entry.key), inherited)
    if (job !== undefined) jobs.push(job)
  }
  if (!visible) refuse(spot, root, 'should contain at least one visible job')
  return jobs
}

function isJob(map: MapNode): boolean {
  return ['script', 'run', 'trigger'].some((key) => map.entries.has(key))
}

/** `.pre` first and `.post` last, wherever they were written (reference A12). */
function withEdges(stages: readonly string[]): readonly string[] {
  const inner = stages.filter((stage) => stage !== '.pre' && stage !== '.post')
  return ['.pre', ...new Set(inner), '.post']
}
