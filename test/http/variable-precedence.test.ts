/** Which value of a variable a runner gets, through everything that may set it (reference B1, B2, B3). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { commitActions } from '../../src/git/commit-writer.ts'
import { aGroup, aMember, aProject, type TestUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'

let server: TestServer
let project: Project
let developer: TestUser
let runner: TestRunner
let groups: readonly { readonly id: number }[]
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
  const outer = await aGroup(server)
  const inner = await aGroup(server, { parent: outer })
  groups = [outer, inner]
  project = await aProject(server, { group: inner })
  developer = await aMember(server, { project }, 'developer')
  runner = await aRunner(server)
})
afterAll(() => server.stop())

/** Everything that sets variables, the lowest precedence first. */
const levels = [
  'root',
  'workflow',
  'job',
  'matrix',
  'rule',
  'dotenv',
  'instance',
  'group',
  'subgroup',
  'project',
  'scoped',
  'pipeline',
  'played',
] as const
type Level = (typeof levels)[number]

/** What a level sets: its name, under the key of each level that is not below it. */
const setBy = (level: Level) =>
  levels.slice(levels.indexOf(level)).map((other) => ({ key: keyOf(other), value: level }))
const keyOf = (level: Level) => `UP_TO_${level.toUpperCase()}`
const yamlOf = (level: Level) => JSON.stringify(Object.fromEntries(setBy(level).map(({ key, value }) => [key, value])))

let committed = false
async function commit(file: string, branch = 'main'): Promise<void> {
  const identity = { name: 'x', email: 'x@example.com' }
  const made = await commitActions(server.app.repositories.open(project.id), {
    branch,
    ...(branch === 'main' ? {} : { startBranch: 'main' }),
    message: 'Change',
    author: identity,
    committer: identity,
    actions: [{ action: committed ? 'update' : 'create', path: '.gitlab-ci.yml', content: Buffer.from(file) }],
  })
  if (!made.ok) throw new Error(made.error.message)
  committed = true
}

interface Stored {
  project_id?: number
  namespace_id?: number
  key: string
  value: string
  environment_scope?: string
  protected?: boolean
  masked?: boolean
  raw?: boolean
  variable_type?: 'env_var' | 'file'
}
const store = (rows: readonly Stored[]) =>
  inTransaction(server.app.db, (tx) => tx.insertInto('ci_variables').values(rows).execute())

const runs = async (body: object) => {
  const run = await server.api(developer.token).post<{ id: number }>(`/projects/${project.id}/pipeline`, body)
  expect(run.status).toBe(201)
  return run.body.id
}
const next = async (): Promise<JobPayload> => {
  const job = await runner.request()
  if (!job) throw new Error('no job')
  return job
}
/** As the runner sees it: the last of a key counts. */
const winner = (job: JobPayload, key: string) => job.variables.findLast((variable) => variable.key === key)

describe('precedence', () => {
  let job: JobPayload
  beforeAll(async () => {
    await commit(`
variables: ${yamlOf('root')}
workflow: {rules: [{when: always, variables: ${yamlOf('workflow')}}]}
make: {stage: build, script: [x]}
use:
  stage: deploy
  script: [x]
  environment: production
  variables: ${yamlOf('job')}
  parallel: {matrix: [${yamlOf('matrix')}]}
  rules: [{when: manual, variables: ${yamlOf('rule')}}]
`)
    const [outer, inner] = groups
    if (!outer || !inner) throw new Error('no groups')
    // The more specific scope first: the order of rows must not matter.
    await store([
      ...setBy('scoped').map((row) => ({ ...row, project_id: project.id, environment_scope: 'production' })),
      ...setBy('project').map((row) => ({ ...row, project_id: project.id })),
      ...setBy('subgroup').map((row) => ({ ...row, namespace_id: inner.id })),
      ...setBy('group').map((row) => ({ ...row, namespace_id: outer.id })),
      ...setBy('instance'),
    ])
    const pipeline = await runs({ ref: 'main', variables: setBy('pipeline') })
    const made = await next()
    await inTransaction(server.app.db, (tx) =>
      tx
        .insertInto('job_variables')
        .values(setBy('dotenv').map((row) => ({ ...row, job_id: made.id, source: 'dotenv' as const })))
        .execute(),
    )
    await runner.finish(made)
    const { id } = await server.db
      .selectFrom('jobs')
      .select('id')
      .where('pipeline_id', '=', pipeline)
      .where('status', '=', 'manual')
      .executeTakeFirstOrThrow()
    const play = await server
      .api(developer.token)
      .post(`/projects/${project.id}/jobs/${id}/play`, { job_variables_attributes: setBy('played') })
    expect(play.status).toBe(200)
    job = await next()
  })

  test.each(levels)('%s wins over all that is below', (level) => {
    expect(winner(job, keyOf(level))?.value).toBe(level)
  })
})

describe('stored variables', () => {
  const other = 'stages: [a, b]\nin: {stage: a, script: [x], environment: review/one}\nout: {stage: b, script: [x]}\n'

  test('protected ones are for the protected branch, whoever stored them', async () => {
    const [outer, inner] = groups
    if (!outer || !inner) throw new Error('no groups')
    await store([
      { key: 'OF_PROJECT', value: 'secret', protected: true, project_id: project.id },
      { key: 'OF_SUBGROUP', value: 'secret', protected: true, namespace_id: inner.id },
      { key: 'OF_GROUP', value: 'secret', protected: true, namespace_id: outer.id },
      { key: 'OF_INSTANCE', value: 'secret', protected: true },
    ])
    const keys = ['OF_PROJECT', 'OF_SUBGROUP', 'OF_GROUP', 'OF_INSTANCE']
    await commit('one: {script: [x]}\n')
    await commit('one: {script: [x]}\n# elsewhere\n', 'feature')
    for (const [ref, value] of [
      ['main', 'secret'],
      ['feature', undefined],
    ]) {
      await runs({ ref })
      const job = await next()
      expect(keys.map((key) => winner(job, key)?.value)).toEqual(keys.map(() => value))
      await runner.finish(job)
    }
  })

  test('of a scope are for its environments, and a job without one has those of every environment', async () => {
    const scoped = (key: string, scopes: readonly string[]) =>
      scopes.map((scope) => ({ key, value: scope, environment_scope: scope, project_id: project.id }))
    await store([
      ...scoped('EXACT', ['review/one', 'review/*', '*']),
      ...scoped('PART', ['review/two', 'review/*', '*']),
      ...scoped('NONE', ['review/two']),
    ])
    await commit(other)
    await runs({ ref: 'main' })
    const values = async () => {
      const job = await next()
      await runner.finish(job)
      return ['EXACT', 'PART', 'NONE'].map((key) => winner(job, key)?.value)
    }
    expect(await values()).toEqual(['review/one', 'review/*', undefined])
    expect(await values()).toEqual(['*', '*', undefined])
  })

  test('keep their flags; predefined ones give way, but for the slug and the URL of the environment', async () => {
    await store(
      [
        { key: 'MASKED', value: 'maskedvalue', masked: true },
        { key: 'FILE', value: 'content', variable_type: 'file' as const },
        { key: 'RAW', value: '$MASKED', raw: true },
        { key: 'USES', value: '$MASKED $RAW $FILE $LATER' },
        { key: 'CI_ENVIRONMENT_SLUG', value: 'mine' },
        { key: 'CI_ENVIRONMENT_URL', value: 'mine' },
      ].map((row) => ({ ...row, project_id: project.id })),
    )
    await commit(
      'one:\n  script: [x]\n  variables: {OPEN: o, CI_PROJECT_TITLE: mine}\n  environment: {name: prod, url: "https://$OPEN.example.com"}\n',
    )
    await runs({ ref: 'main' })
    const job = await next()
    const plain = { public: false, masked: false, file: false, raw: false }
    expect(['MASKED', 'FILE', 'RAW', 'USES', 'OPEN'].map((key) => winner(job, key))).toEqual([
      { ...plain, key: 'MASKED', value: 'maskedvalue', masked: true },
      { ...plain, key: 'FILE', value: 'content', file: true },
      { ...plain, key: 'RAW', value: '$MASKED', raw: true },
      { ...plain, key: 'USES', value: 'maskedvalue $RAW $FILE $LATER' },
      { ...plain, key: 'OPEN', value: 'o', public: true },
    ])
    expect(winner(job, 'CI_PROJECT_TITLE')?.value).toBe('mine')
    expect(winner(job, 'CI_ENVIRONMENT_SLUG')?.value).toBe('prod')
    expect(winner(job, 'CI_ENVIRONMENT_URL')?.value).toBe('https://o.example.com')
    await runner.finish(job)
  })
})
