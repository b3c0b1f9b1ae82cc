/** Types, lint (with the import walls), format and the numbers of the migrations; every tool runs even if an earlier one failed. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const bin = (name: string) => join(import.meta.dirname, '..', 'node_modules', '.bin', name)

const steps: [string, string[]][] = [
  ['tsc', ['--noEmit', '-p', '.']],
  ['tsc', ['--noEmit', '-p', 'src/web']],
  ['oxlint', ['--type-aware', '--deny-warnings', '.']],
  ['biome', ['check', '.']],
]

/** Two branches that add a migration each choose the same number: seen here, before a server refuses to start. */
function misnumbered(): string[] {
  const names = readdirSync(join(import.meta.dirname, '..', 'src', 'db', 'migrations')).filter((name) =>
    name.endsWith('.sql'),
  )
  const wrong = names.toSorted().filter((name, index) => Number(name.slice(0, 4)) !== index + 1)
  for (const name of wrong) process.stderr.write(`src/db/migrations/${name}: numbers go on without a gap, rename it\n`)
  return wrong.length > 0 ? ['migrations'] : []
}

/** Runs all checks and returns the names of those that failed. */
export function check(): string[] {
  const failed = steps
    .filter(([tool, args]) => spawnSync(bin(tool), args, { stdio: 'inherit' }).status !== 0)
    .map(([tool, args]) => (args.includes('src/web') ? `${tool} of the pages` : tool))
  return [...failed, ...misnumbered()]
}

if (import.meta.main) {
  const failed = check()
  if (failed.length > 0) process.stderr.write(`check failed: ${failed.join(', ')}\n`)
  process.exit(failed.length > 0 ? 1 : 0)
}
