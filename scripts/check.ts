/** Types, lint (with the import walls) and format; every tool runs even if an earlier one failed. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const bin = (name: string) => join(import.meta.dirname, '..', 'node_modules', '.bin', name)

const steps: [string, string[]][] = [
  ['tsc', ['--noEmit', '-p', '.']],
  ['tsc', ['--noEmit', '-p', 'src/web']],
  ['oxlint', ['--type-aware', '--deny-warnings', '.']],
  ['biome', ['check', '.']],
]

/** Runs all checks and returns the names of those that failed. */
export function check(): string[] {
  return steps
    .filter(([tool, args]) => spawnSync(bin(tool), args, { stdio: 'inherit' }).status !== 0)
    .map(([tool, args]) => (args.includes('src/web') ? `${tool} of the pages` : tool))
}

if (import.meta.main) {
  const failed = check()
  if (failed.length > 0) process.stderr.write(`check failed: ${failed.join(', ')}\n`)
  process.exit(failed.length > 0 ? 1 : 0)
}
