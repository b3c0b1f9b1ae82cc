import { describe, expect, test } from 'vitest'
import { completedJobStatuses, type JobStatus, jobStatuses } from '../../src/domain/job.ts'
import type { When } from '../../src/domain/plan.ts'
import { nextTurns, type ProcessedJob, startsAfter } from '../../src/domain/process.ts'

// Reference A13: what came before → whether a job starts, by stage and by needs.
const starts: Record<When, { stage: string; dag: string }> = {
  on_success: { stage: 'success skipped', dag: 'success' },
  on_failure: { stage: 'failed', dag: 'failed' },
  always: { stage: 'success failed skipped', dag: 'success failed skipped' },
  manual: { stage: 'success skipped', dag: 'success' },
  delayed: { stage: 'success skipped', dag: 'success' },
}

describe('table A13', () => {
  const cases = (Object.keys(starts) as When[]).flatMap((when) =>
    jobStatuses.flatMap((prior) => [false, true].map((dag) => [when, prior, dag] as const)),
  )
  test.each(cases)('%s after %s (by needs: %s)', (when, prior, dag) => {
    expect(startsAfter(when, prior, dag)).toBe(starts[when][dag ? 'dag' : 'stage'].split(' ').includes(prior))
  })
})

type Spec = Partial<Omit<ProcessedJob, 'needs'>> & { readonly needs?: readonly string[] }

/** Stages as lists of jobs; names are unique, statuses `created` unless said. */
function pipeline(stages: readonly Record<string, Spec>[]): ProcessedJob[] {
  return stages.flatMap((stage, stageIndex) =>
    Object.entries(stage).map(([name, spec], index) => ({
      id: stageIndex * 100 + index + 1,
      name,
      status: 'created' as const,
      when: 'on_success' as const,
      allowFailure: false,
      stageIndex,
      ...spec,
      needs: spec.needs ?? null,
    })),
  )
}

const turns = (jobs: readonly ProcessedJob[]) => {
  const names = new Map(jobs.map((job) => [job.id, job.name]))
  return nextTurns(jobs).map((turn) => `${turn.outcome} ${names.get(turn.jobId)}`)
}

/** Decides until nothing more moves: a start becomes pending, manual or scheduled as `when` says. */
function settle(jobs: readonly ProcessedJob[]): Record<string, JobStatus> {
  let now = jobs
  for (let round = 0; round <= jobs.length; round++) {
    const decided = new Map(nextTurns(now).map((turn) => [turn.jobId, turn.outcome]))
    if (decided.size === 0) return Object.fromEntries(now.map((job) => [job.name, job.status]))
    now = now.map((job) => {
      const outcome = decided.get(job.id)
      if (outcome === undefined) return job
      if (outcome === 'skip') return { ...job, status: 'skipped' }
      const status = job.when === 'manual' ? 'manual' : job.when === 'delayed' ? 'scheduled' : 'pending'
      return { ...job, status }
    })
  }
  throw new Error('does not settle')
}

describe('stages', () => {
  test('the first stage starts at once, the others wait', () => {
    expect(turns(pipeline([{ a: {}, b: {} }, { c: {} }, { d: {} }]))).toEqual(['start a', 'start b'])
  })

  test.each<[string, Spec, string[]]>([
    ['success', { status: 'success' }, ['start next']],
    ['failed', { status: 'failed' }, ['skip next']],
    ['a tolerated failure', { status: 'failed', allowFailure: true }, ['start next']],
    ['canceled', { status: 'canceled' }, ['skip next']],
    ['a tolerated cancel', { status: 'canceled', allowFailure: true }, ['start next']],
    ['skipped', { status: 'skipped' }, ['start next']],
    ['a blocking manual job', { status: 'manual' }, []],
    ['an optional manual job', { status: 'manual', allowFailure: true }, ['start next']],
    ['scheduled', { status: 'scheduled' }, []],
    ['running', { status: 'running' }, []],
    ['canceling', { status: 'canceling' }, []],
    ['pending', { status: 'pending' }, []],
    ['waiting_for_resource', { status: 'waiting_for_resource' }, []],
  ])('after %s', (_name, before, expected) => {
    expect(turns(pipeline([{ before }, { next: {} }]))).toEqual(expected)
  })

  test('one job of the stage still runs', () => {
    expect(
      turns(pipeline([{ a: { status: 'failed' }, b: { status: 'running' } }, { c: { when: 'on_failure' } }])),
    ).toEqual([])
  })

  test('a stage looks at all earlier stages, not only at the last', () => {
    const jobs = pipeline([{ a: { status: 'failed' } }, { b: { status: 'success', when: 'on_failure' } }, { c: {} }])
    expect(turns(jobs)).toEqual(['skip c'])
  })

  test('stage indexes may have gaps and come in any order', () => {
    const jobs = pipeline([{ a: { status: 'success' } }, {}, { b: {} }, { c: {} }])
    expect(turns(jobs.toReversed())).toEqual(['start b'])
  })

  test('skips propagate, and clean-up runs', () => {
    const jobs = pipeline([
      { build: { status: 'failed' } },
      { test: {}, notify: { when: 'on_failure' } },
      { deploy: {}, 'deploy later': { when: 'delayed' }, approve: { when: 'manual' } },
      { clean: { when: 'always' } },
    ])
    expect(settle(jobs)).toEqual({
      build: 'failed',
      test: 'skipped',
      notify: 'pending',
      deploy: 'created',
      'deploy later': 'created',
      approve: 'created',
      clean: 'created',
    })
    const notified = jobs.map((job) => (job.name === 'notify' ? { ...job, status: 'success' as const } : job))
    expect(settle(notified)).toEqual({
      build: 'failed',
      test: 'skipped',
      notify: 'success',
      deploy: 'skipped',
      'deploy later': 'skipped',
      approve: 'skipped',
      clean: 'pending',
    })
  })

  test('`when: always` does not start after a cancel', () => {
    expect(turns(pipeline([{ a: { status: 'canceled' } }, { clean: { when: 'always' } }]))).toEqual(['skip clean'])
  })

  test('a failure beside a cancel is a failure', () => {
    const jobs = pipeline([
      { a: { status: 'canceled' }, b: { status: 'failed' } },
      { clean: { when: 'always' }, next: {} },
    ])
    expect(turns(jobs)).toEqual(['start clean', 'skip next'])
  })

  test('the same status with and without allow_failure in one stage', () => {
    const tolerated = { status: 'failed', allowFailure: true } as const
    expect(turns(pipeline([{ a: tolerated, b: { status: 'failed' } }, { next: {} }]))).toEqual(['skip next'])
    expect(turns(pipeline([{ b: { status: 'failed' }, a: tolerated }, { next: {} }]))).toEqual(['skip next'])
  })
})

describe('needs', () => {
  test('no needs at all: starts at once, in any stage', () => {
    expect(turns(pipeline([{ a: {} }, { early: { needs: [] } }]))).toEqual(['start a', 'start early'])
  })

  test('waits for its needs only', () => {
    const jobs = pipeline([
      { a: { status: 'success' }, slow: { status: 'running' } },
      { b: { needs: ['a'] }, c: {} },
    ])
    expect(turns(jobs)).toEqual(['start b'])
  })

  test.each<[string, Spec, string[]]>([
    ['success', { status: 'success' }, ['start b']],
    ['failed', { status: 'failed' }, ['skip b']],
    ['a tolerated failure', { status: 'failed', allowFailure: true }, ['start b']],
    ['skipped', { status: 'skipped' }, ['skip b']],
    ['canceled', { status: 'canceled' }, ['skip b']],
    ['a blocking manual job', { status: 'manual' }, []],
    // T28: a manual job that nobody played was not done, however optional it is.
    ['an optional manual job', { status: 'manual', allowFailure: true }, ['skip b']],
    ['running', { status: 'running' }, []],
  ])('after %s', (_name, a, expected) => {
    expect(turns(pipeline([{ a }, { b: { needs: ['a'] } }]))).toEqual(expected)
  })

  test('a skip runs down the whole graph', () => {
    const jobs = pipeline([
      { a: { status: 'failed' } },
      { b: { needs: ['a'] } },
      { c: { needs: ['b'] }, other: { needs: [] } },
      { d: { needs: ['c', 'other'] } },
    ])
    // One skipped need is enough (C4, row 1): `d` does not wait for the other one.
    expect(settle(jobs)).toEqual({ a: 'failed', b: 'skipped', c: 'skipped', other: 'pending', d: 'skipped' })
  })

  test('on_failure of a need', () => {
    const failed = pipeline([{ a: { status: 'failed' } }, { undo: { needs: ['a'], when: 'on_failure' } }])
    expect(turns(failed)).toEqual(['start undo'])
    const fine = pipeline([{ a: { status: 'success' } }, { undo: { needs: ['a'], when: 'on_failure' } }])
    expect(turns(fine)).toEqual(['skip undo'])
  })

  test('every need must be over', () => {
    const jobs = pipeline([{ a: { status: 'success' }, b: { status: 'created' } }, { c: { needs: ['a', 'b'] } }])
    expect(turns(jobs)).toEqual(['start b'])
  })

  test('an optional need that is not in the pipeline was left out by the caller', () => {
    const jobs = pipeline([{ a: { status: 'success' } }, { b: { needs: ['a'] }, c: { needs: [] } }])
    expect(turns(jobs)).toEqual(['start b', 'start c'])
  })

  test('T28: a job that needs a blocked deployment does not start around it', () => {
    const jobs = pipeline([
      { deploy: { status: 'manual', when: 'manual' } },
      { after: { needs: ['deploy'], when: 'always' }, later: { when: 'always' } },
    ])
    expect(turns(jobs)).toEqual([])
  })
})

test('only created jobs are decided', () => {
  for (const status of jobStatuses.filter((s) => s !== 'created')) {
    expect(nextTurns(pipeline([{ a: { status } }]))).toEqual([])
  }
})

test('prior statuses that let something start are completed ones', () => {
  for (const prior of jobStatuses.filter((s) => !completedJobStatuses.includes(s))) {
    expect((Object.keys(starts) as When[]).filter((when) => startsAfter(when, prior, false))).toEqual([])
  }
})
