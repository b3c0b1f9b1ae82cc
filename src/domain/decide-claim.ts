/** The last question before a job runs, asked under the lease by app/claim-job.ts alone: is its gate open, now? */
import { type Change, moveDeployment, moveJob } from './change.ts'
import { failureAtStart, type StartFailure } from './decide-start.ts'
import type { JobFacts } from './facts.ts'
import { gate } from './gate.ts'
import type { StartRefusal } from './refusal.ts'
import { assertNever, err, ok, type Result } from './result.ts'

export type ClaimVerdict =
  /** A runner may have it. */
  | { readonly kind: 'may_run' }
  /** It must not run, and stops being pending: these changes say how. */
  | { readonly kind: 'withdrawn'; readonly changes: Change[]; readonly why: StartRefusal }

/** Judges a pending job again, whatever was true when it was enqueued (threats T3, T5, T8, T30). */
export function judgeClaim(job: JobFacts): ClaimVerdict {
  const { deployment } = job
  const failure = failureAtStart({ ...job, when: 'on_success' })
  if (failure) {
    return {
      kind: 'withdrawn',
      changes: moveJob(job, 'drop', { failureReason: failure }),
      why: startRefusal(failure, job.environment?.name ?? ''),
    }
  }
  if (!deployment) return { kind: 'may_run' }
  const judged = gate(deployment.gate)
  const maySeeItThrough = job.environment?.userMayDeploy ?? true
  switch (judged.state) {
    case 'open':
      if (maySeeItThrough) return { kind: 'may_run' }
      return hold(job, { code: 'may_not_deploy', environment: deployment.environmentName })
    case 'waiting': {
      const missing = judged.counts.filter((c) => c.pending > 0).map((c) => ({ rule: c.rule.key, pending: c.pending }))
      return hold(job, { code: 'waiting_for_approvals', missing })
    }
    case 'rejected':
      return {
        kind: 'withdrawn',
        changes: moveJob(job, 'drop', { failureReason: 'deployment_rejected' }),
        why: { code: 'deployment_rejected' },
      }
    default:
      return assertNever(judged)
  }
}

function startRefusal(failure: StartFailure, environment: string): StartRefusal {
  switch (failure) {
    case 'environment_creation_failure':
      return { code: 'environment_invalid' }
    case 'data_integrity_failure':
      return { code: 'deployment_missing' }
    case 'user_blocked':
      return { code: 'user_blocked' }
    case 'failed_outdated_deployment_job':
      return { code: 'outdated_deployment' }
    case 'protected_environment_failure':
      return { code: 'may_not_deploy', environment }
    default:
      return assertNever(failure)
  }
}

function hold(job: JobFacts, why: StartRefusal): ClaimVerdict {
  const { deployment } = job
  const blocked = deployment ? moveDeployment(deployment, 'block') : []
  return {
    kind: 'withdrawn',
    changes: [...moveJob({ ...job, deployment: null }, 'hold', { when: 'manual' }), ...blocked],
    why,
  }
}

/** Marks a job as running: only after `judgeClaim` said yes in the same transaction. */
export function decideRun(job: JobFacts): Result<Change[], StartRefusal> {
  if (job.status !== 'pending') return err({ code: 'job_not_pending' })
  const verdict = judgeClaim(job)
  return verdict.kind === 'may_run' ? ok(moveJob(job, 'run')) : err(verdict.why)
}
