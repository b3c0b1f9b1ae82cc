import { describe, expect, it } from 'vitest'
import { type MembershipFacts, refuseMembership, roleName } from '../../src/domain/member-rules.ts'
import { closingProblems, groupProblems, projectProblems, settingProblems } from '../../src/domain/place-rules.ts'
import { rotatedExpiry, type TokenScope, tokenProblems } from '../../src/domain/token-rules.ts'
import { userProblems } from '../../src/domain/user-rules.ts'

const today = '2026-06-15'

describe('tokens', () => {
  const request = { name: 'x', scopes: ['read_api'] as readonly TokenScope[], expiresAt: null }

  // What a token with these scopes may make.
  it.each<[readonly string[], TokenScope, boolean]>([
    [['api'], 'api', true],
    [['api'], 'write_repository', true],
    [['api'], 'self_rotate', true],
    [['read_api'], 'read_user', true],
    [['read_api'], 'api', false],
    [['read_api'], 'read_repository', false],
    [['write_repository'], 'read_repository', true],
    [['read_repository'], 'write_repository', false],
    [['read_user'], 'read_api', false],
    [[], 'read_user', false],
    [['unknown'], 'read_user', false],
  ])('T19 of %j may become %s: %s', (scopes, wanted, may) => {
    const problems = tokenProblems({ ...request, scopes: [wanted] }, { scopes, expiresAt: null }, today)
    expect(problems['scopes'] === undefined).toBe(may)
  })

  it.each<[string | null, string | null, boolean]>([
    [null, null, true],
    ['2026-06-16', null, true],
    [null, '2026-06-20', false],
    ['2026-06-20', '2026-06-20', true],
    ['2026-06-21', '2026-06-20', false],
    ['2026-06-15', null, false],
    ['2025-01-01', '2026-06-20', false],
  ])('T19 until %s from one until %s: %s', (expiresAt, parentExpiresAt, may) => {
    const parent = { scopes: ['api'], expiresAt: parentExpiresAt }
    expect(tokenProblems({ ...request, expiresAt }, parent, today)['expires_at'] === undefined).toBe(may)
  })

  it('of somebody in their browser have no limit but their own', () => {
    expect(tokenProblems({ ...request, scopes: ['api'] }, null, today)).toEqual({})
    expect(Object.keys(tokenProblems({ name: ' ', scopes: [], expiresAt: today }, null, today))).toEqual([
      'name',
      'scopes',
      'expires_at',
    ])
  })

  // Made on, until; asked for; what the new one gets.
  it.each<[string, string | null, string | null, string | null]>([
    ['2026-01-01', null, null, '2026-06-22'],
    ['2026-01-01', null, '2027-01-01', '2027-01-01'],
    ['2026-06-01', '2026-07-01', null, '2026-06-22'],
    ['2026-06-01', '2026-07-01', '2026-07-15', '2026-07-15'],
    ['2026-06-01', '2026-07-01', '2026-07-16', null],
    ['2026-06-14', '2026-06-17', null, '2026-06-18'],
    ['2026-06-14', '2026-06-14', null, '2026-06-16'],
  ])('made on %s until %s, rotated until %s', (createdOn, expiresAt, asked, expected) => {
    expect(rotatedExpiry({ createdOn, expiresAt }, asked, today)).toBe(expected)
  })
})

describe('memberships', () => {
  const facts: MembershipFacts = {
    actorRole: 50,
    isGroup: true,
    from: null,
    to: 30,
    isSelf: false,
    isLastOwner: false,
    isNamespaceOwner: false,
  }

  it.each<[string, Partial<MembershipFacts>, boolean]>([
    ['an Owner adds', {}, true],
    ['a Maintainer of a group adds', { actorRole: 40 }, false],
    ['a Maintainer of a project adds', { actorRole: 40, isGroup: false }, true],
    ['a Developer of a project adds', { actorRole: 30, isGroup: false }, false],
    ['a Maintainer makes an Owner', { actorRole: 40, isGroup: false, to: 50 }, false],
    ['a Maintainer unmakes an Owner', { actorRole: 40, isGroup: false, from: 50, to: 30 }, false],
    ['a Maintainer removes an Owner', { actorRole: 40, isGroup: false, from: 50, to: null }, false],
    ['a Guest leaves', { actorRole: 10, from: 10, to: null, isSelf: true }, true],
    ['a Guest raises themselves', { actorRole: 10, from: 10, to: 30, isSelf: true }, false],
    ['the last Owner leaves', { from: 50, to: null, isSelf: true, isLastOwner: true }, false],
    ['the last Owner steps down', { from: 50, to: 40, isSelf: true, isLastOwner: true }, false],
    ['the last Owner gets an expiry', { from: 50, to: 50, isLastOwner: true }, true],
    [
      'the only Owner of a project leaves',
      { isGroup: false, from: 50, to: null, isSelf: true, isLastOwner: true },
      true,
    ],
    [
      'the owner of the namespace leaves',
      { isGroup: false, from: 50, to: null, isSelf: true, isNamespaceOwner: true },
      false,
    ],
  ])('%s', (_what, overrides, may) => {
    expect(refuseMembership({ ...facts, ...overrides }) === null).toBe(may)
  })

  it('have the names of GitLab’s roles', () => {
    expect([10, 15, 20, 30, 40, 50].map(roleName)).toEqual([
      'Guest',
      'Planner',
      'Reporter',
      'Developer',
      'Maintainer',
      'Owner',
    ])
  })
})

describe('users', () => {
  it.each<[Parameters<typeof userProblems>[0], string[]]>([
    [{}, []],
    [{ email: 'a@b', username: 'x', name: 'X', password: '12345678' }, []],
    [{ email: 'a@b@c' }, ['email']],
    [{ email: 'a b@c' }, ['email']],
    [{ email: '' }, ['email']],
    [{ email: `${'x'.repeat(254)}@b` }, ['email']],
    [{ username: 'groups' }, ['username']],
    [{ name: 'a\u0000' }, ['name']],
    [{ password: '1234567' }, ['password']],
    [{ email: '', username: '', name: '', password: '' }, ['email', 'username', 'name', 'password']],
  ])('%j', (fields, expected) => {
    expect(Object.keys(userProblems(fields))).toEqual(expected)
  })
})

describe('places', () => {
  it.each([
    ['private', 'private', true],
    ['internal', 'private', false],
    ['public', 'internal', false],
    ['public', 'public', true],
    ['public', null, true],
  ] as const)('%s in %s', (visibility, around, may) => {
    expect(Object.keys(projectProblems({ visibility }, around)).length === 0).toBe(may)
    expect(Object.keys(groupProblems({ visibility }, around)).length === 0).toBe(may)
  })

  it('close no further than what is in them', () => {
    expect(closingProblems('private', { project: 'private', subgroup: null })).toEqual({})
    expect(closingProblems('internal', { project: 'internal', subgroup: 'public' })).toEqual({
      visibility_level: ['internal is not allowed since there are sub-groups with higher visibility.'],
    })
  })

  it.each<[Parameters<typeof settingProblems>[0], string[]]>([
    [{}, []],
    [{ build_timeout: 600, ci_config_path: '.gitlab-ci.yml', ci_default_git_depth: 0 }, []],
    [{ build_timeout: 599 }, ['build_timeout']],
    [{ build_timeout: 10_000_000 }, ['build_timeout']],
    [{ ci_config_path: '../x' }, ['ci_config_path']],
    [{ ci_config_path: 'a/..' }, ['ci_config_path']],
    [{ ci_config_path: '/etc/passwd' }, ['ci_config_path']],
    [{ ci_config_path: 'a..b/c.yml' }, []],
    [{ ci_config_path: 'x'.repeat(256) }, ['ci_config_path']],
    [{ ci_default_git_depth: -1 }, ['ci_default_git_depth']],
    [{ ci_config_path: null, ci_default_git_depth: null }, []],
  ])('%j', (settings, expected) => {
    expect(Object.keys(settingProblems(settings))).toEqual(expected)
  })
})
