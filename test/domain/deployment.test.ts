import { describe, expect, test } from 'vitest'
import {
  canMoveDeployment,
  type DeploymentEvent,
  type DeploymentStatus,
  deploymentEventFor,
  deploymentStatuses,
  deploymentTransitions,
  finishedDeploymentStatuses,
  upcomingDeploymentStatuses,
} from '../../src/domain/deployment.ts'
import { type JobStatus, jobStatuses } from '../../src/domain/job.ts'

// Reference 2.1; `unblock` is C2's.
const table: Record<DeploymentEvent, [from: string, to: DeploymentStatus]> = {
  run: ['created blocked', 'running'],
  block: ['created', 'blocked'],
  unblock: ['blocked', 'created'],
  create: ['skipped', 'created'],
  succeed: ['created running failed canceled skipped blocked', 'success'],
  drop: ['created running success canceled skipped blocked', 'failed'],
  cancel: ['created running success failed skipped blocked', 'canceled'],
  skip: ['created running success failed canceled blocked', 'skipped'],
}

describe('deployment transitions', () => {
  const events = Object.keys(deploymentTransitions) as DeploymentEvent[]
  test('every event is in the table', () => expect(events.toSorted()).toEqual(Object.keys(table).toSorted()))

  test.each(events)('%s', (event) => {
    const [from, to] = table[event]
    expect(deploymentStatuses.filter((status) => canMoveDeployment(status, event))).toEqual(
      deploymentStatuses.filter((status) => from.split(' ').includes(status)),
    )
    expect(deploymentTransitions[event].to).toBe(to)
  })

  test('a finished deployment never runs or waits again', () => {
    for (const status of finishedDeploymentStatuses) {
      const reachable = events
        .filter((event) => canMoveDeployment(status, event))
        .map((e) => deploymentTransitions[e].to)
      expect(reachable).not.toContain('running')
      expect(reachable).not.toContain('blocked')
      expect(reachable).not.toContain('created')
    }
  })

  test('sets', () => {
    expect(deploymentStatuses).toEqual(['created', 'running', 'success', 'failed', 'canceled', 'skipped', 'blocked'])
    expect(finishedDeploymentStatuses).toEqual(['success', 'failed', 'canceled'])
    expect(upcomingDeploymentStatuses).toEqual(['created', 'blocked'])
  })
})

// Reference 2.2: what the deployment becomes when its job enters a status; null: unchanged.
const becomes: Record<JobStatus, DeploymentStatus | null> = {
  created: 'created',
  waiting_for_resource: null,
  preparing: null,
  waiting_for_callback: null,
  pending: null,
  running: 'running',
  canceling: null,
  success: 'success',
  failed: 'failed',
  canceled: 'canceled',
  skipped: 'skipped',
  manual: 'blocked',
  scheduled: null,
}

describe('a deployment follows its job', () => {
  test.each(jobStatuses)('job becomes %s', (jobStatus) => {
    const wanted = becomes[jobStatus]
    for (const status of deploymentStatuses) {
      const event = deploymentEventFor(jobStatus, status)
      const legal = Object.entries(table).find(([, [from, to]]) => to === wanted && from.split(' ').includes(status))
      // `skipped` → `blocked` is illegal: it goes through `created`.
      const expected = jobStatus === 'manual' && status === 'skipped' ? 'create' : (legal?.[0] ?? null)
      // A job never un-blocks its deployment by being created: only an approval does.
      expect([status, event]).toEqual([status, jobStatus === 'created' && status === 'blocked' ? null : expected])
    }
  })
})
