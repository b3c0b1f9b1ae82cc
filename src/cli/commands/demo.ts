/** `countersign demo`: the whole story on a scratch server, then the server stays up to look around. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { createLog } from '../../log.ts'
import { playStory } from '../demo/story.ts'
import { makeTeller, StoryFailure } from '../demo/teller.ts'
import { type RunningServer, serve } from '../serve.ts'
import { withExample } from './options.ts'

export function configureDemo(command: Command): void {
  withExample(command, 'PORT=8080 countersign demo --exit')
    .option('--exit', 'stop at the end of the story; the exit status is 0 if every step came out as it should')
    .action(async (options: { exit?: true }) => {
      process.exitCode = await demo(options.exit === true)
      if (process.exitCode !== 0 || options.exit) process.exit()
    })
}

async function demo(exits: boolean): Promise<number> {
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  const scratch = await mkdtemp(join(tmpdir(), 'countersign-demo-'))
  // PostgreSQL and jobs run under accounts of their own: they pass through here to directories that only they can read.
  await chmod(scratch, 0o711)
  const rootToken = `glpat-${randomBytes(20).toString('hex')}`
  const password = randomBytes(9).toString('base64url')
  const config = readConfig({
    ...process.env,
    DATABASE_URL: undefined,
    COUNTERSIGN_DATA_DIR: join(scratch, 'data'),
    COUNTERSIGN_ROOT_TOKEN: rootToken,
    COUNTERSIGN_ROOT_PASSWORD: password,
    COUNTERSIGN_BUILTIN_RUNNERS: '2',
  })
  if (!config.ok) {
    for (const problem of config.error) process.stderr.write(`${problem}\n`)
    return 1
  }
  let server: RunningServer | null = null
  try {
    server = await serve(config.value, createLog('warn'))
    print(`Countersign is at ${server.url}, with everything it stores in ${scratch}`)
    await playStory({ url: server.url, rootToken, scratch, teller: makeTeller(server.url, print), password })
  } catch (error) {
    process.stderr.write(`\nThe story went wrong: ${error instanceof StoryFailure ? error.message : String(error)}\n`)
    await end(server, scratch)
    return 1
  }
  print('\nEvery step came out as the page says.')
  if (exits) {
    await end(server, scratch)
    return 0
  }
  print(`\n${server.url}\nSign in as developer, maintainer or root with password ${password}`)
  print(`The administrator's token is ${rootToken}. Ctrl-C ends the server and removes ${scratch}`)
  await untilSignal()
  await end(server, scratch)
  return 0
}

async function end(server: RunningServer | null, scratch: string): Promise<void> {
  await server?.stop(true)
  await rm(scratch, { recursive: true, force: true })
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
