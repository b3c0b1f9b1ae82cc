import { describe, expect, it } from 'vitest'
import { type Actor, roles } from '../../src/domain/access.ts'
import { type JobAction, type JobProtection, refuseJobAction } from '../../src/domain/job-access.ts'

const person: Actor = {
  userId: 7,
  username: 'p',
  name: 'P',
  isAdmin: false,
  credential: { kind: 'token', id: 1, scopes: ['api'] },
  ip: null,
}
const standing = (role: number, archived = false) => ({ role, visibility: 'private' as const, archived })
const job = (of: Partial<JobProtection> = {}): JobProtection => ({
  protectedEnvironment: null,
  mayDeploy: true,
  userId: 8,
  refProtected: false,
  ...of,
})
const letIn = job({ protectedEnvironment: 'production' })
const keptOut = job({ protectedEnvironment: 'production', mayDeploy: false })
const actions: JobAction[] = ['play', 'retry', 'cancel', 'force_cancel', 'erase']

/** Which of the actions are allowed, in the order of `actions`. */
const allowed = (actor: Actor | null, role: number, of: JobProtection, archived = false) =>
  actions.map((action) => (refuseJobAction(actor, action, standing(role, archived), of) === null ? 'y' : '-')).join('')

describe('what a person may do to a job', () => {
  it.each([
    ['guest, plain job', roles.guest, job(), '-----'],
    ['reporter, plain job', roles.reporter, job(), '-----'],
    ['developer, plain job', roles.developer, job(), 'yyy--'],
    ['developer, own job', roles.developer, job({ userId: 7 }), 'yyy-y'],
    ['developer, own job on a protected branch', roles.developer, job({ userId: 7, refProtected: true }), 'yyy--'],
    ['maintainer, plain job', roles.maintainer, job({ refProtected: true }), 'yyyyy'],
    ['reporter whom the protection lets in', roles.reporter, letIn, 'yyy--'],
    ['developer whom the protection lets in', roles.developer, letIn, 'yyy--'],
    // Playing and retrying are judged under the lease.
    ['developer whom the protection keeps out', roles.developer, keptOut, 'yy---'],
    ['maintainer whom the protection keeps out', roles.maintainer, keptOut, 'yy---'],
    ['reporter whom the protection keeps out', roles.reporter, keptOut, '-----'],
  ])('%s', (_, role, of, expected) => {
    expect(allowed(person, role, of)).toBe(expected)
  })

  it('names the environment that keeps somebody out', () => {
    expect(refuseJobAction(person, 'cancel', standing(roles.maintainer), keptOut)).toEqual({
      code: 'may_not_deploy',
      environment: 'production',
    })
  })

  it('nothing in an archived project, even for those let in', () => {
    expect(allowed(person, roles.maintainer, letIn, true)).toBe('-----')
    expect(allowed(person, roles.reporter, letIn, true)).toBe('-----')
  })

  it('nothing for a job token, nobody, or a stranger', () => {
    const token: Actor = { ...person, credential: { kind: 'job', jobId: 1, projectId: 1 } }
    expect(allowed(token, roles.owner, letIn)).toBe('-----')
    expect(allowed(null, 0, letIn)).toBe('-----')
    expect(refuseJobAction(person, 'play', standing(0), letIn)).toEqual({ code: 'not_found', what: 'Project' })
  })
})
