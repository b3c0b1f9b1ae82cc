import { allowKeys, attribute, entry, type Fields, hashOf, requireKeys } from './fields.ts'
import { isNull } from './node.ts'
import { REPORT_TYPES, type ReportType } from './report-types.ts'
import { oneOf, type Shape, stringOrStrings, text } from './shape.ts'
import { attributeOf, refuse, under } from './spot.ts'
import type { ArtifactPlan } from './types.ts'

const FORMATS = ['cobertura', 'jacoco'] as const

const coverageReport: Shape<ArtifactPlan> = (node, spot) => {
  if (node.kind === 'map' && !requireKeys(node, spot, ['coverage_format', 'path'])) return undefined
  return hashOf(COVERAGE, ({ coverage_format: format, path }) =>
    format === undefined || path === undefined
      ? undefined
      : reportOf(format, { format: 'gzip', fileName: `${format}-coverage.xml` }, [path]),
  )(node, spot)
}

const COVERAGE = {
  coverage_format: attribute(oneOf(FORMATS, `must be one of supported formats: ${FORMATS.join(', ')}.`)),
  path: attribute(text),
} satisfies Fields

const KNOWN: Fields = {
  ...Object.fromEntries(Object.keys(REPORT_TYPES).map((key) => [key, attribute(stringOrStrings)])),
  coverage_report: entry(coverageReport),
}

/** `artifacts:reports`: one upload each (reference A16, E2); `expire_in` is filled in by the caller. */
export const reports: Shape<readonly ArtifactPlan[]> = (node, spot) => {
  if (node.kind !== 'map') return refuse(spot, node, 'should be a hash')
  allowKeys(node, spot, KNOWN)
  return [...node.entries.values()].flatMap(({ key, value }): ArtifactPlan[] => {
    if (isNull(value)) return []
    if (key === 'coverage_report') return [coverageReport(value, under(spot, key)) ?? []].flat()
    const type = REPORT_TYPES[key]
    const paths = type === undefined ? undefined : stringOrStrings(value, attributeOf(spot, key))
    return type === undefined || paths === undefined ? [] : [reportOf(key, type, paths)]
  })
}

function reportOf(type: string, { format, fileName }: ReportType, paths: readonly string[]): ArtifactPlan {
  return { name: fileName, untracked: false, paths, exclude: [], when: 'always', type, format, expireIn: null }
}
