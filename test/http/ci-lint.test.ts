import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { commitActions } from '../../src/git/commit-writer.ts'
import { aMember } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let world: DeploymentWorld
beforeAll(async () => {
  server = await startTestServer()
  world = await aDeploymentWorld(server)
  await push(world)
})
afterAll(() => server.stop())

interface Lint {
  valid: boolean
  errors: string[]
  merged_yaml: string
  includes: { type: string; location: string; context_project: string }[]
  jobs?: { name: string; stage: string }[]
}

const lint = (body: object, token = world.developer.token) =>
  server.api(token).post<Lint>(`/projects/${world.project.id}/ci/lint`, body)

describe('POST /projects/:id/ci/lint', () => {
  it('accepts a good configuration, with its jobs when asked', async () => {
    const content = 'a: { script: [x], tags: [fast] }\nb: { stage: deploy, script: [y], when: manual }\n'
    expect(await lint({ content })).toMatchObject({
      status: 200,
      body: { valid: true, errors: [], warnings: [], includes: [], locations: [] },
    })
    const { body } = await lint({ content, include_jobs: 'true' })
    expect(body.jobs).toEqual([
      expect.objectContaining({ name: 'a', stage: 'test', script: ['x'], tag_list: ['fast'], when: 'on_success' }),
      expect.objectContaining({ name: 'b', stage: 'deploy', when: 'manual', allow_failure: true, needs: null }),
    ])
    expect((await lint({ content })).body.jobs).toBeUndefined()
    expect(body.merged_yaml).toContain('script')
  })

  it('lists every error with its place', async () => {
    const { status, body } = await lint({ content: 'a:\n  script: [x]\n  retry: 9\nb:\n  when: maybe\n' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ valid: false, errors: [expect.stringContaining('retry config'), expect.any(String)] })
    expect(body).toMatchObject({
      locations: [
        { file: '.gitlab-ci.yml', line: 3 },
        { file: '.gitlab-ci.yml', line: 4 },
      ],
    })
  })

  it('says what it includes', async () => {
    const repository = server.app.repositories.open(world.project.id)
    const identity = { name: 'x', email: 'x@example.com' }
    await commitActions(repository, {
      branch: 'main',
      message: 'Part',
      author: identity,
      committer: identity,
      actions: [{ action: 'create', path: 'ci/part.yml', content: Buffer.from('part: { script: [x] }\n') }],
    })
    const { body } = await lint({ content: 'include: [{ local: ci/part.yml }]\n', include_jobs: true })
    expect(body).toMatchObject({
      valid: true,
      includes: [{ type: 'local', location: 'ci/part.yml', context_project: world.project.full_path }],
      jobs: [{ name: 'part' }],
    })
  })

  it('refuses rules that leave nothing to run only when it simulates a pipeline', async () => {
    const content = 'a: { script: [x], rules: [ { if: "$CI_COMMIT_TAG" } ] }\n'
    expect((await lint({ content })).body).toMatchObject({ valid: true, errors: [] })
    expect((await lint({ content, dry_run: true })).body).toMatchObject({ valid: false, errors: [expect.any(String)] })
    expect((await lint({ content, dry_run: true, ref: 'nowhere' })).body).toMatchObject({
      valid: false,
      errors: ['Reference not found'],
    })
  })

  it('never tells the value of a protected variable', async () => {
    await inTransaction(server.app.db, (tx) =>
      tx
        .insertInto('ci_variables')
        .values({ project_id: world.project.id, key: 'SECRET', value: 'hush-hush', protected: true })
        .execute(),
    )
    const { body } = await lint({ content: 'include: [{ local: $SECRET.yml }]\n' })
    expect(body.valid).toBe(false)
    expect(JSON.stringify(body)).not.toContain('hush-hush')
  })

  it('works in a project without a commit, and needs the right to create pipelines', async () => {
    const empty = await aDeploymentWorld(server)
    const answer = await server
      .api(empty.developer.token)
      .post(`/projects/${empty.project.id}/ci/lint`, { content: 'a: { script: [x] }\n' })
    expect(answer).toMatchObject({ status: 200, body: { valid: true } })
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    expect((await lint({ content: 'a: 1' }, reporter.token)).status).toBe(403)
    expect(await lint({})).toMatchObject({ status: 400, body: { error: 'content is missing' } })
  })

  it.each([[''], ['- 1'], ['a: *b'], ['{'.repeat(100_000)], ['a: &a [*a]'], ['\u0001']])(
    'answers text that is no configuration: %.10s',
    async (content) => {
      const { status, body } = await lint({ content })
      expect([status, body.valid]).toEqual([200, false])
    },
  )
})

describe('GET /projects/:id/ci/lint', () => {
  it('checks what is in the repository', async () => {
    const other = await aDeploymentWorld(server)
    const reporter = await aMember(server, { project: other.project }, 'reporter')
    const get = (query = '', token = reporter.token) =>
      server.api(token).get<Lint>(`/projects/${other.project.id}/ci/lint${query}`)
    expect(await get()).toMatchObject({ status: 404, body: { message: '404 Repository Not Found' } })
    const good = await push(other)
    await push(other, 'a: { script: 1, when: maybe }\n')
    expect((await get()).body).toMatchObject({ valid: false })
    expect((await get(`?sha=${good.sha}&include_jobs=true`)).body).toMatchObject({
      valid: true,
      jobs: [{ name: 'production', environment: 'production' }],
    })
    expect(await get('?content_ref=nowhere')).toMatchObject({ status: 404, body: { message: '404 Commit Not Found' } })
    expect((await get(`?sha=${good.sha}&dry_run=true`)).body).toMatchObject({
      valid: false,
      errors: ['Insufficient permissions to create a new pipeline'],
    })
    expect((await get(`?sha=${good.sha}&dry_run=true`, other.developer.token)).body).toMatchObject({ valid: true })
  })
})

describe('GET /projects/:id/ci/lint', () => {
  it('answers nobody in particular where the project is public, and hides the others', async () => {
    const path = `/projects/${world.project.id}/ci/lint`
    expect(await server.api().get(path)).toMatchObject({ status: 404 })
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('projects').set({ visibility: 'public' }).where('id', '=', world.project.id).execute(),
    )
    expect(await server.api().get(path)).toMatchObject({ status: 200, body: { valid: true } })
  })
})
