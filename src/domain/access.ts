/**
 * Who may do what: roles, actions, and the one table between them (GitLab permissions; reference gitlab-deployments.md 6).
 * Protection of an environment narrows this further; see gate.ts and decide-*.ts.
 */
import type { Refusal } from './refusal.ts'

export const roles = { guest: 10, planner: 15, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const
export type RoleLevel = (typeof roles)[keyof typeof roles]
export const roleLevels: readonly number[] = Object.values(roles)
export type Visibility = 'private' | 'internal' | 'public'

/** Who is asking, and with what credential. Nobody at all is `null`. */
export interface Actor {
  readonly userId: number
  readonly username: string
  readonly name: string
  readonly isAdmin: boolean
  readonly credential: Credential
  readonly ip: string | null
}

export type Credential =
  | { readonly kind: 'token'; readonly id: number; readonly scopes: readonly string[] }
  | { readonly kind: 'session'; readonly id: number }
  /** A job's token speaks for the job's user, in the job's own project, while the job runs. */
  | { readonly kind: 'job'; readonly jobId: number; readonly projectId: number }
  /** The server itself: timers, the last step of something a person started. */
  | { readonly kind: 'system' }

/** What is known of a person in one project or group. */
export interface Standing {
  /** Highest role, 0 for none. */
  readonly role: number
  readonly visibility: Visibility
  readonly archived?: boolean
  /** Pipelines and jobs may be read by whoever sees the project. */
  readonly publicJobs?: boolean
}

type Need = {
  readonly role: RoleLevel
  /**
   * Enough to see the project, whatever the role: always, where pipelines are public, or where the project itself is public or
   * internal. Guests of a private project see it and not its code (GitLab docs, Roles and permissions).
   */
  readonly visible?: 'always' | 'public_jobs' | 'not_private'
  /** Refused in an archived project. */
  readonly write?: boolean
}

const read = (role: RoleLevel, visible?: Need['visible']): Need => (visible ? { role, visible } : { role })
const write = (role: RoleLevel): Need => ({ role, write: true })

const projectNeeds = {
  read_project: read(roles.guest, 'always'),
  read_members: read(roles.guest, 'always'),
  download_code: read(roles.reporter, 'not_private'),
  push_code: write(roles.developer),
  read_pipeline: read(roles.reporter, 'public_jobs'),
  read_job: read(roles.reporter, 'public_jobs'),
  read_job_log: read(roles.reporter, 'public_jobs'),
  read_variables_of_pipeline: read(roles.developer),
  create_pipeline: write(roles.developer),
  update_job: write(roles.developer),
  erase_job: write(roles.developer),
  destroy_artifacts: write(roles.maintainer),
  force_cancel_job: write(roles.maintainer),
  destroy_pipeline: write(roles.owner),
  read_environment: read(roles.reporter),
  create_environment: write(roles.developer),
  update_environment: write(roles.developer),
  stop_environment: write(roles.developer),
  stop_stale_environments: write(roles.maintainer),
  read_deployment: read(roles.reporter),
  /** Whether a vote counts is for the rules of the environment to say; an archived project is past being deployed. */
  approve_deployment: write(roles.reporter),
  create_deployment: write(roles.developer),
  update_deployment: write(roles.developer),
  destroy_deployment: write(roles.maintainer),
  admin_protected_environments: read(roles.maintainer),
  read_freeze_periods: read(roles.reporter),
  admin_freeze_periods: write(roles.maintainer),
  read_resource_groups: read(roles.developer),
  admin_resource_groups: write(roles.developer),
  clear_runner_caches: write(roles.maintainer),
  admin_members: read(roles.maintainer),
  admin_project: read(roles.maintainer),
  admin_variables: read(roles.maintainer),
  admin_runners: read(roles.maintainer),
  admin_hooks: read(roles.maintainer),
  admin_tokens: read(roles.maintainer),
  admin_triggers: write(roles.maintainer),
  read_schedules: read(roles.reporter, 'public_jobs'),
  create_schedules: write(roles.developer),
  admin_schedules: write(roles.maintainer),
  read_audit_events: read(roles.maintainer),
  read_own_audit_events: read(roles.developer),
  rename_project: read(roles.maintainer),
  change_visibility_level: read(roles.owner),
  archive_project: read(roles.owner),
  remove_project: read(roles.owner),
} satisfies Record<string, Need>

const groupNeeds = {
  read_group: read(roles.guest, 'always'),
  read_group_members: read(roles.guest, 'always'),
  create_project: read(roles.maintainer),
  create_subgroup: read(roles.owner),
  admin_group: read(roles.owner),
  admin_group_members: read(roles.owner),
  admin_group_variables: read(roles.owner),
  admin_group_runners: read(roles.owner),
  admin_group_hooks: read(roles.owner),
  admin_group_tokens: read(roles.owner),
  admin_group_protected_environments: read(roles.owner),
  read_group_audit_events: read(roles.owner),
  read_own_group_audit_events: read(roles.developer),
} satisfies Record<string, Need>

export type ProjectAction = keyof typeof projectNeeds
export type GroupAction = keyof typeof groupNeeds
export const projectActions = Object.keys(projectNeeds) as ProjectAction[]
export const groupActions = Object.keys(groupNeeds) as GroupAction[]

/** The least role that may do this, visibility aside. */
export function neededRole(action: ProjectAction | GroupAction): RoleLevel {
  return needOf(action).role
}

function needOf(action: ProjectAction | GroupAction): Need {
  return action in projectNeeds ? projectNeeds[action as ProjectAction] : groupNeeds[action as GroupAction]
}

/** What a job token may do, and only in its own project (threat T18: never vote, never change policy). */
const jobTokenActions: readonly (ProjectAction | GroupAction)[] = [
  'read_project',
  'download_code',
  'read_job',
  'read_pipeline',
  'read_environment',
  'create_environment',
  'update_environment',
  'stop_environment',
  'read_deployment',
  'create_deployment',
  'update_deployment',
]

/** A job of an administrator is not an administrator: its token has the role of its user, and no more (threat T19). */
function administers(actor: Actor): boolean {
  return actor.isAdmin && actor.credential.kind !== 'job'
}

/** Whether a project or group can be seen at all; what cannot be seen answers 404, never 403. */
export function canSee(actor: Actor | null, standing: Standing): boolean {
  if (standing.visibility === 'public') return true
  if (actor === null) return false
  return administers(actor) || standing.role > 0 || standing.visibility === 'internal'
}

/**
 * The whole permission table as one question.
 * @param what names the kind of thing for the 404 ("Project", "Group")
 * @returns null for yes, else why not
 */
export function refuse(
  actor: Actor | null,
  action: ProjectAction | GroupAction,
  standing: Standing,
  what: 'Project' | 'Group',
): Refusal | null {
  if (!canSee(actor, standing)) return { code: 'not_found', what }
  const need = needOf(action)
  const openToAll = isOpen(need, standing)
  if (actor === null) return openToAll ? null : { code: 'unauthorized' }
  if (need.write && standing.archived) return { code: 'forbidden' }
  if (actor.credential.kind === 'job' && !jobTokenActions.includes(action)) return { code: 'forbidden' }
  return openToAll || administers(actor) || standing.role >= need.role ? null : { code: 'forbidden' }
}

function isOpen({ visible }: Need, standing: Standing): boolean {
  if (visible === 'not_private') return standing.visibility !== 'private'
  return visible === 'always' || (visible === 'public_jobs' && standing.publicJobs === true)
}
