import { describe, expect, test } from 'vitest'
import { decideExternalStart, decideExternalUpdate, type ExternalStatus } from '../../src/domain/decide-external.ts'
import { type DeploymentStatus, deploymentStatuses } from '../../src/domain/deployment.ts'
import type { GateFacts } from '../../src/domain/gate.ts'
import { aDeployment, gateFacts, noGate, openGate, rejectedGate, told } from './helpers/facts.ts'

const statuses: readonly ExternalStatus[] = ['running', 'success', 'failed', 'canceled']
const gates: readonly [string, GateFacts][] = [
  ['no rules', noGate],
  ['open', openGate],
  ['waiting', gateFacts()],
  ['rejected', rejectedGate],
]

describe('a deployment that an external tool made (T25)', () => {
  test.each(gates.flatMap(([name, gate]) => statuses.map((wanted) => [name, wanted, gate] as const)))(
    'gate %s: created as %s',
    (name, wanted, gate) => {
      const closed = name === 'waiting' || name === 'rejected'
      const ships = wanted === 'running' || wanted === 'success'
      const to = closed && ships ? 'blocked' : wanted
      expect(told(decideExternalStart(aDeployment({ status: 'created', gate }), wanted))).toEqual([
        `deployment created → ${to}`,
      ])
    },
  )
})

describe('a later status', () => {
  const updated = (status: DeploymentStatus, wanted: ExternalStatus, gate: GateFacts) => {
    const decided = decideExternalUpdate(aDeployment({ status, gate }), wanted)
    return decided.ok ? told(decided.value) : decided.error.code
  }

  test.each(statuses.flatMap((wanted) => deploymentStatuses.map((status) => [status, wanted] as const)))(
    '%s → %s',
    (status, wanted) => {
      const legal = wanted === 'running' ? status === 'created' || status === 'blocked' : status !== wanted
      const moved = legal ? [`deployment ${status} → ${wanted}`] : 'invalid'
      const ships = wanted === 'running' || wanted === 'success'
      expect(updated(status, wanted, noGate)).toEqual(moved)
      expect(updated(status, wanted, openGate)).toEqual(moved)
      // Giving up is always possible; shipping never, not even from a terminal status.
      expect(updated(status, wanted, gateFacts())).toEqual(ships ? 'waiting_for_approvals' : moved)
      expect(updated(status, wanted, rejectedGate)).toEqual(ships ? 'deployment_rejected' : moved)
    },
  )

  test('says what is missing', () => {
    const decided = decideExternalUpdate(aDeployment({ gate: gateFacts() }), 'success')
    expect(!decided.ok && decided.error).toEqual({
      code: 'waiting_for_approvals',
      missing: [{ rule: 'rule:1', pending: 1 }],
    })
  })

  test('says which transition is impossible, as GitLab does', () => {
    const decided = decideExternalUpdate(aDeployment({ status: 'success', gate: noGate }), 'success')
    expect(!decided.ok && decided.error).toEqual({
      code: 'invalid',
      errors: { status: ['cannot transition via "succeed"'] },
    })
  })
})
