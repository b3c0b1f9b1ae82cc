import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { processStart } from './process-tree.ts'

/**
 * Holds a name on this machine until it is released or this process dies (Linux: a socket in the abstract namespace, which the
 * kernel frees). null: somebody else holds it.
 */
export function holdName(name: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen({ path: `\0${name}` }, () => resolve(() => void server.close()))
    server.unref()
  })
}

/**
 * Makes sure that no other runner uses a state directory: it would take the jobs of this one for leftovers and end them.
 * @throws with a sentence for the administrator when another one does
 */
export async function lockStateDir(stateDir: string): Promise<() => void> {
  const refusal = new Error(`Another runner is using the state directory ${stateDir}.`)
  if (process.platform === 'linux') {
    const hash = createHash('sha256').update(realpathSync(stateDir)).digest('hex')
    const release = await holdName(`countersign-runner-${hash.slice(0, 32)}`)
    if (release === null) throw refusal
    return release
  }
  const file = join(stateDir, 'runner.lock')
  const [pid, start] = readLock(file)
  if (pid !== undefined && (await processStart(Number(pid))) === start) throw refusal
  writeFileSync(file, `${process.pid}\n${(await processStart(process.pid)) ?? ''}`, { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

function readLock(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
