import { spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { ask, askSecret, canAsk, confirm, secretFromInput, type Terminal } from '../../src/cli/ask.ts'
import { aDeploymentWorld, type DeploymentWorld, deploymentOf, protect, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { as, mainFile, scratchDir } from './helpers/run.ts'

/** A terminal whose person types `keys`, and what it shows. */
function typing(keys: string, isTTY = true): { readonly on: Terminal; readonly shown: () => string } {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = Object.assign(new PassThrough(), { isTTY })
  input.write(keys)
  return { on: { input, output }, shown: () => String(output.read() ?? '') }
}

test.each([
  ['y\r', true],
  ['YES\r', true],
  [' y \r', true],
  ['\r', false],
  ['n\r', false],
  ['yep\r', false],
  ['approve\r', false],
])('%j answers %s', async (keys, expected) => {
  expect(await confirm('Really?', typing(keys).on)).toBe(expected)
})

test('the question is shown with its default', async () => {
  const { on, shown } = typing('\r')
  await confirm('Really?', on)
  expect(shown()).toContain('Really? [y/N] ')
})

test.each([
  ['end of input', '\u0004'],
  ['interrupt', '\u0003'],
])('%s is no answer', async (_, key) => {
  await expect(ask('Who?', typing(key).on)).rejects.toMatchObject({ status: 1 })
})

test('a secret is not shown', async () => {
  const { on, shown } = typing('hunter2\r')
  expect(await askSecret('Token: ', on)).toBe('hunter2')
  expect(shown()).toBe('Token: \n')
})

test('only two ends of a terminal are somebody to ask', () => {
  expect(canAsk(typing('').on)).toBe(true)
  const half = { input: typing('').on.input, output: typing('', false).on.output }
  expect(canAsk(half)).toBe(false)
  expect(canAsk(typing('', false).on)).toBe(false)
})

test.each([
  ['one line', 'secret\n', 'secret'],
  ['without line feed', 'secret', 'secret'],
  ['with carriage return', 'secret\r\n', 'secret'],
  ['spaces are kept', ' s \n', ' s '],
])('a secret from a pipe: %s', async (_, given, expected) => {
  const input = new PassThrough()
  input.end(given)
  expect(await secretFromInput('token', input)).toBe(expected)
})

// The program of util-linux gives a command a terminal of its own; other systems have another one of that name.
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

describe.skipIf(!hasScript)('on a real terminal', () => {
  let server: TestServer
  let world: DeploymentWorld
  let id: number
  beforeAll(async () => {
    server = await startTestServer()
    world = await aDeploymentWorld(server)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      required_approval_count: 1,
    })
    id = (await deploymentOf(world, (await push(world)).pipelineId)).id
    return () => server.stop()
  })

  const approve = (typed: string) => {
    const command = `'${process.execPath}' '${mainFile}' deployments approve ${world.project.full_path} ${id}`
    return onTerminal(command, [['[y/N]', typed]], as(world.maintainer, server))
  }
  const votes = () => server.db.selectFrom('deployment_approvals').select('status').execute()

  test('no is no, and yes is a vote', async () => {
    const no = await approve('n\n')
    expect(no.output).toContain(world.developer.username)
    expect(no.output).toContain('Approve this deployment to production? [y/N]')
    expect(no).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was done.') })
    expect(await votes()).toEqual([])
    expect(await approve('y\n')).toMatchObject({ code: 0, output: expect.stringContaining('Approved:') })
    expect(await votes()).toEqual([{ status: 'approved' }])
  })

  test('login asks for the server and for a token that it does not show', async () => {
    const scratch = await scratchDir()
    const answers = [
      ['URL of the server: ', `${server.url}\n`],
      ['not shown): ', `${world.maintainer.token}\n`],
    ] as const
    const done = await onTerminal(`'${process.execPath}' '${mainFile}' login`, answers, {
      XDG_CONFIG_HOME: scratch.path,
    })
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining(`as ${world.maintainer.username}.`) })
    expect(done.output).not.toContain(world.maintainer.token)
    const stored = await readFile(join(scratch.path, 'countersign', 'credentials.json'), 'utf8')
    expect(JSON.parse(stored)).toEqual({ url: server.url, token: world.maintainer.token })
    await scratch.remove()
  })
})

/** Runs a command with a terminal, and answers each question once it is shown. */
async function onTerminal(
  command: string,
  answers: readonly (readonly [question: string, typed: string])[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'pipe',
  })
  const left = [...answers]
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    const [question, typed] = left[0] ?? []
    if (question === undefined || !output.includes(question)) return
    left.shift()
    child.stdin.write(typed ?? '')
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
