/** Kinds of artifacts a runner may upload: the archive and the reports, each in the one format that it has. */
import { REPORT_TYPES } from '../ci/report-types.ts'

export interface ArtifactType {
  readonly format: 'zip' | 'gzip' | 'raw'
  readonly fileName: string
  readonly maxBytes: number
}

const mib = 1024 * 1024

/** GitLab's limits of single report types, in bytes; everything else has the limit of archives. */
const smaller: Readonly<Record<string, number>> = {
  dotenv: 64 * 1024,
  annotations: 80 * 1024,
  terraform: 5 * mib,
  cyclonedx: 5 * mib,
  lsif: 200 * mib,
  scip: 200 * mib,
}
const archiveLimit = 1024 * mib

/** Null for a type that there is not. */
export function artifactType(name: string): ArtifactType | null {
  if (name === 'archive') return { format: 'zip', fileName: 'artifacts.zip', maxBytes: archiveLimit }
  const report = name === 'cobertura' || name === 'jacoco' ? coverageReport(name) : REPORT_TYPES[name]
  return report ? { ...report, maxBytes: smaller[name] ?? archiveLimit } : null
}

/** `coverage_report` in the configuration; on the wire its format is the type. */
function coverageReport(name: 'cobertura' | 'jacoco') {
  return { format: 'gzip' as const, fileName: `${name}-coverage.xml` }
}
