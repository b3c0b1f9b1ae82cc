/** What people and accidents do to jobs that an unmodified GitLab Runner runs: cancel, approve, reject, play, stop, kill. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { reclaimJobs } from '../../src/app/reclaim-jobs.ts'
import { resetLog } from '../../src/db/job-logs.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  protect,
  push,
  vote,
} from '../helpers/deployment-world.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { jobCalled, jobEnd, jobIs, logged, logOf, pipelineEnd, readable } from '../helpers/job-watch.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { until } from '../helpers/until.ts'

/** Says something every second: GitLab Runner asks after a silent job only every 30 seconds. */
const long = `
one:
  script:
    - echo "it runs as $$"
    - for i in $(seq 1 100); do echo "still here"; sleep 1; done
    - echo "it went on"
  after_script: [echo "after_script sees $CI_JOB_STATUS"]
`

describeWithGitlabRunner('jobs of GitLab Runner can be controlled', () => {
  let server: TestServer
  let world: DeploymentWorld
  let runner: GitlabRunner

  beforeAll(async () => {
    server = await startTestServer()
    world = await aDeploymentWorld(server)
    runner = await aGitlabRunner(server)
  })
  afterAll(async () => {
    await runner.dispose()
    await server.stop()
  })

  const cancel = (jobId: number, body: object = {}) =>
    server.api(world.maintainer.token).post(`/projects/${world.project.id}/jobs/${jobId}/cancel`, body)

  /** The job runs, and says so. */
  async function begun(pipelineId: number) {
    const job = await jobIs(world, pipelineId, 'one', 'running')
    return { job, log: await logged(world, job.id, 'it runs as') }
  }

  it('are canceled with its after_script', async () => {
    const { pipelineId } = await push(world, long)
    const { job } = await begun(pipelineId)
    expect((await cancel(job.id)).body).toMatchObject({ status: 'canceling' })
    const end = await jobEnd(world, pipelineId, 'one')
    expect(end.job.status).toBe('canceled')
    expect(readable(end.log)).toContain('after_script sees canceled')
    expect(readable(end.log)).not.toContain('it went on')
  })

  it('are canceled at once by force: nothing of them goes on', async () => {
    const { pipelineId } = await push(world, long)
    const { job } = await begun(pipelineId)
    expect((await cancel(job.id, { force: true })).body).toMatchObject({ status: 'canceled' })
    const next = await push(world, 'one:\n  script: [echo next]\n')
    expect(await pipelineEnd(world, next.pipelineId)).toBe('success')
    expect(readable(await logOf(world, job.id))).not.toMatch(/after_script sees|it went on/)
    expect((await jobCalled(world, pipelineId, 'one')).status).toBe('canceled')
  })

  it('wait for approval: a blocked deployment runs after it, a rejected one never', async () => {
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      approval_rules: [{ access_level: 40, required_approvals: 1 }],
    })
    const file = `
build:
  stage: build
  script: [echo built]
production:
  stage: deploy
  script: ['echo "deploying to $CI_ENVIRONMENT_NAME at $CI_ENVIRONMENT_URL"']
  environment: {name: production, url: "https://$CI_PROJECT_NAME.example.com"}
`
    const approved = await push(world, file)
    await until('the deployment to be blocked', async () => {
      const { status } = await deploymentOf(world, approved.pipelineId)
      return status === 'blocked' || undefined
    })
    expect((await jobCalled(world, approved.pipelineId, 'production')).status).toBe('manual')
    const deployment = await deploymentOf(world, approved.pipelineId)
    expect((await vote(world, deployment.id, world.maintainer, { status: 'approved' })).status).toBe(201)
    const { job, log } = await jobEnd(world, approved.pipelineId, 'production')
    expect(job.status).toBe('success')
    expect(readable(log)).toContain(`deploying to production at https://${world.project.path}.example.com`)
    expect((await deploymentOf(world, approved.pipelineId)).status).toBe('success')

    const rejected = await push(world, file)
    const other = await until('the second deployment', async () => {
      const found = await deploymentOf(world, rejected.pipelineId).catch(() => null)
      return found?.status === 'blocked' ? found : undefined
    })
    expect((await vote(world, other.id, world.maintainer, { status: 'rejected' })).status).toBe(201)
    expect(await pipelineEnd(world, rejected.pipelineId)).toBe('failed')
    expect(await logOf(world, other.jobId)).toBe('')
    expect(await jobCalled(world, rejected.pipelineId, 'production')).toMatchObject({ status: 'failed', runner: null })
  })

  it('start by hand, with the variables somebody typed', async () => {
    const { pipelineId } = await push(
      world,
      `
one:
  when: manual
  script: ['echo "it runs as $WHO"']
`,
    )
    const job = await jobIs(world, pipelineId, 'one', 'manual')
    const played = await server.api(world.developer.token).post(`/projects/${world.project.id}/jobs/${job.id}/play`, {
      job_variables_attributes: [{ key: 'WHO', value: 'played by hand' }],
    })
    expect(played.status).toBe(200)
    expect(readable((await jobEnd(world, pipelineId, 'one')).log)).toContain('it runs as played by hand')
  })

  it('send their log again when the server lost it', async () => {
    const { pipelineId } = await push(
      world,
      `
one:
  script:
    - echo "it runs as $$"
    - for i in $(seq 1 5); do echo "line $i"; sleep 1; done
`,
    )
    const { job } = await begun(pipelineId)
    await inTransaction(server.db, (tx) => resetLog(tx, job.id))
    const end = await jobEnd(world, pipelineId, 'one')
    expect(end.job.status).toBe('success')
    expect(end.log).toMatch(/^\S+ 00O .*Running with gitlab-runner/)
    const lines = [...readable(end.log).matchAll(/^line (\d)$/gm)].map((match) => Number(match[1]))
    expect(lines).toEqual([1, 2, 3, 4, 5])
  })

  it('stop together with their pipeline', async () => {
    const { pipelineId } = await push(world, `${long}two:\n  stage: deploy\n  script: [echo never]\n`)
    await begun(pipelineId)
    const path = `/projects/${world.project.id}/pipelines/${pipelineId}/cancel`
    expect((await server.api(world.developer.token).post(path)).status).toBe(200)
    expect(await pipelineEnd(world, pipelineId)).toBe('canceled')
    expect((await jobEnd(world, pipelineId, 'one')).job.status).toBe('canceled')
    expect((await jobCalled(world, pipelineId, 'two')).status).toBe('canceled')
  })

  it('show their log to developers only when every command is traced', async () => {
    const { pipelineId } = await push(
      world,
      'one:\n  variables: {CI_DEBUG_TRACE: "true", PASSWORD: hush}\n  script: [test "$PASSWORD" = hush]\n',
    )
    const { job, log } = await jobEnd(world, pipelineId, 'one')
    expect(job.status).toBe('success')
    expect(readable(log)).toMatch(/^\+.* hush/m)
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    const path = `/projects/${world.project.id}/jobs/${job.id}`
    expect((await server.api(reporter.token).get(path)).status).toBe(200)
    expect((await server.api(reporter.token).get(`${path}/trace`)).status).toBe(403)
  })

  it('come to their end on a runner that is told to stop when it is done', async () => {
    const other = await aGitlabRunner(server, { tags: ['patient'] })
    try {
      const { pipelineId } = await push(
        world,
        'one:\n  tags: [patient]\n  script: [echo "it runs as $$", sleep 3, echo "to the end"]\n',
      )
      await begun(pipelineId)
      expect(await other.stop()).toBe(0)
      const { job, log } = await jobEnd(world, pipelineId, 'one')
      expect(job.status).toBe('success')
      expect(readable(log)).toContain('to the end')
    } finally {
      await other.dispose()
    }
  })

  it('fail with the reason when their runner is stopped at once', async () => {
    const other = await aGitlabRunner(server, { tags: ['hasty'] })
    const { pipelineId } = await push(world, long.replace('one:', 'one:\n  tags: [hasty]'))
    try {
      await begun(pipelineId)
    } finally {
      await other.dispose()
    }
    expect((await jobEnd(world, pipelineId, 'one')).job).toMatchObject({
      status: 'failed',
      failure_reason: 'runner_interrupted',
    })
  })

  it('fail when their runner was killed, and run again elsewhere', async () => {
    const victim = await aGitlabRunner(server, { tags: ['victim'] })
    const { pipelineId } = await push(world, 'one:\n  tags: [victim]\n  script: [echo "it runs as $$", sleep 100]\n')
    const { log } = await begun(pipelineId)
    await victim.kill()
    // What the job started lives on, as on a machine whose runner crashed.
    process.kill(Number(/it runs as (\d+)/.exec(readable(log))?.[1]), 'SIGKILL')
    const impatient = { ...server.app, timing: { ...server.app.timing, lostJobMs: 1_500 } }
    await until('the job to be taken for lost', async () => {
      await reclaimJobs(impatient)
      return (await jobCalled(world, pipelineId, 'one')).status === 'failed' || undefined
    })
    const lost = await jobCalled(world, pipelineId, 'one')
    expect(lost.failure_reason).toBe('stuck_or_timeout_failure')
    await victim.dispose()
    const heir = await aGitlabRunner(server, { tags: ['victim'] })
    try {
      const retried = await server
        .api(world.developer.token)
        .post<{ id: number }>(`/projects/${world.project.id}/jobs/${lost.id}/retry`)
      expect(retried.status).toBe(201)
      expect((await jobIs(world, pipelineId, 'one', 'running')).runner?.id).toBe(heir.id)
      await cancel(retried.body.id, { force: true })
    } finally {
      await heir.dispose()
    }
  })
})
