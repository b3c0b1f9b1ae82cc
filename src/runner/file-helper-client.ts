import { mkdir, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { FileHelperRequest, FileHelperResult } from './file-helper-protocol.ts'
import { readAll } from './run-shell.ts'
import type { Sandbox } from './sandbox.ts'

const resultSchema = z.union([
  z.object({ ok: z.literal(true), count: z.int(), notes: z.array(z.string()) }),
  z.object({ ok: z.literal(false), problem: z.string(), notes: z.array(z.string()) }),
])

/** The helper stands beside this file, as TypeScript or as built JavaScript. */
const HELPER = fileURLToPath(new URL(`./file-helper${extname(import.meta.url)}`, import.meta.url))

/** Has the helper do something under the job's account; `abort` ends it. Never throws. */
export async function askFileHelper(
  sandbox: Sandbox,
  request: FileHelperRequest,
  env: Readonly<Record<string, string>>,
  abort: AbortSignal,
): Promise<FileHelperResult> {
  const { child, ended } = sandbox.spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HELPER], {
    cwd: '/',
    // Nothing else of the job's environment: this starts under the runner's account, and NODE_OPTIONS or LD_PRELOAD are code.
    env: { PATH: env.PATH ?? '', HOME: env.HOME ?? '/' },
    stdio: ['pipe', 'pipe', 'pipe'],
    asRunner: true,
  })
  const stop = (): void => void sandbox.end(0)
  if (abort.aborted) stop()
  abort.addEventListener('abort', stop, { once: true })
  const output = child.stdout === null ? Promise.resolve(Buffer.alloc(0)) : readAll(child.stdout)
  const complaint = child.stderr === null ? Promise.resolve(Buffer.alloc(0)) : readAll(child.stderr)
  output.catch(() => {})
  complaint.catch(() => {})
  child.stdin?.on('error', () => {})
  child.stdin?.end(JSON.stringify(request))
  const end = await ended
  abort.removeEventListener('abort', stop)
  try {
    return resultSchema.parse(JSON.parse((await output).toString('utf8')))
  } catch {
    const said = await complaint.then((bytes) => bytes.toString('utf8').trim().slice(0, 500)).catch(() => '')
    const how = end.failure ?? said
    return {
      ok: false,
      problem: abort.aborted ? 'stopped' : `the file helper failed: ${how || end.signal || end.code}`,
      notes: [],
    }
  }
}

/** A name for a temporary file in the runner's private spool; removed by {@link discardSpool}. */
export async function spoolFile(stateDir: string, name: string): Promise<string> {
  await mkdir(join(stateDir, 'spool'), { recursive: true, mode: 0o700 })
  return join(stateDir, 'spool', name)
}

export async function discardSpool(file: string): Promise<void> {
  await rm(file, { force: true })
}
