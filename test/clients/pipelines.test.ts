/** Pipelines, what starts them, and lint, through a client that others maintain, as it is. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { aMember } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { type Gitbeaker, gitbeaker } from '../helpers/gitbeaker.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

const file = `stages: [build, deploy]
build: {stage: build, script: [echo]}
below: {stage: deploy, trigger: {include: child.yml}}
`

let server: TestServer
let world: DeploymentWorld
let gitlab: Gitbeaker
let project: number

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  project = world.project.id
  gitlab = gitbeaker(server, world.maintainer.token)
})

it('drives pipelines', async () => {
  const { pipelineId, sha } = await push(world, file, world.developer, { 'child.yml': 'inner: {script: [echo]}' })
  const variables = [{ key: 'COLOUR', value: 'red', variableType: 'env_var' as const }]
  const made = await gitlab.Pipelines.create(project, 'main', { variables })
  expect(made).toMatchObject({ sha, ref: 'main', source: 'api', user: { id: world.maintainer.id } })
  expect((await gitlab.Pipelines.all(project)).map(({ id }) => id)).toEqual([made.id, pipelineId])
  expect((await gitlab.Pipelines.all(project, { source: 'push', perPage: 1 })).map(({ id }) => id)).toEqual([
    pipelineId,
  ])
  expect(await gitlab.Pipelines.show(project, made.id)).toMatchObject({
    id: made.id,
    detailed_status: { group: 'pending' },
  })
  expect(await gitlab.Pipelines.showLatest(project, { ref: 'main' })).toMatchObject({ id: made.id })
  expect(await gitlab.Pipelines.allVariables(project, made.id)).toMatchObject([{ key: 'COLOUR', value: 'red' }])
  expect(await gitlab.Jobs.all(project, { pipelineId: made.id })).toMatchObject([{ name: 'build' }])
  expect(await gitlab.Jobs.allPipelineBridges(project, made.id)).toMatchObject([
    { name: 'below', status: 'created', downstream_pipeline: null },
  ])
  expect(await gitlab.Pipelines.showTestReport(project, made.id)).toMatchObject({ total_count: 0, test_suites: [] })
  expect(await gitlab.Pipelines.showTestReportSummary(project, made.id)).toMatchObject({ total: { count: 0 } })
  expect(await gitlab.Pipelines.cancel(project, made.id)).toMatchObject({ status: 'canceled' })
  expect(await gitlab.Pipelines.retry(project, made.id)).toMatchObject({ status: 'pending' })
  const owner = await aMember(server, { project: world.project }, 'owner')
  await gitbeaker(server, owner.token).Pipelines.remove(project, made.id)
  await expect(gitlab.Pipelines.show(project, made.id)).rejects.toMatchObject({ cause: { response: { status: 404 } } })
})

it('drives lint', async () => {
  await push(world, 'build: {script: [echo]}')
  expect(await gitlab.Lint.check(project, { includeJobs: true })).toMatchObject({
    valid: true,
    errors: [],
    jobs: [{ name: 'build' }],
  })
  const wrong = await gitlab.Lint.lint(project, 'build: {}', { dryRun: true })
  expect(wrong).toMatchObject({ valid: false, errors: expect.arrayContaining([expect.stringContaining('build')]) })
})

it('drives trigger tokens', async () => {
  await push(world, 'build: {script: [echo]}')
  const made = await gitlab.PipelineTriggerTokens.create(project, 'of a test')
  expect(made).toMatchObject({ description: 'of a test', last_used: null, owner: { id: world.maintainer.id } })
  expect(await gitlab.PipelineTriggerTokens.edit(project, made.id, { description: 'renamed' })).toMatchObject({
    description: 'renamed',
  })
  const variables = { COLOUR: 'red', UPPER_case: 'x' }
  const pipeline = await gitlab.PipelineTriggerTokens.trigger(project, 'main', made.token, { variables })
  expect(pipeline).toMatchObject({ source: 'trigger', ref: 'main' })
  const given = await gitlab.Pipelines.allVariables(project, pipeline.id)
  expect(given.map(({ key }) => key)).toEqual(['COLOUR', 'TRIGGER_PAYLOAD', 'UPPER_case'])
  expect(await gitlab.PipelineTriggerTokens.show(project, made.id)).toMatchObject({
    token: made.token,
    last_used: expect.any(String),
  })
  expect(await gitlab.PipelineTriggerTokens.all(project)).toHaveLength(1)
  await gitlab.PipelineTriggerTokens.remove(project, made.id)
  await expect(gitlab.PipelineTriggerTokens.trigger(project, 'main', made.token)).rejects.toMatchObject({
    cause: { description: '404 Not Found' },
  })
})

it('drives schedules and their variables', async () => {
  await push(world, 'build: {script: [echo]}')
  const made = await gitlab.PipelineSchedules.create(project, 'Nightly', 'main', '0 1 * * *', {
    cronTimezone: 'Europe/Berlin',
    active: false,
  })
  expect(made).toMatchObject({ description: 'Nightly', ref: 'refs/heads/main', active: false, last_pipeline: null })
  const { id } = made
  expect(await gitlab.PipelineSchedules.edit(project, id, { active: true })).toMatchObject({ active: true })
  expect(await gitlab.PipelineSchedules.all(project, { scope: 'active' })).toMatchObject([{ id }])
  const file = { variableType: 'file' as const }
  const variable = await gitlab.PipelineScheduleVariables.create(project, id, 'COLOUR', 'red', file)
  expect(variable).toMatchObject({ key: 'COLOUR', variable_type: 'file' })
  await gitlab.PipelineScheduleVariables.edit(project, id, 'COLOUR', 'blue', { variableType: 'env_var' })
  expect(await gitlab.PipelineScheduleVariables.all(project, id)).toMatchObject([{ key: 'COLOUR', value: 'blue' }])
  expect(await gitlab.PipelineSchedules.run(project, id)).toMatchObject({ message: '201 Created' })
  const [pipeline] = await gitlab.PipelineSchedules.allTriggeredPipelines(project, id)
  expect(pipeline).toMatchObject({ source: 'schedule', ref: 'main' })
  expect(await gitlab.PipelineSchedules.show(project, id)).toMatchObject({ last_pipeline: { id: pipeline?.id } })
  await gitlab.PipelineScheduleVariables.remove(project, id, 'COLOUR')
  const taken = await gitbeaker(server, server.rootToken).PipelineSchedules.takeOwnership(project, id)
  expect(taken).toMatchObject({ owner: { id: 1 } })
  await gitlab.PipelineSchedules.remove(project, id)
  expect(await gitlab.PipelineSchedules.all(project)).toEqual([])
})
