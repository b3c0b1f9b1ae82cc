/** What a push over HTTP brings about, with the real git program. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Project } from '../../src/db/projects.ts'
import { readRef } from '../../src/git/object-reader.ts'
import { zeroSha } from '../../src/git/ref-name.ts'
import { listRefs, readHead } from '../../src/git/refs.ts'
import { commitFiles, git, tryGit, until } from '../git/git-fixtures.ts'
import type { TestUser } from '../helpers/builders.ts'
import { remoteOf, startPush } from '../helpers/git-client.ts'
import { eachInPushWorld, type PushWorld } from '../helpers/push-world.ts'
import { pipelinesOf, unsettled } from '../helpers/repository-world.ts'
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

/** The address of a project, with credentials when there are any. */
const remote = (token?: string, of = project) => remoteOf(server, of, token)

const push = (token: string | undefined, refs: readonly string[] = ['main']) =>
  tryGit(work, ['push', remote(token), ...refs])

describe('a push', () => {
  it('creates its pipeline exactly once and tells the person where it is', async () => {
    const sha = await commitFiles(work, { '.gitlab-ci.yml': config })
    const outcome = await push(developer.token)
    const pipelines = await pipelinesOf(server, project)
    expect(pipelines).toMatchObject([
      {
        ref: 'main',
        tag: false,
        sha,
        before_sha: zeroSha,
        source: 'push',
        status: 'pending',
        yaml_errors: null,
        user_id: developer.id,
      },
    ])
    const url = `${server.url}/${project.full_path}/-/pipelines/${pipelines[0]?.id}`
    expect(outcome.stderr).toContain(`remote: View pipeline status for main: ${url}`)
    expect(await unsettled(server, project)).toBe(0)
    // Nothing new to push: nothing new to run.
    expect((await push(developer.token)).stderr).toContain('Everything up-to-date')
    expect(await pipelinesOf(server, project)).toHaveLength(1)
    const next = await commitFiles(work, { b: '1' })
    await push(developer.token)
    expect((await pipelinesOf(server, project)).slice(1)).toMatchObject([{ sha: next, before_sha: sha }])
  })

  it('creates none without a configuration', async () => {
    await pushed()
    expect(await pipelinesOf(server, project)).toEqual([])
    expect(await unsettled(server, project)).toBe(0)
  })

  it('reads .gitlab-ci.yaml where there is no .gitlab-ci.yml', async () => {
    await pushed({ '.gitlab-ci.yaml': config })
    expect(await pipelinesOf(server, project)).toMatchObject([{ status: 'pending' }])
  })

  it.each([
    ['not YAML', 'build:\n  script: [make\n', /line 3, column 1/],
    ['a job that does nothing', 'build:\n  image: x\n', /jobs build config.*line 1, column 1/],
    ['an unknown keyword', 'ok:\n  script: x\nbuild:\n  script: x\n  retries: 3\n', /retries.*line 5, column 3/],
  ])('of %s creates a failed pipeline that names the place', async (_, text, place) => {
    await pushed({ '.gitlab-ci.yml': text })
    expect(await pipelinesOf(server, project)).toMatchObject([
      { status: 'failed', yaml_errors: expect.stringMatching(place) },
    ])
    const jobs = await server.db.selectFrom('jobs').select('id').where('project_id', '=', project.id).execute()
    expect(jobs).toEqual([])
  })

  it.each(['Fix [ci skip]', 'Fix [skip ci]', 'Fix\n\nand say [CI-SKIP] below'])(
    'with the message %j is skipped',
    async (message) => {
      await pushed({ '.gitlab-ci.yml': config }, message)
      expect(await pipelinesOf(server, project)).toMatchObject([{ status: 'skipped' }])
    },
  )

  it('obeys ci.skip, ci.no_pipeline and ci.variable', async () => {
    await commitFiles(work, { '.gitlab-ci.yml': config })
    const options = (...all: string[]) => all.flatMap((option) => ['-o', option])
    await git(work, ['push', '-q', ...options('ci.skip'), remote(developer.token), 'main'])
    expect(await pipelinesOf(server, project)).toMatchObject([{ status: 'skipped' }])
    await git(work, ['push', '-q', ...options('ci.no_pipeline'), remote(developer.token), 'main:other'])
    expect(await pipelinesOf(server, project)).toHaveLength(1)
    const variables = options('ci.variable=TARGET=eu west=1', 'ci.variable=EMPTY=')
    await git(work, ['push', '-q', ...variables, remote(developer.token), 'main:third'])
    const third = (await pipelinesOf(server, project)).at(-1)
    expect(third).toMatchObject({ ref: 'third', status: 'pending' })
    const stored = await server.db
      .selectFrom('pipeline_variables')
      .select(['key', 'value'])
      .where('pipeline_id', '=', third?.id ?? 0)
      .orderBy('key')
      .execute()
    expect(stored).toEqual([
      { key: 'EMPTY', value: '' },
      { key: 'TARGET', value: 'eu west=1' },
    ])
  })

  it('T9 of tags creates pipelines of tags', async () => {
    const sha = await pushed({ '.gitlab-ci.yml': config })
    await git(work, ['tag', 'v1'])
    await git(work, ['tag', '-a', '-m', 'Main as a tag', 'main'])
    await push(developer.token, ['refs/tags/v1', 'refs/tags/main'])
    const pipelines = (await pipelinesOf(server, project)).slice(1)
    expect(pipelines.map(({ ref, tag, sha }) => ({ ref, tag, sha }))).toEqual(
      expect.arrayContaining([
        { ref: 'v1', tag: true, sha },
        { ref: 'main', tag: true, sha },
      ]),
    )
    expect(pipelines).toHaveLength(2)
  })

  it('of a tag has every change, also when the tag is moved', async () => {
    await pushed({ '.gitlab-ci.yml': 'build:\n  script: make\n  rules:\n    - changes: [docs/*]\n' })
    await git(work, ['tag', 'v1'])
    await push(developer.token, ['refs/tags/v1'])
    const sha = await commitFiles(work, { b: '1' })
    await git(work, ['tag', '--force', 'v1'])
    await push(developer.token, ['main', '+refs/tags/v1'])
    const pipelines = (await pipelinesOf(server, project)).slice(2)
    expect(pipelines).toMatchObject([{ ref: 'v1', tag: true, sha, status: 'pending' }])
  })

  it('that deletes creates nothing, and cannot delete the default branch', async () => {
    const sha = await pushed({ '.gitlab-ci.yml': config })
    await push(developer.token, ['main:gone'])
    const before = await pipelinesOf(server, project)
    expect((await push(developer.token, [':gone'])).code).toBe(0)
    const refused = await push(developer.token, [':main', 'main:new'])
    expect(refused.stderr).toContain('remote: The default branch of a project cannot be deleted.')
    const branches = await listRefs(server.app.repositories.open(project.id), 'branch')
    expect(branches.map(({ name, target }) => [name, target])).toEqual([['main', sha]])
    expect(await pipelinesOf(server, project)).toEqual(before)
    expect(await unsettled(server, project)).toBe(0)
  })

  it('of many branches and tags creates at most four pipelines', async () => {
    await commitFiles(work, { '.gitlab-ci.yml': config })
    for (let n = 1; n <= 4; n += 1) {
      await git(work, ['branch', `b${n}`])
      await git(work, ['tag', `t${n}`])
    }
    await git(work, ['push', '--quiet', '--mirror', remote(developer.token)])
    expect(await pipelinesOf(server, project)).toHaveLength(4)
    expect(await listRefs(server.app.repositories.open(project.id), 'tag')).toHaveLength(4)
    expect(await unsettled(server, project)).toBe(0)
  })

  it('makes the first branch the default one, which clones check out', async () => {
    const sha = await commitFiles(work, {
      '.gitlab-ci.yml': 'build:\n  script: x\n  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n',
    })
    await git(work, ['push', '--quiet', remote(developer.token), 'main:trunk'])
    expect(await readHead(server.app.repositories.open(project.id))).toBe('trunk')
    await git(dir, ['clone', '--quiet', remote(developer.token), 'default'])
    expect(await git(join(dir, 'default'), ['symbolic-ref', '--short', 'HEAD'])).toBe('trunk')
    // Its pipeline knows already.
    expect(await pipelinesOf(server, project)).toMatchObject([{ ref: 'trunk', sha }])
    await git(work, ['push', '--quiet', remote(developer.token), 'main:main'])
    expect(await readHead(server.app.repositories.open(project.id))).toBe('trunk')
    expect(await pipelinesOf(server, project)).toHaveLength(1)
  })

  it('that loses to another one leaves nothing behind', async () => {
    await pushed({ '.gitlab-ci.yml': config })
    await git(dir, ['clone', '--quiet', remote(developer.token), 'racer'])
    await commitFiles(work, { a: 'mine' })
    await commitFiles(join(dir, 'racer'), { a: 'theirs' })
    // Both believe to be ahead of the same commit.
    const outcomes = await Promise.all([push(developer.token), tryGit(join(dir, 'racer'), ['push', 'origin', 'main'])])
    expect(outcomes.filter(({ code }) => code === 0)).toHaveLength(1)
    expect(await pipelinesOf(server, project)).toHaveLength(2)
    await until(async () => (await unsettled(server, project)) === 0)
  })

  it('whose client is gone before it is told has its pipeline', async () => {
    const sha = await commitFiles(work, { '.gitlab-ci.yml': config })
    const socket = await startPush(server, {
      project,
      token: developer.token,
      work,
      sha,
      ref: 'refs/heads/main',
      keep: 0,
    })
    await until(async () => (await readRef(server.app.repositories.open(project.id), 'refs/heads/main')) === sha)
    socket.destroy()
    await until(async () => (await pipelinesOf(server, project)).length === 1)
    await until(async () => (await unsettled(server, project)) === 0)
  })

  it('whose client leaves while git is at it has its pipeline if it took effect', async () => {
    const sha = await commitFiles(work, { '.gitlab-ci.yml': config })
    const socket = await startPush(server, {
      project,
      token: developer.token,
      work,
      sha,
      ref: 'refs/heads/main',
      keep: 0,
    })
    const noted = () => server.db.selectFrom('pushes').select('id').where('project_id', '=', project.id).execute()
    await until(async () => (await noted()).length === 1)
    socket.destroy()
    await until(async () => (await unsettled(server, project)) === 0)
    const took = (await readRef(server.app.repositories.open(project.id), 'refs/heads/main')) === sha
    expect(await pipelinesOf(server, project)).toHaveLength(took ? 1 : 0)
  })

  it('that breaks off is forgotten', async () => {
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
    socket.destroy()
    await until(async () => (await unsettled(server, project)) === 0)
    expect(await readRef(server.app.repositories.open(project.id), 'refs/heads/main')).toBeNull()
    expect(await pipelinesOf(server, project)).toEqual([])
  })
})
