import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { GitError, runGit } from '../../src/git/git-process.ts'
import { maintainRepository } from '../../src/git/maintenance.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import { makeRepository, makeStore, until } from './git-fixtures.ts'

let repo: Repository
beforeEach(async () => {
  const fixture = await makeStore()
  repo = await makeRepository(fixture.store, 1)
  return () => fixture.close()
})

it('is stopped by a signal, together with what git has started', async () => {
  const stop = new AbortController()
  const pidFile = join(repo.path, 'pid')
  // In place of a long repack: a program that git starts and that has its output open.
  const slow = ['-c', `alias.slow=!echo $$ >'${pidFile}'; exec sleep 60`, 'slow']
  const running = runGit(repo, slow, { signal: stop.signal })
  const pid = async () => Number(await readFile(pidFile, 'utf8').catch(() => '0'))
  await until(async () => (await pid()) > 0)
  stop.abort()
  const error = await running.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(GitError)
  expect(String(error)).toContain('was stopped')
  const sleeper = await pid()
  await until(() => !isAlive(sleeper))
})

it('does not begin when the signal has come already', async () => {
  await expect(maintainRepository(repo, undefined, AbortSignal.abort())).rejects.toThrow('was stopped')
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
