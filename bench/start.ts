/** Warm start to the first answer, and the memory of an idle server with its database. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { median, table } from './lib/numbers.ts'

const rounds = 5

export async function run(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  try {
    const first = await round(dataDir, false)
    const warm: number[] = []
    let memory = { server: 0, database: 0 }
    for (let index = 0; index < rounds; index += 1) {
      const result = await round(dataDir, index === rounds - 1)
      warm.push(result.ms)
      memory = result.memory
    }
    table('Start to the first answer of /-/readiness', [
      { start: 'first (makes the database)', ms: first.ms },
      { start: `warm, median of ${rounds}`, ms: median(warm) },
    ])
    table('Idle memory, MB (proportional set size)', [
      { server: memory.server, database: memory.database, together: memory.server + memory.database },
    ])
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function round(
  dataDir: string,
  measure: boolean,
): Promise<{ ms: number; memory: { server: number; database: number } }> {
  const port = await freePort()
  const started = performance.now()
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '..', 'src', 'cli', 'main.ts'), 'serve'],
    {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        COUNTERSIGN_DATA_DIR: dataDir,
        COUNTERSIGN_LOG_LEVEL: 'silent',
      },
    },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    await answering(port)
    const ms = performance.now() - started
    if (!measure || child.pid === undefined) return { ms, memory: { server: 0, database: 0 } }
    // Long enough for what starting left behind to be collected.
    await delay(10_000)
    return { ms, memory: await memoryOf(child.pid) }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function answering(port: number): Promise<void> {
  const end = Date.now() + 60_000
  while (Date.now() < end) {
    const response = await fetch(`http://127.0.0.1:${port}/-/readiness`).catch(() => null)
    if (response?.status === 200) return
    await delay(10)
  }
  throw new Error('the server did not start')
}

/** Of the server's process and of all its descendants, which are PostgreSQL's. */
async function memoryOf(pid: number): Promise<{ server: number; database: number }> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : ''
    const parent = /\) \S (\d+)/.exec(stat)?.[1]
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  const below = (child: number): boolean => {
    const parent = parents.get(child)
    return parent !== undefined && (parent === pid || below(parent))
  }
  let database = 0
  for (const child of parents.keys()) if (below(child)) database += await pss(child)
  return { server: await pss(pid), database }
}

async function pss(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
