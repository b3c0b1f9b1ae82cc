/** Pushes whose server died, or could not save the pipeline, get it later and once. */
import { describe, expect, it } from 'vitest'
import { recoverPushes } from '../../src/app/recover-pushes.ts'
import type { Project } from '../../src/db/projects.ts'
import { notePushes } from '../../src/db/pushes.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { zeroSha } from '../../src/git/ref-name.ts'
import { readHead } from '../../src/git/refs.ts'
import { commitFiles, git, tryGit, until } from '../git/git-fixtures.ts'
import { aProject, type TestUser } from '../helpers/builders.ts'
import { remoteOf, startPush } from '../helpers/git-client.ts'
import { eachInPushWorld, type PushWorld } from '../helpers/push-world.ts'
import { failingInserts, pipelinesOf, unsettled } from '../helpers/repository-world.ts'
import type { TestServer } from '../helpers/server.ts'

const config = 'build:\n  script: make\n'

let server: TestServer
let project: Project
let developer: TestUser
let dir: string
let work: string
let pushed: PushWorld['pushed']
eachInPushWorld((world) => {
  ;({ server, project, developer, dir, work, pushed } = world)
})

const push = (token: string) => tryGit(work, ['push', remoteOf(server, project, token), 'main'])

describe('recovery', () => {
  /** A server noted a push and died; what git did by then is up to the test. */
  async function note(ref: string, beforeSha: string, afterSha: string): Promise<number> {
    const push = { projectId: project.id, userId: developer.id, ref, beforeSha, afterSha, options: [] }
    const [noted] = await inTransaction(server.db, (tx) => notePushes(tx, [push]))
    return noted?.id ?? 0
  }

  /** The commit is in the repository and no ref leads to it. */
  async function delivered(files: Record<string, string>): Promise<string> {
    const sha = await commitFiles(work, files)
    const repository = server.app.repositories.open(project.id)
    await git(work, ['-c', 'safe.directory=*', 'push', '--quiet', '--force', repository.path, `${sha}:refs/keep/it`])
    return sha
  }

  const move = (ref: string, sha: string) =>
    git(dir, ['-c', 'safe.directory=*', '-C', server.app.repositories.open(project.id).path, 'update-ref', ref, sha])

  it('gives an interrupted push its pipeline once, however many servers look', async () => {
    const first = await pushed()
    const sha = await delivered({ '.gitlab-ci.yml': config })
    const id = await note('refs/heads/main', first, sha)
    await move('refs/heads/main', sha)
    await Promise.all([1, 2, 3].map(() => recoverPushes(server.app, 0)))
    expect(await pipelinesOf(server, project)).toMatchObject([
      { sha, before_sha: first, ref: 'main', push_id: id, user_id: developer.id, status: 'pending' },
    ])
    await recoverPushes(server.app, 0)
    expect(await pipelinesOf(server, project)).toHaveLength(1)
    expect(await unsettled(server, project)).toBe(0)
  })

  it('knows a push by what came on top of it', async () => {
    const first = await pushed()
    const sha = await delivered({ '.gitlab-ci.yml': config })
    await note('refs/heads/main', first, sha)
    const later = await delivered({ a: '1' })
    await move('refs/heads/main', later)
    await recoverPushes(server.app, 0)
    expect(await pipelinesOf(server, project)).toMatchObject([{ sha }])
  })

  it('leaves a push alone that has no effect yet, and gives it up after a day', async () => {
    const first = await pushed()
    const sha = await delivered({ '.gitlab-ci.yml': config })
    const id = await note('refs/heads/main', first, sha)
    await recoverPushes(server.app, 0)
    expect(await unsettled(server, project)).toBe(1)
    await inTransaction(server.db, (tx) =>
      tx
        .updateTable('pushes')
        .set({ created_at: new Date(Date.now() - 86_500_000) })
        .where('id', '=', id)
        .execute(),
    )
    await recoverPushes(server.app, 0)
    expect(await unsettled(server, project)).toBe(0)
    expect(await pipelinesOf(server, project)).toEqual([])
  })

  it('leaves young pushes to whoever is at them', async () => {
    const first = await pushed()
    const sha = await delivered({ '.gitlab-ci.yml': config })
    await note('refs/heads/main', first, sha)
    await move('refs/heads/main', sha)
    await recoverPushes(server.app, 120)
    expect(await pipelinesOf(server, project)).toEqual([])
    await recoverPushes(server.app, 0)
    expect(await pipelinesOf(server, project)).toHaveLength(1)
  })

  it('does not take a pipeline from a push that is still being sent', async () => {
    const sha = await commitFiles(work, { '.gitlab-ci.yml': config })
    const socket = await startPush(server, {
      project,
      token: developer.token,
      work,
      sha,
      ref: 'refs/heads/main',
      keep: 20,
    })
    await until(async () => (await unsettled(server, project)) === 1)
    await recoverPushes(server.app, 0)
    socket.write(socket.rest)
    await until(async () => (await pipelinesOf(server, project)).length === 1)
    socket.destroy()
    await until(async () => (await unsettled(server, project)) === 0)
    expect(await pipelinesOf(server, project)).toMatchObject([{ sha }])
  })

  it('is not kept from the others by one that cannot be looked at', async () => {
    const gone = await aProject(server)
    const ours = project
    project = gone
    await note('refs/heads/main', zeroSha, 'a'.repeat(40))
    await server.app.repositories.remove(gone.id)
    project = ours
    const first = await pushed()
    const sha = await delivered({ '.gitlab-ci.yml': config })
    await note('refs/heads/main', first, sha)
    await move('refs/heads/main', sha)
    await recoverPushes(server.app, 0)
    expect(await pipelinesOf(server, ours)).toMatchObject([{ sha }])
    await inTransaction(server.db, (tx) => tx.deleteFrom('projects').where('id', '=', gone.id).execute())
  })

  it('makes the first branch the default one as well', async () => {
    const sha = await delivered({ '.gitlab-ci.yml': config })
    await note('refs/heads/trunk', zeroSha, sha)
    await move('refs/heads/trunk', sha)
    await recoverPushes(server.app, 0)
    expect(await readHead(server.app.repositories.open(project.id))).toBe('trunk')
    expect(await pipelinesOf(server, project)).toMatchObject([{ ref: 'trunk' }])
  })

  it('saves a pipeline that could not be saved when the push was made, which did not fail for it', async () => {
    const sha = await commitFiles(work, { '.gitlab-ci.yml': config })
    const repair = await failingInserts(server, 'pipelines')
    const outcome = await push(developer.token)
    await repair()
    expect(outcome.code).toBe(0)
    expect(outcome.stderr).toContain('remote: The pipeline for refs/heads/main could not be created yet.')
    expect(await unsettled(server, project)).toBe(1)
    await recoverPushes(server.app, 0)
    expect(await pipelinesOf(server, project)).toMatchObject([{ sha, status: 'pending' }])
    expect(await unsettled(server, project)).toBe(0)
  })
})
