/** Jobs that an unmodified GitLab Runner runs at the same time, and what keeps them apart. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { jobEnd, jobIs, logged, pipelineEnd, readable } from '../helpers/job-watch.ts'
import { tend } from '../helpers/pipelines.ts'
import { play } from '../helpers/played-pipeline.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { until } from '../helpers/until.ts'

describeWithGitlabRunner('GitLab Runner runs jobs together', () => {
  let server: TestServer
  let runner: GitlabRunner
  let world: DeploymentWorld

  beforeAll(async () => {
    server = await startTestServer()
    runner = await aGitlabRunner(server, { concurrent: 4 })
    world = await aDeploymentWorld(server)
  })
  afterAll(async () => {
    await runner.dispose()
    await server.stop()
  })

  it('of a matrix, each with its own values and directory, and one after the other in a resource group', async () => {
    const { status, said, pipelineId } = await play(
      world,
      `
many:
  parallel: {matrix: [{SIDE: [left, right], SIZE: ["1", "2"]}]}
  script: ['echo "$SIDE $SIZE $CI_NODE_INDEX/$CI_NODE_TOTAL"', sleep 1]
alone:
  stage: deploy
  parallel: 3
  resource_group: only one
  script:
    - mkdir "$CI_BUILDS_DIR/lock"
    - sleep 1
    - rmdir "$CI_BUILDS_DIR/lock"
`,
    )
    expect(await said('many: [left, 1]')).toMatch(/^left 1 \d\/4$/m)
    expect(await said('many: [right, 2]')).toMatch(/^right 2 \d\/4$/m)
    expect(status).toBe('success')
    expect((await jobEnd(world, pipelineId, 'alone 3/3')).job.status).toBe('success')
  })

  it('of a child pipeline, whose end the parent waits for', async () => {
    const file = `
child:
  trigger: {include: child.yml, strategy: depend}
  variables: {FROM_PARENT: given}
`
    const { pipelineId } = await push(world, file, world.developer, {
      'child.yml': 'inside:\n  script: [\'echo "source $CI_PIPELINE_SOURCE, $FROM_PARENT"\']\n',
    })
    await tend(server)
    const child = await until('the child pipeline', async () => {
      const { body } = await server
        .api(world.maintainer.token)
        .get<{ id: number }[]>(`/projects/${world.project.id}/pipelines?source=parent_pipeline`)
      return body[0]?.id
    })
    expect(await pipelineEnd(world, child)).toBe('success')
    expect(readable((await jobEnd(world, child, 'inside')).log)).toContain('source parent_pipeline, given')
    await tend(server)
    expect(await pipelineEnd(world, pipelineId)).toBe('success')
  })

  it('until a newer pipeline makes the interruptible ones redundant', async () => {
    const file =
      'one:\n  interruptible: true\n  script:\n    - for i in $(seq 1 60); do echo "it runs"; sleep 1; done\n'
    const older = await push(world, file)
    await logged(world, (await jobIs(world, older.pipelineId, 'one', 'running')).id, 'it runs')
    const newer = await push(world, 'one:\n  script: [echo newer]\n')
    expect(await pipelineEnd(world, newer.pipelineId)).toBe('success')
    expect((await jobEnd(world, older.pipelineId, 'one')).job.status).toBe('canceled')
  })

  it('with the coverage of each, read from lines that begin with the time', async () => {
    const { job } = await play(
      world,
      `
one:
  coverage: '/^TOTAL +\\d+%/'
  script: [echo "TOTAL   81%"]
`,
    )
    expect((await job('one')).coverage).toBe(81)
  })

  it('whose log stops at the limit of the runner, while they go on', async () => {
    const { job, said } = await play(
      world,
      'one:\n  script:\n    - head -c 6000000 /dev/zero | tr "\\0" "x" | fold -w 100\n    - echo the end\n',
    )
    expect(await job('one')).toMatchObject({ status: 'success' })
    expect(await said('one')).toContain("Job's log exceeded limit of 4194304 bytes")
  })
})
