import { parseDuration } from './duration.ts'
import { attribute, entry, excludeTogether, type Fields, hashOf, type Read } from './fields.ts'
import { reports } from './keyword-reports.ts'
import { LIMITS } from './limits.ts'
import { isString, type MapNode } from './node.ts'
import { boolean, oneOf, type Shape, shortText, strings, text } from './shape.ts'
import { attributeOf, refuse, type Spot } from './spot.ts'
import type { ArtifactPlan } from './types.ts'

/** `artifacts` (reference A16), already in the runner's form. */
export interface ArtifactsConfig {
  readonly entries: readonly ArtifactPlan[]
  readonly access: 'all' | 'developer' | 'maintainer' | 'none'
  readonly exposeAs: string | null
}

/** A duration or `never`, kept as text: the runner sends it back with the upload. */
export const expiry: Shape<string> = (node, spot) =>
  isString(node) && (node.value.toLowerCase() === 'never' || parseDuration(node.value) !== null)
    ? node.value
    : refuse(spot, node, 'should be a duration')

const exposeAs: Shape<string> = (node, spot) => {
  const value = shortText(LIMITS.exposeAs)(node, spot)
  if (value === undefined || /^\w[-\w ]*$/.test(value)) return value
  return refuse(spot, node, "can contain only letters, digits, '-', '_' and spaces")
}

const FIELDS = {
  name: attribute(text),
  untracked: attribute(boolean),
  paths: attribute(strings),
  exclude: attribute(strings),
  when: attribute(oneOf(['on_success', 'on_failure', 'always'])),
  expire_in: attribute(expiry),
  expose_as: attribute(exposeAs),
  public: attribute(boolean),
  access: attribute(oneOf(['none', 'developer', 'maintainer', 'all'])),
  reports: entry(reports),
} satisfies Fields

export const artifacts: Shape<ArtifactsConfig> = hashOf(FIELDS, (read, node, spot) => {
  excludeTogether(node, spot, ['access', 'public'])
  if (read.expose_as !== undefined) checkExposed(node, spot, read.paths)
  return {
    entries: archiveAndReports(read),
    access: read.access ?? (read.public === false ? 'developer' : 'all'),
    exposeAs: read.expose_as ?? null,
  }
})

function archiveAndReports(read: Read<typeof FIELDS>): readonly ArtifactPlan[] {
  const archive: ArtifactPlan = {
    name: read.name ?? null,
    untracked: read.untracked ?? false,
    paths: read.paths ?? [],
    exclude: read.exclude ?? [],
    when: read.when ?? 'on_success',
    type: 'archive',
    format: 'zip',
    expireIn: read.expire_in ?? null,
  }
  const rest = (read.reports ?? []).map((report) => ({ ...report, expireIn: archive.expireIn }))
  return archive.paths.length > 0 || archive.untracked ? [archive, ...rest] : rest
}

/** The same artifacts with one more path, as a `pages` job has them. */
export function withPath(config: ArtifactsConfig | null, path: string): ArtifactsConfig {
  const archive = config?.entries.find((item) => item.type === 'archive')
  if (archive?.paths.includes(path) === true && config !== null) return config
  const extended: ArtifactPlan = {
    name: null,
    untracked: false,
    exclude: [],
    when: 'on_success',
    type: 'archive',
    format: 'zip',
    expireIn: null,
    ...archive,
    paths: [...(archive?.paths ?? []), path],
  }
  const others = config?.entries.filter((item) => item.type !== 'archive') ?? []
  return { access: config?.access ?? 'all', exposeAs: config?.exposeAs ?? null, entries: [extended, ...others] }
}

function checkExposed(node: MapNode, spot: Spot, paths: readonly string[] | undefined): void {
  const at = attributeOf(spot, 'paths')
  if (paths === undefined || paths.length === 0) refuse(at, node, "can't be blank")
  else if (paths.some((path) => path.includes('*'))) refuse(at, node, "can't contain '*' when used with 'expose_as'")
}
