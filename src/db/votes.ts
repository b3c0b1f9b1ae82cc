/** Approvals as rows: recording, changing and refiling votes, each with its audit row and its event for webhooks. */
import { sql } from 'kysely'
import type { Change } from '../domain/change.ts'
import type { RuleKey } from '../domain/gate.ts'
import type { Trace } from './apply.ts'
import type { AuditEntry } from './audit.ts'
import type { Tx } from './open.ts'
import { approvalEvent } from './webhook-events.ts'
import { hooked } from './webhook-queue.ts'

type VoteChange = Extract<Change, { kind: 'vote_recorded' | 'vote_changed' | 'vote_refiled' }>

/** A rule key as the two columns that hold it; both are null for a vote under no rule. */
export function ruleColumns(key: RuleKey | null): {
  approval_rule_id: number | null
  protected_environment_id: number | null
} {
  if (key === null) return { approval_rule_id: null, protected_environment_id: null }
  const id = Number(key.slice(key.indexOf(':') + 1))
  return key.startsWith('rule:')
    ? { approval_rule_id: id, protected_environment_id: null }
    : { approval_rule_id: null, protected_environment_id: id }
}

/** Writes one vote change and answers what it leaves behind; a refiled vote is bookkeeping, told with the vote that caused it. */
export async function recordVote(tx: Tx, change: VoteChange): Promise<Trace> {
  if (change.kind === 'vote_refiled') {
    await tx
      .updateTable('deployment_approvals')
      .set(ruleColumns(change.filed))
      .where('id', '=', change.voteId)
      .execute()
    return { audit: null, event: null }
  }
  const values = {
    ...ruleColumns(change.filed),
    chosen: change.chosen,
    status: change.status,
    comment: change.comment,
    subject_digest: sql<Buffer>`subject_digest(${change.deploymentId})`,
  }
  const written = ['id', 'created_at', 'updated_at', 'approval_rule_id'] as const
  const vote =
    change.kind === 'vote_changed'
      ? await tx
          .updateTable('deployment_approvals')
          .set({ ...values, updated_at: sql`now()` })
          .where('id', '=', change.voteId)
          .returning(written)
          .executeTakeFirstOrThrow()
      : await tx
          .insertInto('deployment_approvals')
          .values({ deployment_id: change.deploymentId, user_id: change.userId, ...values })
          .returning(written)
          .executeTakeFirstOrThrow()
  const place = await placeOf(tx, change.deploymentId)
  return {
    audit: auditEntry(change, place),
    event: place.hooked ? approvalEvent({ ...vote, ...change, project_id: place.project_id }) : null,
  }
}

/** The last vote of a person on a deployment. */
export async function newestVote(tx: Tx, deploymentId: number, userId: number): Promise<number | null> {
  const row = await tx
    .selectFrom('deployment_approvals')
    .select('id')
    .where('deployment_id', '=', deploymentId)
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

async function placeOf(tx: Tx, deploymentId: number) {
  return tx
    .selectFrom('deployments')
    .innerJoin('environments', 'environments.id', 'deployments.environment_id')
    .select(['deployments.iid', 'deployments.project_id', 'environments.id', 'environments.name'])
    .select(hooked('deployment', 'deployments.project_id').as('hooked'))
    .where('deployments.id', '=', deploymentId)
    .executeTakeFirstOrThrow()
}

/** GitLab's `deployment_approved` / `deployment_rejected`, with the comment and the rule. */
function auditEntry(
  change: Exclude<VoteChange, { kind: 'vote_refiled' }>,
  row: Awaited<ReturnType<typeof placeOf>>,
): AuditEntry {
  const verb = change.status === 'approved' ? 'Approved' : 'Rejected'
  return {
    event: `deployment_${change.status}`,
    entity: { type: 'Project', id: row.project_id },
    target: { type: 'Environment', id: row.id, details: row.name },
    details: {
      custom_message: `${verb} deployment with IID: ${row.iid} and ID: ${change.deploymentId}`,
      deployment_id: change.deploymentId,
      deployment_iid: row.iid,
      rule: change.filed,
      comment: change.comment,
    },
  }
}
