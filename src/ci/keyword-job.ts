import type { When } from '../domain/plan.ts'
import { attribute, entry, excludeTogether, type Fields, has, type Read, readFields } from './fields.ts'
import type { JobConfig } from './job-config.ts'
import { allowFailure } from './keyword-allow-failure.ts'
import { withPath } from './keyword-artifacts.ts'
import { DEFAULTABLE, type Defaults } from './keyword-default.ts'
import { environment } from './keyword-environment.ts'
import { secrets } from './keyword-id-tokens.ts'
import { inherit } from './keyword-inherit.ts'
import { jobInputs } from './keyword-job-inputs.ts'
import { needs } from './keyword-needs.ts'
import { policy } from './keyword-only-except.ts'
import { pages } from './keyword-pages.ts'
import { bridgeParallel, parallel } from './keyword-parallel.ts'
import { release } from './keyword-release.ts'
import { jobRules } from './keyword-rules.ts'
import { trigger } from './keyword-trigger.ts'
import { jobVariables } from './keyword-variables.ts'
import { LIMITS } from './limits.ts'
import { isNull, type MapEntry, type MapNode } from './node.ts'
import {
  boolean,
  commands,
  duration,
  oneOf,
  regularExpression,
  type Shape,
  stringOrStrings,
  strings,
  text,
} from './shape.ts'
import { attributeOf, refuse, refuseBare, type Spot } from './spot.ts'

/** Keywords that say nothing here but what is refused. */
const unsupported: Shape<never> = (node, spot) => refuse(spot, node, 'is not supported')

/** Keys of every job (reference A4). */
const COMMON = {
  stage: entry(text),
  extends: attribute(stringOrStrings),
  variables: entry(jobVariables),
  inherit: entry(inherit),
  rules: entry(jobRules),
  only: entry(policy),
  except: entry(policy),
  needs: entry(needs),
  environment: entry(environment),
  resource_group: attribute(text),
  interruptible: entry(boolean),
} satisfies Fields

/** Keys of a job that a runner runs. */
const BUILD = {
  ...COMMON,
  ...DEFAULTABLE,
  script: entry(commands),
  when: attribute(oneOf(['on_success', 'on_failure', 'always', 'manual', 'delayed'])),
  start_in: attribute(duration(LIMITS.startIn)),
  allow_failure: entry(allowFailure),
  manual_confirmation: attribute(text),
  dependencies: attribute(strings),
  parallel: entry(parallel),
  coverage: entry(regularExpression),
  release: entry(release),
  pages: entry(pages),
  publish: entry(text),
  secrets: entry(secrets),
  inputs: entry(jobInputs),
  run: entry(unsupported),
  identity: entry(unsupported),
} satisfies Fields

/** Keys of a job that triggers a pipeline. */
const BRIDGE = {
  ...COMMON,
  when: attribute(oneOf(['on_success', 'on_failure', 'always', 'manual'])),
  allow_failure: attribute(boolean),
  trigger: entry(trigger),
  parallel: entry(bridgeParallel),
} satisfies Fields

export type JobKind = 'build' | 'bridge'

/** What a hash would be as a job: something a runner runs, something that triggers, or no job at all. */
export function jobKind(map: MapNode): JobKind | null {
  if (map.entries.has('script') || map.entries.has('run')) return 'build'
  return map.entries.has('trigger') || map.entries.has('needs') ? 'bridge' : null
}

/** Reads one visible job. */
export function readJob(
  entry: MapEntry,
  map: MapNode,
  kind: JobKind,
  spot: Spot,
  defaults: Defaults,
): JobConfig | undefined {
  if (entry.key.length > LIMITS.name) {
    return refuse(attributeOf(spot, 'name'), entry, `is too long (maximum is ${LIMITS.name} characters)`)
  }
  excludeTogether(map, spot, ['script', 'trigger'])
  excludeTogether(map, spot, ['run', 'trigger'])
  checkRulesAlone(map, spot)
  return kind === 'build' ? readBuild(entry, map, spot, defaults) : readBridge(entry, map, spot, defaults)
}

function readBuild(entry: MapEntry, map: MapNode, spot: Spot, defaults: Defaults): JobConfig {
  for (const key of ['script', 'before_script', 'after_script']) excludeTogether(map, spot, [key, 'run'])
  if (!map.entries.has('run') && !hasScript(map)) refuse(attributeOf(spot, 'script'), map, "can't be blank")
  const read = readFields(map, spot, BUILD)
  checkStartIn(map, spot, read.when)
  checkDependencies(map, spot, read)
  const publish = readPublishing(entry, map, spot, read)
  const own: Read<typeof BUILD> = { ...inheritable(defaults, read.inherit?.default ?? true), ...read }
  return {
    ...commonConfig(entry, read),
    interruptible: own.interruptible ?? false,
    script: own.script ?? [],
    beforeScript: own.before_script ?? [],
    afterScript: own.after_script ?? [],
    when: read.when ?? 'on_success',
    startIn: read.start_in ?? null,
    manualConfirmation: read.manual_confirmation ?? null,
    allowFailure: read.allow_failure?.value ?? read.when === 'manual',
    allowFailureExitCodes: read.allow_failure?.exitCodes ?? [],
    dependencies: read.dependencies ?? null,
    tags: own.tags ?? [],
    image: own.image ?? null,
    services: own.services ?? [],
    artifacts: publish === null ? (own.artifacts ?? null) : withPath(own.artifacts ?? null, publish),
    cache: own.cache ?? [],
    retry: own.retry ?? { max: 0, when: [], exitCodes: [] },
    // GitLab reads a default timeout and does not use it.
    timeout: read.timeout ?? null,
    parallel: read.parallel ?? null,
    coverage: read.coverage ?? null,
    preGetSourcesScript: own.hooks?.pre_get_sources_script ?? [],
    idTokens: own.id_tokens ?? {},
    secrets: read.secrets ?? {},
    release: read.release ?? null,
    inputs: read.inputs ?? [],
  }
}

function readBridge(entry: MapEntry, map: MapNode, spot: Spot, defaults: Defaults): JobConfig {
  const read = readFields(map, spot, BRIDGE)
  if (!map.entries.has('trigger') && map.entries.get('needs')?.value.kind !== 'map') {
    refuse(spot, map, 'should contain either a trigger or a needs:pipeline')
  }
  const inherited = inheritable(defaults, read.inherit?.default ?? true)
  return {
    ...commonConfig(entry, read),
    interruptible: read.interruptible ?? inherited.interruptible ?? false,
    when: read.when ?? 'on_success',
    allowFailure: read.allow_failure ?? read.when === 'manual',
    parallel: read.parallel ?? null,
    trigger: read.trigger ?? null,
  }
}

function commonConfig(entry: MapEntry, read: Read<typeof COMMON>): JobConfig {
  return {
    ...NOTHING,
    name: entry.key,
    at: { source: entry.source, start: entry.start },
    stage: read.stage ?? 'test',
    variables: read.variables ?? [],
    inheritVariables: read.inherit?.variables ?? true,
    environment: read.environment ?? null,
    rules: read.rules ?? null,
    only: read.only ?? null,
    except: read.except ?? null,
    needs: read.needs ?? null,
    resourceGroup: read.resource_group ?? null,
  }
}

const NOTHING: Omit<JobConfig, 'name' | 'at'> = {
  stage: 'test',
  script: [],
  beforeScript: [],
  afterScript: [],
  variables: [],
  inheritVariables: true,
  environment: null,
  rules: null,
  only: null,
  except: null,
  when: 'on_success',
  startIn: null,
  manualConfirmation: null,
  allowFailure: false,
  allowFailureExitCodes: [],
  needs: null,
  dependencies: null,
  tags: [],
  image: null,
  services: [],
  artifacts: null,
  cache: [],
  retry: { max: 0, when: [], exitCodes: [] },
  timeout: null,
  interruptible: false,
  resourceGroup: null,
  parallel: null,
  coverage: null,
  preGetSourcesScript: [],
  idTokens: {},
  secrets: {},
  trigger: null,
  release: null,
  inputs: [],
}

function inheritable(defaults: Defaults, inherit: boolean | readonly string[]): Defaults {
  if (inherit === true) return defaults
  if (inherit === false) return {}
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => inherit.includes(key)))
}

function hasScript(map: MapNode): boolean {
  const script = map.entries.get('script')?.value
  if (script === undefined || isNull(script)) return false
  return script.kind === 'list' ? script.items.length > 0 : script.kind !== 'scalar' || script.text.trim() !== ''
}

/** `rules` excludes the older ways to decide. */
function checkRulesAlone(map: MapNode, spot: Spot): void {
  if (!has(map, 'rules')) return
  const forbidden = ['only', 'except', 'start_in'].flatMap((key) => (has(map, key) ? (map.entries.get(key) ?? []) : []))
  const [first] = forbidden
  if (first === undefined) return
  refuse(spot, first, `key may not be used with \`rules\`: ${forbidden.map((item) => item.key).join(', ')}`)
}

/** `start_in` belongs to `when: delayed` and to nothing else. */
function checkStartIn(map: MapNode, spot: Spot, when: When | undefined): void {
  const startIn = map.entries.get('start_in')
  const written = startIn !== undefined && !isNull(startIn.value)
  if (when === 'delayed' && !written) refuse(attributeOf(spot, 'start_in'), map, 'should be a duration')
  if (written && (when !== 'delayed' || has(map, 'rules')))
    refuse(attributeOf(spot, 'start_in'), startIn, 'must be blank')
}

function checkDependencies(map: MapNode, spot: Spot, read: Read<typeof BUILD>): void {
  const { dependencies = [], needs: needed = [] } = read
  if (needed.length === 0) return
  const names = new Set(needed.map((need) => need.job))
  const missing = dependencies.filter((name) => !names.has(name))
  if (missing.length === 0) return
  const at = map.entries.get('dependencies')?.value ?? map
  refuse(attributeOf(spot, 'dependencies'), at, `the ${missing.join(', ')} should be part of needs`)
}

/** The directory a pages job publishes; null for other jobs. */
function readPublishing(entry: MapEntry, map: MapNode, spot: Spot, read: Read<typeof BUILD>): string | null {
  const isPages = read.pages === undefined ? entry.key === 'pages' : read.pages.enabled
  const publish = map.entries.get('publish')
  if (!isPages && publish !== undefined && !isNull(publish.value)) {
    refuse(attributeOf(spot, 'publish'), publish, 'can only be used within a `pages` job')
  }
  if (isPages && (read.pages?.publish ?? null) !== null && read.publish !== undefined) {
    refuseBare(
      spot,
      publish ?? entry,
      `${entry.key} job: use either ${entry.key}:publish or ${entry.key}:pages:publish`,
    )
  }
  return isPages ? (read.pages?.publish ?? read.publish ?? 'public') : null
}
