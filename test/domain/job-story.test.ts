/** Random stories of one deployment job: votes, turns, runners, timers, and a world that changes in between. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/domain/change.ts'
import { retryRefusal } from '../../src/domain/decide-play.ts'
import type { DeploymentStatus } from '../../src/domain/deployment.ts'
import type { JobStatus } from '../../src/domain/job.ts'
import { people, someFits } from './helpers/arbitraries.ts'
import { aDeployment, aJob, deployTo } from './helpers/facts.ts'
import { applied, mostMet } from './helpers/model.ts'
import { aStep, changed, decide, fewRules, type Step, type Story } from './helpers/story.ts'

const aStory: fc.Arbitrary<Story> = fc
  .record({
    kind: fc.constantFrom('count' as const, 'rules' as const),
    rules: fewRules,
    fits: someFits,
    start: fc.constantFrom('on_approval' as const, 'manual' as const),
    when: fc.constantFrom('on_success' as const, 'always' as const, 'manual' as const, 'delayed' as const),
    retried: fc.boolean(),
    grouped: fc.boolean(),
    self: fc.boolean(),
    deployers: fc.subarray([...people], { minLength: 3 }),
  })
  .map(({ kind, rules, fits, start, when, retried, grouped, self, deployers }) => {
    const { gate: _read, ...deployment } = aDeployment({ status: 'created', start, creatorId: 1 })
    const resourceGroup = grouped ? { id: 1, free: true } : null
    const job = aJob({ when, enqueueImmediately: retried, environment: deployTo, resourceGroup, userId: 1 })
    return { kind, rules, fits, deployers, job, deployment, votes: [], digest: 1, selfApproval: self }
  })

const steps = fc.array(aStep, { maxLength: 40, size: 'max' })
const runs = { numRuns: 3000 }

interface Moment {
  readonly before: Story
  readonly step: Step
  readonly changes: readonly Change[]
  readonly after: Story
}

/** The whole story. Applying throws when a change does not start from what there is. */
function live(story: Story, told: readonly Step[]): Moment[] {
  let now = story
  return told.map((step) => {
    const before = now
    if (step.do === 'world') {
      now = changed(before, step.world)
      return { before, step, changes: [], after: now }
    }
    const changes = decide(before, step)
    now = { ...before, ...applied(before, changes) }
    return { before, step, changes, after: now }
  })
}

/** Whether enough of the right people stand behind exactly this, found without gate.ts. */
function approved(story: Story): boolean {
  if (story.votes.some((vote) => vote.status === 'rejected')) return false
  const counting = story.votes.filter(
    (vote) =>
      vote.digest === story.digest &&
      story.rules.some((rule) => rule.key === vote.filed) &&
      (story.selfApproval || vote.userId !== story.deployment.creatorId),
  )
  const meant = counting.map((vote) => ({ userId: vote.userId, rule: vote.chosen ? vote.filed : null }))
  return mostMet(story.rules, meant, story.fits) === story.rules.reduce((sum, rule) => sum + rule.required, 0)
}

const jobMoves = (changes: readonly Change[]) => changes.filter((change) => change.kind === 'job_moved')
const enters = (moment: Moment, to: JobStatus) => jobMoves(moment.changes).some((change) => change.to === to)

test('no job with a deployment reaches running unless its gate was open', () => {
  let ran = 0
  fc.assert(
    fc.property(aStory, steps, (story, told) => {
      for (const moment of live(story, told)) {
        if (!enters(moment, 'running')) continue
        ran++
        expect(moment.step.do).toBe('run')
        expect(approved(moment.before)).toBe(true)
        expect(moment.before.deployers).toContain(moment.before.job.userId)
        expect(moment.before.job.userActive).toBe(true)
        expect(moment.before.deployment.outdated).toBe(false)
      }
    }),
    runs,
  )
  expect(ran).toBeGreaterThan(50)
})

test('a job succeeds only after it ran', () => {
  fc.assert(
    fc.property(aStory, steps, (story, told) => {
      for (const moment of live(story, told)) {
        if (enters(moment, 'success')) expect(moment.before.job.status).toBe('running')
      }
    }),
    runs,
  )
})

test('a rejected deployment never runs', () => {
  let rejected = 0
  fc.assert(
    fc.property(aStory, steps, (story, told) => {
      const moments = live(story, told)
      const first = moments.findIndex(({ after }) => after.votes.some((vote) => vote.status === 'rejected'))
      if (first === -1) return
      rejected++
      for (const { after } of moments.slice(first)) {
        expect([after.job.status, after.deployment.status]).toEqual(['failed', 'failed'])
      }
      expect(moments.slice(first + 1).flatMap(({ changes }) => changes)).toEqual([])
      const facts = { retried: false, environmentName: 'production', userMayDeploy: true, outdated: false }
      const refusal = retryRefusal({ ...facts, status: 'failed', failureReason: 'deployment_rejected' })
      expect(refusal?.code).toBe('job_not_retryable')
    }),
    runs,
  )
  expect(rejected).toBeGreaterThan(50)
})

test('a job runs at most once, and one vote enqueues it at most once', () => {
  fc.assert(
    fc.property(aStory, steps, (story, told) => {
      const moments = live(story, told)
      expect(moments.filter((moment) => enters(moment, 'running')).length).toBeLessThanOrEqual(1)
      for (const { step, changes, before, after } of moments) {
        if (step.do !== 'vote') continue
        const moves = jobMoves(changes)
        expect(moves.length).toBeLessThanOrEqual(1)
        // An approval that starts something is the one that opened the gate, and starts nothing under `start: manual`.
        if (!moves.some((change) => change.to === 'pending' || change.to === 'waiting_for_resource')) continue
        expect([approved(before), approved(after), before.deployment.start]).toEqual([false, true, 'on_approval'])
        expect(before.deployers).toContain(before.job.userId)
      }
    }),
    runs,
  )
})

describe('the deployment tells the same as its job', () => {
  const agrees: Record<JobStatus, readonly DeploymentStatus[]> = {
    created: ['created'],
    waiting_for_resource: ['created', 'blocked'],
    preparing: ['created', 'blocked'],
    waiting_for_callback: ['created', 'blocked'],
    // Blocked until it runs when a person played it; created when the last approval enqueued it.
    pending: ['created', 'blocked'],
    running: ['running'],
    canceling: ['running'],
    success: ['success'],
    failed: ['failed'],
    canceled: ['canceled'],
    skipped: ['skipped'],
    manual: ['blocked'],
    scheduled: ['created'],
  }

  test('after every step', () => {
    fc.assert(
      fc.property(aStory, steps, (story, told) => {
        const odd = live(story, told).filter(({ after }) => !agrees[after.job.status].includes(after.deployment.status))
        expect(odd.map(({ after }) => [after.job.status, after.deployment.status])).toEqual([])
      }),
      runs,
    )
  })

  test('and no step moves a job or its deployment twice', () => {
    fc.assert(
      fc.property(aStory, steps, (story, told) => {
        const twice = live(story, told).filter(({ changes }) => {
          const kinds = changes.map((change) => change.kind).filter((kind) => kind.endsWith('_moved'))
          return new Set(kinds).size < kinds.length
        })
        expect(twice).toEqual([])
      }),
      runs,
    )
  })
})
