/** A deployment in words: what would ship where, what is missing, who can give it. */
import type { DeploymentExtended } from '../../../contract/deployments.ts'
import { count, moment, plain, print, printFields } from '../../output.ts'

/** @param project as the caller named it @param write of one line */
export function printDeployment(
  project: string,
  deployment: DeploymentExtended,
  write: (line: string) => void = print,
): void {
  const { environment, user, deployable } = deployment
  const title = commitTitle(deployable)
  const fields: [string, string][] = [
    ['Deployment', `${deployment.id} of ${plain(project)}`],
    ['Environment', plain(environment.name)],
    ['Ref', plain(deployment.ref)],
    ['Commit', title === null ? deployment.sha : `${deployment.sha} ${plain(title)}`],
    ['Status', statusText(deployment)],
    ['Created', `${moment(deployment.created_at)} by ${user === null ? 'nobody' : plain(user.username)}`],
    ['Job', deployable === null ? 'none: an external tool deploys' : `${deployable.id} ${plain(deployable.name)}`],
    ...deployment.approvals.map((vote): [string, string] => [
      vote.status === 'approved' ? 'Approved by' : 'Rejected by',
      `${plain(vote.user.username)}, ${moment(vote.created_at)}${vote.comment ? `: ${plain(vote.comment)}` : ''}`,
    ]),
    ...deployment.waiting_for.flatMap(waitingLines),
    ['You', yourPart(deployment)],
  ]
  printFields(fields, write)
}

/** Who is waited for, on one line; empty when nobody is. */
export function waitingSummary(deployment: DeploymentExtended): string {
  return deployment.waiting_for
    .map(({ rule, pending_approvals: pending, candidates }) => {
      const people = candidates.map((user) => user.username)
      const shown =
        people.length > 3 ? `${people.slice(0, 3).join(', ')} and ${people.length - 3} more` : people.join(', ')
      return `${pending} × ${rule ?? 'anyone who may deploy'} (${shown || 'nobody can'})`
    })
    .join('; ')
}

/** `approve, reject`, or nothing. */
export function allowedActions({ your_approval: yours }: DeploymentExtended): string {
  return [yours.approve.allowed ? 'approve' : '', yours.reject.allowed ? 'reject' : ''].filter(Boolean).join(', ')
}

function statusText({ status, pending_approval_count: pending }: DeploymentExtended): string {
  return pending > 0 && status === 'blocked' ? `${status}, ${count(pending, 'approval')} missing` : status
}

function waitingLines(waiting: DeploymentExtended['waiting_for'][number]): [string, string][] {
  const { rule, pending_approvals: pending, candidates, excluded } = waiting
  const people = candidates.map((user) => plain(user.username)).join(', ')
  const from = rule === null ? 'those who may deploy' : plain(rule)
  return [
    ['Waiting for', `${count(pending, 'approval')} from ${from}: ${people === '' ? 'nobody can give it' : people}`],
    ...excluded.map(({ user, reason }): [string, string] => ['Not', `${plain(user.username)}: ${plain(reason)}`]),
  ]
}

function yourPart({ your_approval: { approve, reject } }: DeploymentExtended): string {
  if (approve.allowed && reject.allowed) return 'can approve or reject'
  if (approve.allowed) return `can approve; cannot reject: ${plain(reject.reason ?? '')}`
  if (reject.allowed) return `can reject; cannot approve: ${plain(approve.reason ?? '')}`
  return `cannot approve: ${plain(approve.reason ?? '')}`
}

/** The job carries its commit (GitLab's Job entity); a deployment by itself has only the id. */
function commitTitle(deployable: DeploymentExtended['deployable']): string | null {
  const commit: unknown = deployable?.['commit']
  if (typeof commit !== 'object' || commit === null || !('title' in commit)) return null
  return typeof commit.title === 'string' ? commit.title : null
}
