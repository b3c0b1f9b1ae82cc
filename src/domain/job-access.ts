/** Who may do something to one job: a person's role, and what a protected environment adds to it and takes from it. */
import { type Actor, refuse, roles, type Standing } from './access.ts'
import type { Refusal, StartRefusal } from './refusal.ts'

export type JobAction = 'play' | 'retry' | 'cancel' | 'force_cancel' | 'erase' | 'keep_artifacts' | 'delete_artifacts'

export interface JobProtection {
  /** Null: the job has no environment, or none that is protected. */
  readonly protectedEnvironment: string | null
  /** Every entry that protects the environment lets this person in; true without protection. */
  readonly mayDeploy: boolean
  /** Whose job it is. */
  readonly userId: number | null
  /** The job's branch is protected. */
  readonly refProtected: boolean
}

/** The sentence for a job that has nothing to erase, or has not ended. */
export const notErasable: Refusal = { code: 'forbidden', reason: 'Job is not erasable!' }

/** What being let in by the protection is enough for. */
const openToDeployers: readonly JobAction[] = ['play', 'retry', 'cancel']

const needs = {
  play: 'update_job',
  retry: 'update_job',
  cancel: 'update_job',
  force_cancel: 'force_cancel_job',
  erase: 'erase_job',
  keep_artifacts: 'update_job',
  delete_artifacts: 'destroy_artifacts',
} as const

/**
 * Null for yes. A person whom the protected environment of a deployment job lets in may play, retry and cancel it without being a
 * developer (GitLab docs, "Deployment-only access to protected environments"); whom it keeps out may do nothing to it. For playing
 * and retrying the protection is asked under the lease, together with the gate (decide-play.ts).
 */
export function refuseJobAction(
  actor: Actor | null,
  action: JobAction,
  standing: Standing,
  job: JobProtection,
): Refusal | null {
  const refusal = refuse(actor, needs[action], standing, 'Project')
  if (refusal) return refusal.code === 'forbidden' && letIn(actor, action, standing, job) ? null : refusal
  const judgedHere = action !== 'play' && action !== 'retry'
  if (judgedHere && job.protectedEnvironment !== null && !job.mayDeploy) {
    return { code: 'may_not_deploy', environment: job.protectedEnvironment }
  }
  return action === 'erase' && !mayErase(actor, standing, job) ? { code: 'forbidden' } : null
}

function letIn(actor: Actor | null, action: JobAction, standing: Standing, job: JobProtection): boolean {
  if (!openToDeployers.includes(action) || standing.archived) return false
  // A job's token never decides about jobs (threat T18).
  if (actor === null || actor.credential.kind === 'job') return false
  return job.protectedEnvironment !== null && job.mayDeploy
}

/** Logs and artifacts are evidence: maintainers, or whoever started the job, off protected branches (GitLab, Job permissions). */
function mayErase(actor: Actor | null, standing: Standing, job: JobProtection): boolean {
  if (actor === null) return false
  return actor.isAdmin || standing.role >= roles.maintainer || (job.userId === actor.userId && !job.refProtected)
}

/** New variables for a job that is retried: refused like those for a job that is played (threat T13). */
export function retryVariablesRefusal(needsApproval: boolean, hasVariables: boolean): StartRefusal | null {
  return needsApproval && hasVariables ? { code: 'variables_after_approval' } : null
}
