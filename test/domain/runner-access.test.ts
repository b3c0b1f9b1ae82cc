import { describe, expect, it } from 'vitest'
import type { Actor } from '../../src/domain/access.ts'
import * as access from '../../src/domain/runner-access.ts'

const person: Actor = {
  userId: 1,
  username: 'p',
  name: 'P',
  isAdmin: false,
  credential: { kind: 'session', id: 1 },
  ip: null,
}
const admin = { ...person, isAdmin: true }
type Type = access.RunnerStanding['type']

describe('who may do what with a runner', () => {
  it.each<[string, Actor, Type, number[], boolean, string]>([
    // read, jobs, change, delete, enable
    ['somebody, instance', person, 'instance_type', [], false, 'y----'],
    ['admin, instance', admin, 'instance_type', [], false, 'yyyy-'],
    ['developer, project', person, 'project_type', [30], false, '-----'],
    ['maintainer, project', person, 'project_type', [40], false, 'yyyyy'],
    ['maintainer, locked', person, 'project_type', [40], true, 'yyyy-'],
    ['maintainer of both', person, 'project_type', [40, 50], false, 'yyy-y'],
    ['maintainer of one of two', person, 'project_type', [40, 0], false, 'yy---'],
    ['admin, two projects', admin, 'project_type', [0, 0], true, 'yyyyy'],
    ['no project left', person, 'project_type', [], false, '-----'],
    ['group maintainer', person, 'group_type', [40], false, 'yy---'],
    ['group owner', person, 'group_type', [50], false, 'yyyy-'],
    ['admin, group', admin, 'group_type', [0], false, 'yyyy-'],
  ])('%s', (_, actor, type, roles, locked, expected) => {
    const runner = { type, roles, locked }
    const answers = [
      access.refuseReadingRunner(actor, runner),
      access.refuseReadingRunnerJobs(actor, runner),
      access.refuseChangingRunner(actor, runner),
      access.refuseDeletingRunner(actor, runner),
      access.refuseEnablingRunner(actor, runner),
    ]
    expect(answers.map((refusal) => (refusal === null ? 'y' : '-')).join('')).toBe(expected)
  })
})
