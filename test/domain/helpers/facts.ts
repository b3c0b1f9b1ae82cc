/** Facts for decisions, with ordinary values where a test does not care. */
import type { Change } from '../../../src/domain/change.ts'
import type { VoteCommand, VoteFacts } from '../../../src/domain/decide-vote.ts'
import type { DeploymentFacts, JobFacts } from '../../../src/domain/facts.ts'
import type { GateFacts, Rule, RuleKey, Vote } from '../../../src/domain/gate.ts'

export const creator = 1
export const alice = 11
export const bob = 12
export const carol = 13

/** Action `start`. */
export const deployTo = { name: 'production', invalid: false, deploys: true, userMayDeploy: true } as const
/** Action `stop`, `prepare`, `verify` or `access`: no deployment. */
export const actOn = { ...deployTo, deploys: false } as const

export function aRule(id: number, options: Partial<Rule> = {}): Rule {
  return { key: `rule:${id}`, name: `Rule ${id}`, required: 1, ...options }
}

/** An approval that counts: current, implicit, filed under the first rule that the voter fits. */
export function aVote(id: number, userId: number, eligible: readonly RuleKey[], options: Partial<Vote> = {}): Vote {
  return {
    id,
    userId,
    personId: userId,
    status: 'approved',
    filed: eligible[0] ?? null,
    chosen: false,
    current: true,
    eligible,
    ...options,
  }
}

export function gateFacts(options: Partial<GateFacts> = {}): GateFacts {
  return { rules: [aRule(1)], votes: [], creatorId: creator, selfApproval: false, ...options }
}

/** A gate whose one rule has been met. */
export const openGate: GateFacts = gateFacts({ votes: [aVote(1, alice, ['rule:1'])] })
export const rejectedGate: GateFacts = gateFacts({ votes: [aVote(1, alice, ['rule:1'], { status: 'rejected' })] })
export const noGate: GateFacts = gateFacts({ rules: [] })

/** Blocked, waiting for one approval under one rule. */
export function aDeployment(options: Partial<DeploymentFacts> = {}): DeploymentFacts {
  return {
    id: 7,
    status: 'blocked',
    creatorId: creator,
    environmentName: 'production',
    protected: true,
    approvals: 'rules',
    gate: gateFacts(),
    start: 'on_approval',
    outdated: false,
    ...options,
  }
}

export function aJob(options: Partial<JobFacts> = {}): JobFacts {
  return {
    id: 5,
    name: 'deploy',
    status: 'created',
    when: 'on_success',
    startIn: null,
    allowFailure: false,
    enqueueImmediately: false,
    userId: creator,
    userActive: true,
    environment: null,
    deployment: null,
    resourceGroup: null,
    ...options,
  }
}

/** A job that deploys to production and waits for its deployment to be approved. */
export function aGatedJob(options: Partial<JobFacts> = {}, deployment: Partial<DeploymentFacts> = {}): JobFacts {
  return aJob({
    status: 'manual',
    when: 'manual',
    environment: deployTo,
    deployment: aDeployment(deployment),
    ...options,
  })
}

/** What `decideVote` looks at when a blocked job waits and the caller fits every rule. */
export function voteFacts(
  deployment: Partial<DeploymentFacts> = {},
  options: { job?: Partial<JobFacts> | null; eligible?: readonly RuleKey[]; mayRead?: boolean } = {},
): VoteFacts {
  const built = aDeployment(deployment)
  const job = options.job === null ? null : { ...aGatedJob({ deployment: built }), ...options.job }
  return {
    deployment: built,
    job,
    eligible: options.eligible ?? built.gate.rules.map((rule) => rule.key),
    mayRead: options.mayRead ?? true,
  }
}

export function approval(userId: number, options: Partial<VoteCommand> = {}): VoteCommand {
  return { userId, status: 'approved', comment: null, representedAs: null, ...options }
}

export function rejection(userId: number, options: Partial<VoteCommand> = {}): VoteCommand {
  return approval(userId, { status: 'rejected', ...options })
}

/** Changes as short lines: `job created → pending`, `deployment …`, `vote approved rule:1 by 11`. */
export function told(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    switch (change.kind) {
      case 'job_moved':
        return `job ${change.from} → ${change.to}`
      case 'deployment_moved':
        return `deployment ${change.from} → ${change.to}`
      case 'pipeline_moved':
        return `pipeline ${change.from} → ${change.to}`
      case 'vote_recorded':
        return `vote ${change.status} ${change.filed} by ${change.userId}`
      case 'vote_changed':
        return `vote ${change.voteId} now ${change.status} ${change.filed}`
      case 'vote_refiled':
        return `vote ${change.voteId} to ${change.filed}`
    }
  })
}
