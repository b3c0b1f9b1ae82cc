/** Four unmodified GitLab Runners, each with four jobs at a time, and a queue: nothing runs twice, nothing is left. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aDeploymentWorld, push } from '../helpers/deployment-world.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { pipelineEnd } from '../helpers/job-watch.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

const jobs = 200

describeWithGitlabRunner('four GitLab Runners drain a queue', () => {
  let server: TestServer
  let runners: GitlabRunner[]
  let marks: string

  beforeAll(async () => {
    server = await startTestServer()
    marks = await mkdtemp(join(tmpdir(), 'countersign-marks-'))
    runners = await Promise.all([1, 2, 3, 4].map(() => aGitlabRunner(server, { concurrent: 4 })))
  })
  afterAll(async () => {
    await Promise.all(runners.map((runner) => runner.dispose()))
    await server.stop()
    await rm(marks, { recursive: true, force: true })
  })

  it(`runs each of ${jobs} jobs once`, async () => {
    const file = join(marks, 'runs')
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(
      world,
      `
one:
  parallel: ${jobs}
  variables: {GIT_STRATEGY: none}
  script: ['echo "$CI_JOB_ID $CI_NODE_INDEX $CI_RUNNER_ID" >> ${file}']
`,
    )
    expect(await pipelineEnd(world, pipelineId, 240_000)).toBe('success')
    const lines = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
    const column = (index: number) => lines.map((line) => line[index] ?? 0)
    expect(column(1).sort((a, b) => a - b)).toEqual(Array.from({ length: jobs }, (_, index) => index + 1))
    expect(new Set(column(0)).size).toBe(jobs)
    expect(new Set(column(2))).toEqual(new Set(runners.map((runner) => runner.id)))
    const rows = await server.db.selectFrom('jobs').select(['status', 'retried']).execute()
    expect(rows.filter((row) => row.status !== 'success' || row.retried)).toEqual([])
    expect(rows).toHaveLength(jobs)
  }, 300_000)
})
