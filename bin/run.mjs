#!/usr/bin/env node
// Runs one of the project's tasks with the Node version that the lockfile pins, installing dependencies first when they are
// missing or older than the lockfile. Plain JavaScript for Node >= 20 because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tasks = {
  start: ['src/cli/main.ts', 'serve'],
  demo: ['src/cli/main.ts', 'demo'],
  dev: ['scripts/dev.ts'],
  check: ['scripts/check.ts'],
  test: ['scripts/test.ts'],
  bench: ['bench/run.ts'],
  cli: ['src/cli/main.ts'],
}

/** Installs from the lockfile unless the installed tree was made from this very lockfile. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.countersign-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write('Installing dependencies (once, about half a minute)...\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // `install --no-save` and not `ci`: ci refuses a lockfile in which a registry lacked another platform's optional package.
  const result = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (result.status !== 0) {
    process.stderr.write('npm install failed; see its message above. Nothing was started.\n')
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}

/** The pinned Node when its package exists for this platform, else the running one if it is new enough. */
function nodeProgram() {
  const pinned = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(pinned)) return pinned
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  process.stderr.write(
    `Countersign needs Node 22.18 or newer; this is ${process.versions.node} and no pinned Node exists for ${process.platform}-${process.arch}.\n`,
  )
  return process.exit(1)
}

/** The tasks that serve pages. */
const serving = ['start', 'demo', 'dev']

/** Builds the pages unless they were built from these very sources; says so in one line, and nothing otherwise. */
function buildPages() {
  const build = [join(root, 'scripts', 'build-web.ts'), '--if-stale']
  const result = spawnSync(nodeProgram(), ['--disable-warning=ExperimentalWarning', ...build], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (result.status === 0) return
  process.stderr.write('The pages could not be built; see the message above. Nothing was started.\n')
  process.exit(1)
}

const [name, ...rest] = process.argv.slice(2)
const task = tasks[name]
if (!task) {
  process.stderr.write(`Usage: node bin/run.mjs ${Object.keys(tasks).join('|')} [arguments]\n`)
  process.exit(2)
}
install()
if (serving.includes(name)) buildPages()
const [script, ...args] = task
const child = spawn(nodeProgram(), ['--disable-warning=ExperimentalWarning', join(root, script), ...args, ...rest], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
