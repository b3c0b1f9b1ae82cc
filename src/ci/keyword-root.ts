import type { JobConfig } from './job-config.ts'
import { type Defaults, defaults } from './keyword-default.ts'
import { jobKind, readJob } from './keyword-job.ts'
import { rootVariables } from './keyword-variables.ts'
import { type WorkflowConfig, workflow } from './keyword-workflow.ts'
import { isNull, type MapEntry, type MapNode, mapNode } from './node.ts'
import { nestedStrings, type Shape } from './shape.ts'
import { refuse, refuseBare, rootSpot, type Spot, under } from './spot.ts'
import type { CiError, Variable } from './types.ts'
import { warnings } from './warnings.ts'

/** A whole configuration, every value read. */
export interface RootConfig {
  /** With `.pre` first and `.post` last. */
  readonly stages: readonly string[]
  readonly variables: readonly Variable[]
  readonly workflow: WorkflowConfig
  readonly jobs: readonly JobConfig[]
}

/** Top-level keys that are not jobs (reference A3). */
const RESERVED = new Set(
  'default include stages variables workflow image services cache before_script after_script'.split(' '),
)
/** Keys that may stand at the top level in place of `default`. */
const LEGACY_DEFAULTS = new Set(['image', 'services', 'cache', 'before_script', 'after_script'])

export interface RootReading {
  /** Of use only when there are no errors. */
  readonly config: RootConfig
  readonly errors: readonly CiError[]
  readonly warnings: readonly string[]
}

/** Reads the merged configuration, and reports everything that is wrong with it. */
export function readRoot(root: MapNode): RootReading {
  const errors: CiError[] = []
  const spot = rootSpot(errors)
  const inherited = readDefaults(root, spot)
  const stages = readKey(root, spot, 'stages', nestedStrings) ?? ['build', 'test', 'deploy']
  const variables = readKey(root, spot, 'variables', rootVariables) ?? []
  const flow = readKey(root, spot, 'workflow', workflow) ?? { rules: null, name: null, autoCancel: null }
  const jobs = readJobs(root, under(spot, 'jobs'), inherited)
  const config = { stages: withEdges(stages), variables, workflow: flow, jobs }
  return { config, errors, warnings: errors.length === 0 ? warnings(config) : [] }
}

function readKey<T>(root: MapNode, spot: Spot, key: string, shape: Shape<T>): T | undefined {
  const node = root.entries.get(key)?.value
  return node === undefined || isNull(node) ? undefined : shape(node, under(spot, key))
}

function readDefaults(root: MapNode, spot: Spot): Defaults {
  const written = readKey(root, spot, 'default', defaults) ?? {}
  const legacy = [...root.entries.values()].filter((entry) => LEGACY_DEFAULTS.has(entry.key) && !isNull(entry.value))
  if (legacy.length === 0) return written
  for (const entry of legacy) {
    if (!Object.hasOwn(written, entry.key)) continue
    refuseBare(spot, entry, `${entry.key} is defined in top-level and \`default:\` entry`)
  }
  return { ...written, ...defaults(mapNode(new Map(legacy.map((entry) => [entry.key, entry])), root), spot) }
}

function readJobs(root: MapNode, spot: Spot, inherited: Defaults): readonly JobConfig[] {
  const jobs: JobConfig[] = []
  let visible = false
  for (const entry of root.entries.values()) {
    if (RESERVED.has(entry.key) || entry.key.startsWith('.')) continue
    const kind = entry.value.kind === 'map' ? jobKind(entry.value) : null
    if (kind === null || entry.value.kind !== 'map') {
      noJob(entry, spot)
      continue
    }
    visible = true
    const job = readJob(entry, entry.value, kind, under(spot, entry.key), inherited)
    if (job !== undefined) jobs.push(job)
  }
  if (!visible) refuse(spot, root, 'should contain at least one visible job')
  return jobs
}

function noJob(entry: MapEntry, spot: Spot): void {
  const name = { ...spot, attribute: entry.key.replaceAll(/\s/g, '_') }
  refuse(name, entry, 'config should implement the script:, run:, or trigger: keyword')
}

/** `.pre` first and `.post` last, wherever they were written (reference A12). */
export function withEdges(stages: readonly string[]): readonly string[] {
  const inner = stages.filter((stage) => stage !== '.pre' && stage !== '.post')
  return ['.pre', ...new Set(inner), '.post']
}
