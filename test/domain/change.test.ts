import { expect, test } from 'vitest'
import { moveDeployment, moveJob } from '../../src/domain/change.ts'
import type { DeploymentStatus } from '../../src/domain/deployment.ts'
import type { JobEvent, JobStatus } from '../../src/domain/job.ts'
import { aDeployment, aJob, told } from './helpers/facts.ts'

test.each<[JobStatus, JobEvent, DeploymentStatus | null, string[]]>([
  ['created', 'enqueue', null, ['job created → pending']],
  ['created', 'enqueue', 'created', ['job created → pending']],
  ['created', 'actionize', 'created', ['job created → manual', 'deployment created → blocked']],
  ['manual', 'enqueue', 'blocked', ['job manual → pending']],
  ['pending', 'run', 'blocked', ['job pending → running', 'deployment blocked → running']],
  ['pending', 'hold', 'created', ['job pending → manual', 'deployment created → blocked']],
  ['running', 'request_cancel', 'running', ['job running → canceling']],
  ['canceling', 'cancel', 'running', ['job canceling → canceled', 'deployment running → canceled']],
  ['created', 'skip', 'created', ['job created → skipped', 'deployment created → skipped']],
  ['skipped', 'reset', 'skipped', ['job skipped → created', 'deployment skipped → created']],
  // An illegal move of the deployment is left out; the job keeps its own (reference 2.2).
  ['pending', 'run', 'failed', ['job pending → running']],
])('%s, %s, deployment %s', (status, event, deployment, expected) => {
  const facts = aJob({ status, deployment: deployment && aDeployment({ status: deployment }) })
  expect(told(moveJob(facts, event))).toEqual(expected)
})

test('an impossible move of a job is a mistake of the caller', () => {
  expect(() => moveJob(aJob({ status: 'success' }), 'run')).toThrow('job 5 cannot run from success')
})

test('a deployment that is there already is not moved', () => {
  expect(moveDeployment({ id: 7, status: 'failed' }, 'drop')).toEqual([])
  expect(told(moveDeployment({ id: 7, status: 'blocked' }, 'unblock'))).toEqual(['deployment blocked → created'])
})
