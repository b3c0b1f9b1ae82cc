/** `countersign`: the command line. */
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// Halves the time to start. In the account's own directory: Node's default is shared, and others could put code there.
const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
if (existsSync(cache)) enableCompileCache(join(cache, 'countersign'))

const { runCommand } = await import('./run.ts')
await runCommand(process.argv.slice(2))
