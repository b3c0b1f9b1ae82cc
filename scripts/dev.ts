/** `npm run dev`: the server with a scratch of its own below .countersign/, started again whenever a source file changes. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const child = spawn(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', '--watch-path=src', '--watch-preserve-output', 'src/cli/main.ts', 'serve'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { COUNTERSIGN_DATA_DIR: join(root, '.countersign'), COUNTERSIGN_BUILTIN_RUNNERS: '2', ...process.env },
  },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
