/** How the file of a report travels (reference A16, E2): `raw` is exactly one file, `gzip` one member per file. */
export interface ReportType {
  readonly format: 'zip' | 'gzip' | 'raw'
  readonly fileName: string
}

const raw = (fileName: string): ReportType => ({ format: 'raw', fileName })
const gzip = (fileName: string): ReportType => ({ format: 'gzip', fileName })

/** The keys of `artifacts:reports`, except `coverage_report`, which has a form of its own. */
export const REPORT_TYPES: Readonly<Record<string, ReportType>> = {
  junit: gzip('junit.xml'),
  codequality: raw('gl-code-quality-report.json'),
  sast: raw('gl-sast-report.json'),
  secret_detection: raw('gl-secret-detection-report.json'),
  dependency_scanning: raw('gl-dependency-scanning-report.json'),
  container_scanning: raw('gl-container-scanning-report.json'),
  cluster_image_scanning: raw('gl-cluster-image-scanning-report.json'),
  dast: raw('gl-dast-report.json'),
  performance: raw('performance.json'),
  browser_performance: raw('browser-performance.json'),
  load_performance: raw('load-performance.json'),
  license_scanning: raw('gl-license-scanning-report.json'),
  metrics: gzip('metrics.txt'),
  lsif: { format: 'zip', fileName: 'lsif.json' },
  scip: { format: 'zip', fileName: 'index.scip' },
  dotenv: gzip('.env'),
  terraform: raw('tfplan.json'),
  accessibility: raw('gl-accessibility.json'),
  coverage_fuzzing: raw('gl-coverage-fuzzing.json'),
  api_fuzzing: raw('gl-api-fuzzing-report.json'),
  requirements: raw('requirements.json'),
  requirements_v2: raw('requirements_v2.json'),
  cyclonedx: gzip('gl-sbom.cdx.json'),
  annotations: gzip('gl-annotations.json'),
  repository_xray: gzip('gl-repository-xray.json'),
  sarif: raw('gl-sarif-report.json'),
}
