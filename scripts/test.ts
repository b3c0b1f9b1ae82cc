/** `npm test`: types, lint and format, then every test. The last line is the count, made from the test runner's own report. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from './check.ts'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly numFailedTestSuites: number
}

const failedChecks = check()
const folder = mkdtempSync(join(tmpdir(), 'countersign-report-'))
const reportFile = join(folder, 'report.json')
const vitest = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...process.argv.slice(2)],
  { stdio: 'inherit', cwd: join(import.meta.dirname, '..') },
)
const report = read(reportFile)
rmSync(folder, { recursive: true, force: true })
if (failedChecks.length > 0) process.stdout.write(`Failed before any test: ${failedChecks.join(', ')}\n`)
if (report === null) {
  process.stdout.write('The test runner left no report.\n')
  process.exit(1)
}
// A file that could not be loaded has no tests to count; it must not look like success.
const broken = report.numFailedTests === 0 && status !== 0 ? Math.max(report.numFailedTestSuites, 1) : 0
const failed = report.numFailedTests + broken + failedChecks.length
const skipped = report.numPendingTests + report.numTodoTests
process.stdout.write(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exit(failed > 0 ? 1 : 0)

function read(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch {
    return null
  }
}
