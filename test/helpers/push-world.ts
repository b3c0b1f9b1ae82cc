/** For tests that push with the real git program: a server per file; a project, a developer and a work tree per test. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Project } from '../../src/db/projects.ts'
import { commitFiles, makeWorkTree, tryGit } from '../git/git-fixtures.ts'
import { aMember, aProject, type TestUser } from './builders.ts'
import { remoteOf } from './git-client.ts'
import { startTestServer, type TestServer } from './server.ts'

export interface PushWorld {
  readonly server: TestServer
  readonly project: Project
  readonly developer: TestUser
  /** A directory of this test alone. */
  readonly dir: string
  /** An empty repository on branch `main`. */
  readonly work: string
  /** Commits files to `main` and pushes them as the developer. Answers the commit's id; throws what git said. */
  readonly pushed: (files?: Readonly<Record<string, string>>, message?: string) => Promise<string>
}

/** Hands `use` a new world before every test of this file, and takes everything away after the last one. */
export function eachInPushWorld(use: (world: PushWorld) => void): void {
  let server: TestServer
  let root: string
  let count = 0

  beforeAll(async () => {
    server = await startTestServer()
    root = await mkdtemp(join(tmpdir(), 'countersign-git-http-'))
  })
  afterAll(async () => {
    await server.stop()
    await rm(root, { recursive: true, force: true })
  })
  beforeEach(async () => {
    count += 1
    const project = await aProject(server)
    const developer = await aMember(server, { project }, 'developer')
    const dir = join(root, String(count))
    await mkdir(dir)
    const work = await makeWorkTree(dir, 'work')
    use({
      server,
      project,
      developer,
      dir,
      work,
      async pushed(files = { 'README.md': 'hello\n' }, message = 'First') {
        const sha = await commitFiles(work, files, message)
        const outcome = await tryGit(work, ['push', remoteOf(server, project, developer.token), 'main'])
        if (outcome.code !== 0) throw new Error(outcome.stderr)
        return sha
      },
    })
  })
}
