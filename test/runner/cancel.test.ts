import { describe, expect, it } from 'vitest'
import { allDead, FAMILY, isAlive, pidsIn } from './helpers/processes.ts'
import { plain, startWorld } from './helpers/test-runner.ts'

describe('canceling a job', () => {
  it('gracefully ends the script with all its descendants, runs after_script and reports job_canceled', async () => {
    const { server } = await startWorld()
    const job = server.job({
      steps: [
        { name: 'script', script: FAMILY },
        { name: 'after_script', script: ['echo "after: $CI_JOB_STATUS"'] },
      ],
    })
    await job.logged('\nfamily complete\n')
    const pids = pidsIn(plain(job.log()), 'child', 'grandchild', 'shell')
    expect(pids.map(isAlive)).toEqual([true, true, true])
    job.status = 'canceling'
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' })
    expect(plain(job.log())).toContain('\nafter: canceled\n')
    await allDead(pids)
  })

  it('gracefully gives the script time to clean up', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: [`sh -c 'trap "sleep 0.3; echo unlocked; exit" TERM; echo locked; while :; do sleep 0.01; done'`],
    })
    await job.logged('\nlocked\n')
    job.status = 'canceling'
    await job.finished()
    expect(plain(job.log())).toContain('\nunlocked\n')
  })

  it('gracefully does not wait for ever for a script that ignores it', async () => {
    const { server } = await startWorld({ timing: { killGrace: 200 } })
    const job = server.job({ script: [`trap '' TERM; echo stubborn; while :; do sleep 0.01; done`] })
    await job.logged('\nstubborn\n')
    job.status = 'canceling'
    expect(await job.finished()).toMatchObject({ failure_reason: 'job_canceled' })
  })

  it('at once kills everything, runs no after_script and says no more', async () => {
    const { server, dir } = await startWorld()
    const job = server.job({
      steps: [
        { name: 'script', script: FAMILY },
        { name: 'after_script', script: [`touch ${dir}/after`] },
      ],
    })
    await job.logged('\nfamily complete\n')
    const pids = pidsIn(plain(job.log()), 'child', 'grandchild', 'shell')
    job.status = 'canceled'
    await allDead(pids)
    const next = server.job({ script: [`ls ${dir}`] })
    await next.finished()
    expect(plain(next.log())).not.toContain('after')
    expect(job.updates.every((update) => update.state === 'running')).toBe(true)
  })

  it('before it began ends in job_canceled without running anything', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['echo ran'] })
    server.intercept = (request) => {
      if (request.method === 'PUT' && job.status === 'assigned') job.status = 'canceling'
      return false
    }
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' })
    expect(plain(job.log())).not.toContain('\nran\n')
  })

  it('is told to a server that does not know job_canceled as unknown_failure', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['echo begun; sleep 600'], features: { failure_reasons: ['unknown_failure'] } })
    await job.logged('begun\n')
    job.status = 'canceling'
    expect(await job.finished()).toMatchObject({ failure_reason: 'unknown_failure' })
  })
})

describe('the end of a step', () => {
  it('ends what the script left running in the background', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: [...FAMILY.slice(0, 2), 'until [ -e ready ]; do sleep 0.01; done'] })
    expect(await job.finished()).toMatchObject({ state: 'success' })
    await allDead(pidsIn(plain(job.log()), 'child', 'grandchild'))
  })

  it('does not wait for a background process that holds the output', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['nohup sleep 600 &', 'echo done'] })
    expect(await job.finished()).toMatchObject({ state: 'success' })
  })
})

describe('stopping the runner', () => {
  it('gracefully waits for the running job and takes no other', async () => {
    const { server, runner } = await startWorld({ concurrency: 1 })
    const job = server.job({ script: ['echo begun', 'sleep 0.5', 'echo ended'] })
    await job.logged('begun\n')
    const stopped = runner.stop(true)
    const waiting = server.job({})
    await stopped
    expect(job.status).toBe('success')
    expect(waiting.status).toBe('pending')
  })

  it('at once ends the running job as interrupted', async () => {
    const { server, runner } = await startWorld()
    const job = server.job({ script: FAMILY })
    await job.logged('\nfamily complete\n')
    const pids = pidsIn(plain(job.log()), 'child', 'grandchild', 'shell')
    await runner.stop(false)
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'runner_interrupted' })
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('by its signal is the same', async () => {
    const controller = new AbortController()
    const { server } = await startWorld({ signal: controller.signal })
    const job = server.job({ script: ['echo begun; sleep 600'] })
    await job.logged('begun\n')
    controller.abort()
    expect(await job.finished()).toMatchObject({ failure_reason: 'runner_interrupted' })
  })
})
