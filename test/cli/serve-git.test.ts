import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-no-git-'))
  return () => rm(dir, { recursive: true, force: true })
})

/** `countersign serve` with a PATH that leads nowhere else. */
function serve(): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { PATH: dir, HOME: dir, COUNTERSIGN_DATA_DIR: join(dir, 'data'), PORT: '0' }
  const args = ['--disable-warning=ExperimentalWarning', main, 'serve']
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

it('does not start without git, and says what to do', async () => {
  expect(await serve()).toEqual({
    code: 1,
    stdout: '',
    stderr: 'The program git was not found; install git and make sure that PATH leads to it.\n',
  })
  expect(await readdir(dir)).toEqual([])
})

it('does not start with a git that is too old', async () => {
  await writeFile(join(dir, 'git'), '#!/bin/sh\necho git version 2.30.2\n')
  await chmod(join(dir, 'git'), 0o755)
  expect(await serve()).toMatchObject({
    code: 1,
    stderr: 'git 2.36 or newer is needed; this is "git version 2.30.2".\n',
  })
})
