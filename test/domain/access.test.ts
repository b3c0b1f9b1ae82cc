import { describe, expect, test } from 'vitest'
import {
  type Actor,
  type Credential,
  canSee,
  type GroupAction,
  groupActions,
  type ProjectAction,
  projectActions,
  refuse,
  roleLevels,
  roles,
  type Standing,
  type Visibility,
} from '../../src/domain/access.ts'

/**
 * Who may do what, written by hand from GitLab's permissions (reference gitlab-deployments.md 6).
 *
 * - `from`: the lowest role
 * - `open`: also for everybody who can see the project: always, where pipelines are public, or unless the project is private
 * - `writes`: refused in an archived project
 * - `jobs`: a job's token may do it
 */
type Row = { from: keyof typeof roles; open?: 'always' | 'public jobs' | 'not private'; writes?: true; jobs?: true }

const projectTable: Record<ProjectAction, Row> = {
  read_project: { from: 'guest', open: 'always', jobs: true },
  read_members: { from: 'guest', open: 'always' },
  download_code: { from: 'reporter', open: 'not private', jobs: true },
  push_code: { from: 'developer', writes: true },
  read_pipeline: { from: 'reporter', open: 'public jobs', jobs: true },
  read_job: { from: 'reporter', open: 'public jobs', jobs: true },
  read_job_log: { from: 'reporter', open: 'public jobs' },
  read_variables_of_pipeline: { from: 'developer' },
  create_pipeline: { from: 'developer', writes: true },
  update_job: { from: 'developer', writes: true },
  erase_job: { from: 'developer', writes: true },
  destroy_artifacts: { from: 'maintainer', writes: true },
  force_cancel_job: { from: 'maintainer', writes: true },
  destroy_pipeline: { from: 'owner', writes: true },
  read_environment: { from: 'reporter', jobs: true },
  create_environment: { from: 'developer', writes: true, jobs: true },
  update_environment: { from: 'developer', writes: true, jobs: true },
  stop_environment: { from: 'developer', writes: true, jobs: true },
  stop_stale_environments: { from: 'maintainer', writes: true },
  read_deployment: { from: 'reporter', jobs: true },
  approve_deployment: { from: 'reporter', writes: true },
  create_deployment: { from: 'developer', writes: true, jobs: true },
  update_deployment: { from: 'developer', writes: true, jobs: true },
  destroy_deployment: { from: 'maintainer', writes: true },
  admin_protected_environments: { from: 'maintainer' },
  read_freeze_periods: { from: 'reporter' },
  admin_freeze_periods: { from: 'maintainer', writes: true },
  read_resource_groups: { from: 'developer' },
  admin_resource_groups: { from: 'developer', writes: true },
  clear_runner_caches: { from: 'maintainer', writes: true },
  admin_members: { from: 'maintainer' },
  admin_project: { from: 'maintainer' },
  admin_variables: { from: 'maintainer' },
  admin_runners: { from: 'maintainer' },
  admin_hooks: { from: 'maintainer' },
  admin_tokens: { from: 'maintainer' },
  admin_triggers: { from: 'maintainer', writes: true },
  read_schedules: { from: 'reporter', open: 'public jobs' },
  create_schedules: { from: 'developer', writes: true },
  admin_schedules: { from: 'maintainer', writes: true },
  read_audit_events: { from: 'maintainer' },
  read_own_audit_events: { from: 'developer' },
  rename_project: { from: 'maintainer' },
  change_visibility_level: { from: 'owner' },
  archive_project: { from: 'owner' },
  remove_project: { from: 'owner' },
}

const groupTable: Record<GroupAction, Row> = {
  read_group: { from: 'guest', open: 'always' },
  read_group_members: { from: 'guest', open: 'always' },
  create_project: { from: 'maintainer' },
  create_subgroup: { from: 'owner' },
  admin_group: { from: 'owner' },
  admin_group_members: { from: 'owner' },
  admin_group_variables: { from: 'owner' },
  admin_group_runners: { from: 'owner' },
  admin_group_hooks: { from: 'owner' },
  admin_group_tokens: { from: 'owner' },
  admin_group_protected_environments: { from: 'owner' },
  read_group_audit_events: { from: 'owner' },
  read_own_group_audit_events: { from: 'developer' },
}

test('T1: every action has a row, and every row an action', () => {
  expect([...projectActions].toSorted()).toEqual(Object.keys(projectTable).toSorted())
  expect([...groupActions].toSorted()).toEqual(Object.keys(groupTable).toSorted())
})

test('roles', () => {
  expect(roles).toEqual({ guest: 10, planner: 15, reporter: 20, developer: 30, maintainer: 40, owner: 50 })
  expect(roleLevels).toEqual([10, 15, 20, 30, 40, 50])
})

const credentials: Record<string, Credential> = {
  token: { kind: 'token', id: 1, scopes: ['api'] },
  session: { kind: 'session', id: 1 },
  system: { kind: 'system' },
  'job token': { kind: 'job', jobId: 1, projectId: 1 },
}

const visibilities: readonly Visibility[] = ['private', 'internal', 'public']
/** 5 is Minimal Access: enough to see a group, and nothing else. */
const held = [0, 5, ...Object.values(roles)]

type Answer = 'yes' | 'not_found' | 'unauthorized' | 'forbidden'
interface Case {
  readonly who: 'nobody' | 'user' | 'admin'
  readonly credential: keyof typeof credentials
  readonly standing: Standing
}

const cases: readonly Case[] = visibilities.flatMap((visibility) =>
  [false, true].flatMap((archived) =>
    [false, true].flatMap((publicJobs) =>
      held.flatMap((role) => {
        const standing = { role, visibility, archived, publicJobs }
        const people = Object.keys(credentials).flatMap((credential) =>
          (['user', 'admin'] as const).map((who): Case => ({ who, credential, standing })),
        )
        return role === 0 ? [{ who: 'nobody', credential: 'token', standing } as const, ...people] : people
      }),
    ),
  ),
)

function expected(row: Row, { who, credential, standing }: Case): Answer {
  const job = credential === 'job token'
  const allPowerful = who === 'admin' && !job
  const sees =
    standing.visibility === 'public' ||
    (who !== 'nobody' && (standing.visibility === 'internal' || standing.role > 0 || allPowerful))
  if (!sees) return 'not_found'
  const open =
    row.open === 'always' ||
    (row.open === 'public jobs' && standing.publicJobs === true) ||
    (row.open === 'not private' && standing.visibility !== 'private')
  if (who === 'nobody') return open ? 'yes' : 'unauthorized'
  if (row.writes && standing.archived) return 'forbidden'
  if (job && !row.jobs) return 'forbidden'
  return open || allPowerful || standing.role >= roles[row.from] ? 'yes' : 'forbidden'
}

function answer(action: ProjectAction | GroupAction, { who, credential, standing }: Case, what: 'Project' | 'Group') {
  const actor: Actor | null =
    who === 'nobody'
      ? null
      : {
          userId: 1,
          username: 'u',
          name: 'U',
          isAdmin: who === 'admin',
          credential: credentials[credential] ?? { kind: 'system' },
          ip: null,
        }
  const refusal = refuse(actor, action, standing, what)
  if (refusal?.code === 'not_found') expect(refusal.what).toBe(what)
  expect(canSee(actor, standing)).toBe(refusal?.code !== 'not_found')
  return refusal?.code ?? 'yes'
}

const tell = (one: Case, code: string) => `${one.who} with ${one.credential}, ${JSON.stringify(one.standing)}: ${code}`

describe('action × person × role × visibility × archived × public pipelines × credential', () => {
  test.each(Object.entries(projectTable) as [ProjectAction, Row][])('%s', (action, row) => {
    expect(cases.map((one) => tell(one, answer(action, one, 'Project')))).toEqual(
      cases.map((one) => tell(one, expected(row, one))),
    )
  })

  test.each(Object.entries(groupTable) as [GroupAction, Row][])('%s', (action, row) => {
    expect(cases.map((one) => tell(one, answer(action, one, 'Group')))).toEqual(
      cases.map((one) => tell(one, expected(row, one))),
    )
  })
})

// The generated table again, in sentences: what each of these once let through is why they are here.
describe('in sentences', () => {
  const standing: Standing = { role: 0, visibility: 'private' }
  const as = (options: Partial<Actor>): Actor => ({
    userId: 1,
    username: 'u',
    name: 'U',
    isAdmin: false,
    credential: { kind: 'session', id: 1 },
    ip: null,
    ...options,
  })
  const job = as({ credential: { kind: 'job', jobId: 1, projectId: 1 } })

  test('T15: visitors of a public project read code and jobs, and see neither deployments nor environments', () => {
    const shown: Standing = { role: 0, visibility: 'public', publicJobs: true }
    expect(refuse(null, 'download_code', shown, 'Project')).toBeNull()
    expect(refuse(null, 'read_job', shown, 'Project')).toBeNull()
    expect(refuse(null, 'read_deployment', shown, 'Project')).toEqual({ code: 'unauthorized' })
    expect(refuse(as({}), 'read_deployment', shown, 'Project')).toEqual({ code: 'forbidden' })
    expect(refuse(as({}), 'read_environment', shown, 'Project')).toEqual({ code: 'forbidden' })
  })

  test('Guests of a private project do not read its code', () => {
    const guest = { role: roles.guest, visibility: 'private' } as const
    expect(refuse(as({}), 'read_project', guest, 'Project')).toBeNull()
    expect(refuse(as({}), 'download_code', guest, 'Project')).toEqual({ code: 'forbidden' })
    expect(refuse(as({}), 'download_code', { ...guest, visibility: 'internal' }, 'Project')).toBeNull()
    expect(refuse(as({}), 'download_code', { ...guest, role: roles.reporter }, 'Project')).toBeNull()
  })

  test('T18: a job token never changes policy, members, variables or tokens, whatever role its user has', () => {
    const owner: Standing = { role: roles.owner, visibility: 'private' }
    const policy: ProjectAction[] = [
      'admin_protected_environments',
      'admin_freeze_periods',
      'admin_members',
      'admin_project',
      'admin_variables',
      'admin_runners',
      'admin_hooks',
      'admin_tokens',
      'push_code',
      'update_job',
      'destroy_deployment',
      'remove_project',
    ]
    for (const action of policy) expect(refuse(job, action, owner, 'Project')).toEqual({ code: 'forbidden' })
  })

  test('T19: the token of an administrator’s job has no power of its own', () => {
    const powerful = { ...job, isAdmin: true }
    expect(refuse(powerful, 'create_deployment', standing, 'Project')).toEqual({ code: 'not_found', what: 'Project' })
    expect(refuse(powerful, 'create_deployment', { ...standing, role: roles.reporter }, 'Project')).toEqual({
      code: 'forbidden',
    })
    expect(refuse(powerful, 'create_deployment', { ...standing, role: roles.developer }, 'Project')).toBeNull()
  })

  test('who is not signed in is asked to sign in, also where the project is archived', () => {
    const archived: Standing = { role: 0, visibility: 'public', archived: true }
    expect(refuse(null, 'push_code', archived, 'Project')).toEqual({ code: 'unauthorized' })
  })

  test('an archived project is read-only for administrators too', () => {
    const archived: Standing = { role: 0, visibility: 'private', archived: true }
    expect(refuse(as({ isAdmin: true }), 'create_deployment', archived, 'Project')).toEqual({ code: 'forbidden' })
    expect(refuse(as({ isAdmin: true }), 'read_deployment', archived, 'Project')).toBeNull()
  })
})
