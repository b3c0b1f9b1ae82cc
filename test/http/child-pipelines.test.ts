/** `trigger:include`: child pipelines over a real server (GitLab docs, "Downstream pipelines"). */
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { storeArtifact } from '../../src/app/store-artifact.ts'
import { redundantPipelines } from '../../src/db/redundant-pipelines.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { downstreamOf, jobNamed, pipelineStatus, run, statuses, tend } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'
import { type ZipInput, zipOf } from '../helpers/zip.ts'

let server: TestServer
let world: DeploymentWorld
let runner: TestRunner

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  runner = await aRunner(server, { projectId: world.project.id })
})

const child = 'inner: {script: [echo]}'

/** A parent with one trigger job of these lines, and a job after it. */
const parent = (trigger: string, more = '') => `stages: [first, second]
bridge:
  stage: first
  ${more}
  trigger:
    include: child.yml
    ${trigger}
after: {stage: second, script: [echo]}
`

async function start(file: string, files: Record<string, string> = { 'child.yml': child }) {
  const { pipelineId } = await push(world, file, world.developer, files)
  await tend(server)
  return pipelineId
}

const api = () => server.api(world.developer.token)
const at = () => `/projects/${world.project.id}`

test('a child pipeline is for the commit of its parent, and the trigger job succeeds with its creation', async () => {
  const id = await start(parent(''))
  expect(await statuses(server, id)).toEqual({ bridge: 'success', after: 'pending' })
  const parentPipeline = await server.db
    .selectFrom('pipelines')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const made = await downstreamOf(server, id, 'bridge')
  expect(made).toMatchObject({
    source: 'parent_pipeline',
    status: 'pending',
    ref: 'main',
    sha: parentPipeline.sha,
    before_sha: parentPipeline.before_sha,
    parent_pipeline_id: id,
    user_id: world.developer.id,
    requester_id: world.developer.id,
  })
  const { body } = await api().get<object[]>(`${at()}/pipelines/${id}/bridges`)
  expect(body).toMatchObject([{ name: 'bridge', status: 'success', downstream_pipeline: { id: made.id } }])
  // Child pipelines are not in the list of pipelines (GitLab docs).
  const list = await api().get<{ id: number }[]>(`${at()}/pipelines`)
  expect(list.body.map((pipeline) => pipeline.id)).toEqual([id])
})

describe('strategy', () => {
  const cases: [strategy: string, inner: 'success' | 'failed', bridge: string, after: string, pipeline: string][] = [
    ['depend', 'success', 'success', 'pending', 'running'],
    ['depend', 'failed', 'failed', 'skipped', 'failed'],
    ['mirror', 'success', 'success', 'pending', 'running'],
    ['mirror', 'failed', 'failed', 'skipped', 'failed'],
  ]
  test.each(cases)('%s: a child that ends as %s', async (strategy, inner, bridge, after, pipeline) => {
    const id = await start(parent(`strategy: ${strategy}`))
    expect(await statuses(server, id)).toEqual({ bridge: 'running', after: 'created' })
    expect(await pipelineStatus(server, id)).toBe('running')
    await run(runner, 'inner', inner)
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge, after })
    expect(await pipelineStatus(server, id)).toBe(pipeline)
  })

  test('a failure that the trigger job is allowed does not stop what follows', async () => {
    const id = await start(parent('strategy: depend', 'allow_failure: true'))
    await run(runner, 'inner', 'failed')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'failed', after: 'pending' })
  })

  const manual = 'inner: {script: [echo], when: manual, allow_failure: false}'
  test('a child that waits for a person: depend waits on, mirror waits as the child does', async () => {
    const two = `
depend: {trigger: {include: child.yml, strategy: depend}}
mirror: {trigger: {include: child.yml, strategy: mirror}}`
    const id = await start(two, { 'child.yml': manual })
    expect(await statuses(server, id)).toEqual({ depend: 'running', mirror: 'manual' })
    const bridge = await jobNamed(server, id, 'mirror')
    // It is the child that is played, not the trigger job.
    expect((await api().post(`${at()}/jobs/${bridge.id}/play`)).status).toBe(400)
    const made = await downstreamOf(server, id, 'mirror')
    const inner = await jobNamed(server, made.id, 'inner')
    expect((await api().post(`${at()}/jobs/${inner.id}/play`)).status).toBe(200)
    await tend(server)
    expect(await statuses(server, id)).toEqual({ depend: 'running', mirror: 'pending' })
    await run(runner, 'inner')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ depend: 'running', mirror: 'success' })
  })

  test('a child that a person cancels', async () => {
    const id = await start(parent('strategy: depend'))
    const made = await downstreamOf(server, id, 'bridge')
    expect((await api().post(`${at()}/pipelines/${made.id}/cancel`)).status).toBe(200)
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'canceled', after: 'skipped' })
    expect(await pipelineStatus(server, id)).toBe('canceled')
  })

  test('a child that is deleted', async () => {
    const id = await start(parent('strategy: depend'))
    const made = await downstreamOf(server, id, 'bridge')
    expect((await server.api(server.rootToken).delete(`${at()}/pipelines/${made.id}`)).status).toBe(204)
    await tend(server)
    expect(await jobNamed(server, id, 'bridge')).toMatchObject({
      status: 'failed',
      failure_message: 'The downstream pipeline was deleted.',
    })
  })

  test('a failed trigger job cancels the rest when the workflow says so', async () => {
    const file = `workflow: {auto_cancel: {on_job_failure: all}}
bridge: {trigger: {include: child.yml, strategy: depend}}
other: {trigger: {include: other.yml, strategy: depend}}`
    const id = await start(file, { 'child.yml': child, 'other.yml': 'waiting: {script: [echo], tags: [nobody]}' })
    await run(runner, 'inner', 'failed')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'failed', other: 'canceled' })
    const other = await downstreamOf(server, id, 'other')
    expect(await pipelineStatus(server, other.id)).toBe('canceled')
  })
})

describe('retry', () => {
  test('of a trigger job makes a new child', async () => {
    const id = await start(parent('strategy: depend'))
    const first = await downstreamOf(server, id, 'bridge')
    await run(runner, 'inner', 'failed')
    await tend(server)
    const bridge = await jobNamed(server, id, 'bridge')
    const answer = await server.api(world.maintainer.token).post(`${at()}/jobs/${bridge.id}/retry`)
    expect(answer.status).toBe(201)
    await tend(server)
    const second = await downstreamOf(server, id, 'bridge')
    expect(second.id).toBeGreaterThan(first.id)
    // Who retries asks for it anew.
    expect(second).toMatchObject({ user_id: world.maintainer.id, requester_id: world.maintainer.id })
    await run(runner, 'inner')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'success', after: 'pending' })
  })

  test('in the child opens the trigger job again, and what was skipped behind it', async () => {
    const id = await start(parent('strategy: depend'))
    const made = await downstreamOf(server, id, 'bridge')
    await run(runner, 'inner', 'failed')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'failed', after: 'skipped' })
    expect((await api().post(`${at()}/pipelines/${made.id}/retry`)).status).toBe(201)
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'pending', after: 'created' })
    expect(await jobNamed(server, id, 'bridge')).toMatchObject({
      downstream_pipeline_id: made.id,
      failure_reason: null,
      finished_at: null,
    })
    await run(runner, 'inner')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'success', after: 'pending' })
  })

  test('in a grandchild opens every trigger job above it', async () => {
    const id = await start(parent('strategy: depend'), {
      'child.yml': 'middle: {trigger: {include: grandchild.yml, strategy: depend}}',
      'grandchild.yml': child,
    })
    const middle = await downstreamOf(server, id, 'bridge')
    const lowest = await downstreamOf(server, middle.id, 'middle')
    await run(runner, 'inner', 'failed')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'failed', after: 'skipped' })
    const inner = await jobNamed(server, lowest.id, 'inner')
    expect((await api().post(`${at()}/jobs/${inner.id}/retry`)).status).toBe(201)
    await tend(server)
    expect(await statuses(server, middle.id)).toEqual({ middle: 'pending' })
    await run(runner, 'inner')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'success', after: 'pending' })
  })
})

describe('cancel', () => {
  test('of a parent reaches its children, and theirs', async () => {
    const id = await start(parent(''), {
      'child.yml': 'middle: {trigger: {include: grandchild.yml}}\nmore: {script: [echo]}',
      'grandchild.yml': child,
    })
    const middle = await downstreamOf(server, id, 'bridge')
    const lowest = await downstreamOf(server, middle.id, 'middle')
    expect((await api().post(`${at()}/pipelines/${id}/cancel`)).status).toBe(200)
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'success', after: 'canceled' })
    expect(await statuses(server, middle.id)).toEqual({ middle: 'success', more: 'canceled' })
    expect(await statuses(server, lowest.id)).toEqual({ inner: 'canceled' })
    expect(await server.db.selectFrom('pipeline_errands').selectAll().execute()).toEqual([])
  })

  test('of a parent whose trigger job has not had its turn yet: no child is made', async () => {
    const { pipelineId } = await push(world, parent(''), world.developer, { 'child.yml': child })
    expect(await statuses(server, pipelineId)).toEqual({ bridge: 'pending', after: 'created' })
    expect((await api().post(`${at()}/pipelines/${pipelineId}/cancel`)).status).toBe(200)
    await tend(server)
    expect(await statuses(server, pipelineId)).toEqual({ bridge: 'canceled', after: 'canceled' })
    const made = await server.db
      .selectFrom('pipelines')
      .select('id')
      .where('parent_pipeline_id', '=', pipelineId)
      .execute()
    expect(made).toEqual([])
  })

  test('by somebody whom a protected environment of the child keeps out leaves that job alone', async () => {
    const id = await start(parent(''), {
      'child.yml': `${child}\ndeploy: {script: [echo], environment: production, when: manual}`,
    })
    const made = await downstreamOf(server, id, 'bridge')
    const protection = { name: 'production', deploy_access_levels: [{ access_level: 40 }] }
    await server.api(world.maintainer.token).post(`${at()}/protected_environments`, protection)
    await api().post(`${at()}/pipelines/${id}/cancel`)
    await tend(server)
    expect(await statuses(server, made.id)).toEqual({ inner: 'canceled', deploy: 'manual' })
  })
})

describe('what cannot be', () => {
  const broken: [what: string, files: Record<string, string>, message: string][] = [
    ['a file that is not there', {}, 'Local file `child.yml` does not exist! (trigger:include, line 1, column 13)'],
    [
      'a broken file',
      { 'child.yml': 'inner: {stage: nowhere, script: [echo]}' },
      'inner job: chosen stage nowhere does not exist; available stages are .pre, build, test, deploy, .post (child.yml, line 1, column 1)',
    ],
    [
      'rules that leave nothing',
      { 'child.yml': 'inner: {script: [echo], rules: [{when: never}]}' },
      'The resulting pipeline would have been empty. Review the rules configuration for the relevant jobs.',
    ],
  ]
  test.each(broken)('%s fails the trigger job, which says why', async (_what, files, message) => {
    const id = await start(parent(''), files)
    expect(await jobNamed(server, id, 'bridge')).toMatchObject({
      status: 'failed',
      failure_reason: 'downstream_pipeline_creation_failed',
      failure_message: message,
    })
    const { body } = await api().get<object[]>(`${at()}/pipelines/${id}/bridges`)
    expect(body).toMatchObject([{ failure_reason: 'downstream_pipeline_creation_failed', failure_message: message }])
    expect(await statuses(server, id)).toMatchObject({ after: 'skipped' })
  })

  test('a third level of children', async () => {
    const nested = (name: string) => `${name}: {trigger: {include: ${name}.yml, strategy: depend}}`
    const id = await start(nested('one'), {
      'one.yml': nested('two'),
      'two.yml': nested('three'),
      'three.yml': child,
    })
    const one = await downstreamOf(server, id, 'one')
    const two = await downstreamOf(server, one.id, 'two')
    const bridge = await jobNamed(server, two.id, 'three')
    expect(bridge).toMatchObject({ status: 'failed', failure_reason: 'reached_max_descendant_pipelines_depth' })
    expect(await statuses(server, id)).toEqual({ one: 'failed' })
    expect((await api().post(`${at()}/jobs/${bridge.id}/retry`)).status).toBe(403)
  })

  test('a user who was blocked meanwhile', async () => {
    const { pipelineId } = await push(world, parent(''), world.developer, { 'child.yml': child })
    await server.api(server.rootToken).post(`/users/${world.developer.id}/block`)
    await tend(server)
    expect(await jobNamed(server, pipelineId, 'bridge')).toMatchObject({
      status: 'failed',
      failure_reason: 'user_blocked',
      downstream_pipeline_id: null,
    })
  })
})

describe('a configuration that a job generated', () => {
  const dynamic = `stages: [generate, run]
generate: {stage: generate, script: [echo], artifacts: {paths: [made]}}
bridge: {stage: run, trigger: {include: [{artifact: made/child.yml, job: generate}], strategy: depend}}
`
  /** Ends the job `generate` with an archive of these files. */
  async function generate(files: readonly ZipInput[]): Promise<number> {
    const { pipelineId } = await push(world, dynamic)
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.update(job, 'running')
    const uploaded = await storeArtifact(server.app, {
      jobId: job.id,
      projectId: world.project.id,
      type: 'archive',
      format: 'zip',
      filename: undefined,
      expireIn: undefined,
      content: Readable.from(zipOf(files)),
    })
    expect(uploaded.ok).toBe(true)
    await runner.update(job, 'success')
    await tend(server)
    return pipelineId
  }

  test('is read out of its archive', async () => {
    const id = await generate([{ name: 'made/child.yml', data: child }])
    const made = await downstreamOf(server, id, 'bridge')
    expect(await statuses(server, made.id)).toEqual({ inner: 'pending' })
  })

  test.each<[what: string, files: ZipInput[]]>([
    ['that is not in the archive', [{ name: 'else', data: 'x' }]],
    ['that is no regular file', [{ name: 'made/child.yml', data: '/etc/passwd', mode: 0o120777 }]],
    ['that is larger than a configuration may be', [{ name: 'made/child.yml', data: '#'.repeat(1024 * 1024 + 1) }]],
  ])('%s fails the trigger job', async (_what, files) => {
    const id = await generate(files)
    expect(await jobNamed(server, id, 'bridge')).toMatchObject({
      failure_reason: 'downstream_pipeline_creation_failed',
      failure_message: expect.stringContaining('File `made/child.yml` is empty!'),
    })
  })
})

describe('variables', () => {
  const show = `inner:
  script: [echo]
  variables: {OWN: of the child}
  rules:
    - if: $CI_PIPELINE_SOURCE == "parent_pipeline" && $CI_UPSTREAM_JOB_ID
`
  async function childVariables(bridge: string, variables: object[] = []): Promise<Map<string, string>> {
    const file = `variables: {GLOBAL: g}\nbridge:\n${bridge.replaceAll(/^/gm, '  ')}\n`
    const { pipelineId } = await push(world, file, world.developer, { 'child.yml': show })
    let id = pipelineId
    if (variables.length > 0) {
      const made = await api().post<{ id: number }>(`${at()}/pipeline`, { ref: 'main', variables })
      expect(made.status).toBe(201)
      await api().post(`${at()}/pipelines/${pipelineId}/cancel`)
      id = made.body.id
    }
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'success' })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    const upstream = await jobNamed(server, id, 'bridge')
    const found = new Map(job.variables.map(({ key, value }) => [key, value]))
    expect(found.get('CI_UPSTREAM_PIPELINE_ID')).toBe(String(id))
    expect(found.get('CI_UPSTREAM_PROJECT_ID')).toBe(String(world.project.id))
    expect(found.get('CI_UPSTREAM_JOB_ID')).toBe(String(upstream.id))
    await runner.finish(job)
    return new Map([...found, ['(parent)', String(id)]])
  }

  test('of the configuration are passed on, expanded with what the trigger job knows', async () => {
    const found = await childVariables(`variables:
  PARENT: $CI_PIPELINE_ID
  NESTED: "[$PARENT/$GLOBAL]"
  OWN: of the trigger job
  PRICE: {value: $GLOBAL, expand: false}
trigger: {include: child.yml}`)
    expect(found.get('PARENT')).toBe(found.get('(parent)'))
    expect(found.get('NESTED')).toBe(`[${found.get('(parent)')}/g]`)
    expect(found.get('GLOBAL')).toBe('g')
    expect(found.get('PRICE')).toBe('$GLOBAL')
    // Passed on, they are the child's pipeline variables, which win.
    expect(found.get('OWN')).toBe('of the trigger job')
  })

  test('of the configuration stay when forward says so, and those of the pipeline go', async () => {
    const found = await childVariables(
      `variables: {MINE: yes}
trigger: {include: child.yml, forward: {yaml_variables: false, pipeline_variables: true}}`,
      [{ key: 'TYPED', value: 'by a person' }],
    )
    expect(found.has('MINE')).toBe(false)
    expect(found.get('OWN')).toBe('of the child')
    expect(found.get('TYPED')).toBe('by a person')
  })

  test('of the pipeline stay by default', async () => {
    const found = await childVariables('trigger: {include: child.yml}', [{ key: 'TYPED', value: 'by a person' }])
    expect(found.has('TYPED')).toBe(false)
  })

  test('a file goes along as a file; a commit message has no second meaning', async () => {
    const settings = [
      { key: 'KEYFILE', value: 'secret content', variable_type: 'file' },
      { key: 'TRAP', value: 'trapped' },
      { key: 'TITLE', value: 'fix $TRAP', raw: true },
    ]
    for (const setting of settings) {
      await server.api(world.maintainer.token).post(`${at()}/variables`, setting)
    }
    const found = await childVariables(`variables: {WITH_FILE: "see $KEYFILE", MESSAGE: "did $TITLE"}
trigger: {include: child.yml}`)
    expect(found.get('WITH_FILE')).toBe('see ${KEYFILE}')
    expect(found.get('MESSAGE')).toBe('did fix $TRAP')
  })

  test('inputs reach the child', async () => {
    const file = `bridge: {trigger: {include: [{local: child.yml, inputs: {who: you}}], strategy: depend}}`
    const id = await start(file, {
      'child.yml': 'spec: {inputs: {who: }}\n---\nfor $[[ inputs.who ]]: {script: [echo]}',
    })
    const made = await downstreamOf(server, id, 'bridge')
    expect(await statuses(server, made.id)).toEqual({ 'for you': 'pending' })
  })
})

describe('a newer pipeline for the branch', () => {
  const mode = (on: string) => `workflow: {auto_cancel: {on_new_commit: ${on}}}\n`
  const inner = 'stops: {script: [echo], interruptible: true}\nstays: {script: [echo]}'
  const waiting = 'bridge: {interruptible: true, trigger: {include: child.yml}}\nlong: {script: [echo]}'

  /** A parent that is not done and its child, with this configuration; then another commit, and all that follows from it. */
  async function replaced(file: string): Promise<number> {
    const parentId = await start(waiting, { 'child.yml': file })
    const made = await downstreamOf(server, parentId, 'bridge')
    // Pipelines are judged in the order of their ids, so when this one is cancelled, the child has been judged.
    const last = await api().post<{ id: number }>(`${at()}/pipeline`, { ref: 'main' })
    await push(world, waiting)
    await expect.poll(async () => pipelineStatus(server, last.body.id)).toBe('canceled')
    expect(await pipelineStatus(server, parentId)).toBe('canceled')
    return made.id
  }

  test.each<[on: string, stops: string, stays: string]>([
    ['none', 'pending', 'pending'],
    ['interruptible', 'canceled', 'pending'],
    ['conservative', 'canceled', 'canceled'],
  ])('judges a child by the child’s own rules: %s', async (on, stops, stays) => {
    const id = await replaced(mode(on) + inner)
    expect(await statuses(server, id)).toEqual({ stops, stays })
  })

  test('is no child pipeline: those replace nothing', async () => {
    const { pipelineId } = await push(world, 'long: {script: [echo], interruptible: true}')
    const setting = (on: boolean) =>
      server.api(world.maintainer.token).put(at(), { auto_cancel_pending_pipelines: on ? 'enabled' : 'disabled' })
    expect((await setting(false)).status).toBe(200)
    const next = await push(world, 'bridge: {trigger: {include: child.yml}}', world.developer, { 'child.yml': child })
    await setting(true)
    await tend(server)
    const made = await downstreamOf(server, next.pipelineId, 'bridge')
    const older = { pipelineId: made.id, projectId: made.project_id, ref: made.ref, sha: made.sha }
    // It would have had something to replace.
    expect(await redundantPipelines(server.db, older)).toContain(pipelineId)
    expect(await statuses(server, pipelineId)).toEqual({ long: 'pending' })
  })
})
