import { parseDuration } from './duration.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isString, type MapNode, only, without } from './node.ts'
import { REPORT_TYPES, type ReportType } from './report-types.ts'
import {
  attribute,
  boolean,
  child,
  type Field,
  type Fields,
  hash,
  oneOf,
  readFields,
  requireKeys,
  type Shape,
  shortText,
  stringOrStrings,
  strings,
  text,
} from './shape.ts'
import { refuse, type Spot } from './spot.ts'
import type { ArtifactPlan } from './types.ts'

/** `artifacts` (reference A16), already in the runner's form. */
export interface ArtifactsConfig {
  readonly entries: readonly ArtifactPlan[]
  readonly access: 'all' | 'developer' | 'maintainer' | 'none'
  readonly exposeAs: string | null
}

const WHEN = ['on_success', 'on_failure', 'always'] as const
const ACCESS = ['none', 'developer', 'maintainer', 'all'] as const

const expireIn: Shape<string> = (node, spot) => {
  if (isString(node) && (node.value.toLowerCase() === 'never' || parseDuration(node.value) !== null)) return node.value
  return refuse(spot, node, 'should be a duration')
}

const exposeAs: Shape<string> = (node, spot) => {
  const value = shortText(LIMITS.exposeAs)(node, spot)
  if (value === undefined || /^[\w\-.\s]*$/.test(value)) return value
  return refuse(spot, node, "can contain only letters, digits, '-', '_' and spaces")
}

const FIELDS = {
  name: attribute(text),
  untracked: attribute(boolean),
  paths: attribute(strings),
  exclude: attribute(strings),
  when: attribute(oneOf(WHEN, 'should be on_success, on_failure or always')),
  expire_in: attribute(expireIn),
  expose_as: attribute(exposeAs),
  public: attribute(boolean),
  access: attribute(oneOf(ACCESS, 'should be one of: none, developer, maintainer, all')),
  reports: child((node, spot) => readReports(node, spot)),
} satisfies Fields

export const artifacts: Shape<ArtifactsConfig> = (node, spot) => {
  const map = hash(node, spot)
  if (map === undefined) return undefined
  const fields = readFields(map, spot, FIELDS)
  if (fields.public !== undefined && fields.access !== undefined) {
    refuse(spot, map, 'these keys cannot be used together: public, access')
  }
  if (fields.expose_as !== undefined) checkExposed(map, spot, fields.paths)
  const paths = fields.paths ?? []
  const expire = fields.expire_in ?? null
  const archive: ArtifactPlan = {
    name: fields.name ?? null,
    untracked: fields.untracked ?? false,
    paths,
    exclude: fields.exclude ?? [],
    when: fields.when ?? 'on_success',
    type: 'archive',
    format: 'zip',
    expireIn: expire,
  }
  const reports = (fields.reports ?? []).map((report) => ({ ...report, expireIn: expire }))
  return {
    entries: paths.length > 0 || archive.untracked ? [archive, ...reports] : reports,
    access: fields.access ?? (fields.public === false ? 'developer' : 'all'),
    exposeAs: fields.expose_as ?? null,
  }
}

function checkExposed(map: MapNode, spot: Spot, paths: readonly string[] | undefined): void {
  if (paths === undefined) refuse({ ...spot, attribute: 'paths' }, map, "can't be blank")
  else if (paths.some((path) => path.includes('*'))) {
    refuse({ ...spot, attribute: 'paths' }, map, "can't contain '*' when used with 'expose_as'")
  }
}

function readReports(node: CiNode, spot: Spot): readonly ArtifactPlan[] | undefined {
  const map = hash(node, spot)
  if (map === undefined) return undefined
  const { coverage_report: coverage } = readFields(only(map, 'coverage_report'), spot, COVERAGE_FIELD)
  const plain = readFields(without(map, ['coverage_report']), spot, PLAIN_REPORTS)
  const reports = Object.entries(plain).map(([type, paths]) =>
    report(type, REPORT_TYPES[type] ?? { format: 'raw', fileName: `${type}.json` }, paths ?? []),
  )
  if (coverage === undefined) return reports
  const fileName = `${coverage.format}-coverage.xml`
  return [...reports, report(coverage.format, { format: 'gzip', fileName }, [coverage.path])]
}

function report(type: string, { format, fileName }: ReportType, paths: readonly string[]): ArtifactPlan {
  return { name: fileName, untracked: false, paths, exclude: [], when: 'always', type, format, expireIn: null }
}

interface CoverageReport {
  readonly format: 'cobertura' | 'jacoco'
  readonly path: string
}

const coverageReport: Shape<CoverageReport> = (node, spot) => {
  const map = hash(node, spot)
  if (map === undefined || !requireKeys(map, spot, ['coverage_format', 'path'])) return undefined
  const { coverage_format: format, path } = readFields(map, spot, {
    coverage_format: attribute(oneOf(['cobertura', 'jacoco'], 'must be one of supported formats: cobertura, jacoco.')),
    path: attribute(text),
  })
  return format === undefined || path === undefined ? undefined : { format, path }
}

const PLAIN_REPORTS: Readonly<Record<string, Field<readonly string[]>>> = Object.fromEntries(
  Object.keys(REPORT_TYPES).map((key) => [key, attribute(stringOrStrings)]),
)
const COVERAGE_FIELD = { coverage_report: child(coverageReport) } satisfies Fields
