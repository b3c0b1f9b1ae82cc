import { describe, expect, test } from 'vitest'
import {
  type BridgeFacts,
  type BridgeRefusal,
  bridgeRefusal,
  bridgeTransitions,
  canMoveBridge,
  type Following,
  followDownstream,
  type Strategy,
} from '../../src/domain/bridge.ts'
import { canMoveJob, type JobStatus, jobStatuses } from '../../src/domain/job.ts'
import type { PipelineStatus } from '../../src/domain/pipeline.ts'

describe('whether a downstream pipeline is made', () => {
  const other = { sameProject: false, mayCreatePipelines: true }
  const own = { sameProject: true, mayCreatePipelines: true }
  const facts = (options: Partial<BridgeFacts> = {}): BridgeFacts => ({
    child: false,
    downstream: other,
    mayUpdateUpstream: true,
    depth: 1,
    hierarchySize: 1,
    lineage: ['1 push main'],
    ...options,
  })
  const child = (options: Partial<BridgeFacts> = {}) => facts({ child: true, downstream: own, ...options })
  const lineage = (letters: string) => letters.split('')

  const cases: [what: string, given: BridgeFacts, reason: BridgeRefusal['reason'] | null][] = [
    ['another project', facts(), null],
    ['a child', child(), null],
    ['a project that is not there, or not seen', facts({ downstream: null }), 'downstream_bridge_project_not_found'],
    ['the own project by its path', facts({ downstream: own }), 'invalid_bridge_trigger'],
    ['a child of a child', child({ depth: 2 }), null],
    ['a child of that', child({ depth: 3 }), 'reached_max_descendant_pipelines_depth'],
    ['another project from down there', facts({ depth: 3 }), null],
    ['the thousandth pipeline', facts({ hierarchySize: 999 }), null],
    ['one more', facts({ hierarchySize: 1000 }), 'reached_max_pipeline_hierarchy_size'],
    [
      'no right to pipelines there',
      facts({ downstream: { ...other, mayCreatePipelines: false } }),
      'insufficient_bridge_permissions',
    ],
    ['no right here', facts({ mayUpdateUpstream: false }), 'insufficient_bridge_permissions'],
    ['one circle: A B A, and on to B', facts({ lineage: lineage('ABA') }), null],
    ['two circles: A B A B A', facts({ lineage: lineage('ABABA') }), 'pipeline_loop_detected'],
    ['children are not looked at for circles', child({ lineage: lineage('ABABA') }), null],
  ]
  test.each(cases)('%s', (_what, given, reason) => expect(bridgeRefusal(given)?.reason ?? null).toBe(reason))
})

describe('what follows from the downstream pipeline', () => {
  const all = (strategy: Strategy, status: JobStatus) =>
    Object.fromEntries(
      jobStatuses.flatMap((downstream: PipelineStatus) => {
        const event = followDownstream({ status, strategy, downstream: { status: downstream, created: true } })
        return event === null ? [] : [[downstream, event]]
      }),
    )

  test('without a strategy the trigger job succeeds whatever its pipeline does', () => {
    expect(new Set(Object.values(all(null, 'running')))).toEqual(new Set(['succeed']))
    expect(Object.keys(all(null, 'running'))).toEqual([...jobStatuses])
  })

  test('depend: the end of the pipeline, and nothing before', () => {
    const ends = { success: 'succeed', failed: 'drop', canceled: 'cancel', skipped: 'drop' }
    expect(all('depend', 'running')).toEqual(ends)
    expect(all('depend', 'pending')).toEqual(ends)
  })

  test('mirror: also a pipeline that waits for a person, or was skipped', () => {
    const ends = { success: 'succeed', failed: 'drop', canceled: 'cancel' }
    expect(all('mirror', 'running')).toEqual({ ...ends, skipped: 'pass_over', manual: 'pause' })
    expect(all('mirror', 'pending')).toEqual({ ...ends, skipped: 'skip', manual: 'hold' })
  })

  test('mirror: a trigger job that waits moves as soon as its pipeline does', () => {
    expect(all('mirror', 'manual')).not.toHaveProperty('manual')
    expect(new Set(Object.values(all('mirror', 'manual')))).toEqual(new Set(['resume']))
    expect(all('depend', 'manual')).toEqual({})
  })

  test.each<[what: string, downstream: Following['downstream']]>([
    ['was deleted', null],
    ['could not be made', { status: 'failed', created: false }],
  ])('a pipeline that %s fails the trigger job under any strategy', (_what, downstream) => {
    for (const strategy of [null, 'depend', 'mirror'] as const) {
      expect(followDownstream({ status: 'running', strategy, downstream })).toBe('drop')
    }
  })

  test('a trigger job that is over stays over', () => {
    for (const status of ['success', 'failed', 'canceled', 'skipped'] as const) {
      expect(all('depend', status)).toEqual({})
      expect(all('mirror', status)).toEqual({})
    }
  })

  test('every answer is a move that the status allows', () => {
    for (const status of jobStatuses) {
      for (const strategy of [null, 'depend', 'mirror'] as const) {
        for (const event of Object.values(all(strategy, status))) {
          const allowed =
            event in bridgeTransitions ? canMoveBridge(status, event as 'pause') : canMoveJob(status, event as 'drop')
          expect([status, strategy, event, allowed]).toEqual([status, strategy, event, true])
        }
      }
    }
  })

  test('no transition of a trigger job leads to running: it starts through its gate like every job', () => {
    expect(Object.values(bridgeTransitions).map(({ to }) => to)).not.toContain('running')
  })
})
