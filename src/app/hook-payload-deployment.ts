/** Deployment events, votes included (GitLab docs, Deployment events). */
import {
  type HookPerson,
  type HookProject,
  hookDeployment,
  hookPerson,
  hookProject,
  hookRule,
} from '../db/webhook-facts.ts'
import type { HookPayload, HookValue } from '../domain/webhook.ts'
import { commitTitle } from '../git/commit-object.ts'
import { readCommit } from '../git/object-reader.ts'
import type { App } from './context.ts'
import { projectAttrs, userAttrs, webUrl } from './hook-attrs.ts'
import { type TellableEvent, textOf } from './hook-payload.ts'

export async function deploymentPayload(app: App, event: TellableEvent): Promise<HookPayload | null> {
  const [project, deployment] = await Promise.all([
    hookProject(app.db, event.project_id),
    hookDeployment(app.db, event.subject_id),
  ])
  if (!project || !deployment) return null
  const [user, title] = await Promise.all([
    deployment.user_id === null ? null : hookPerson(app.db, deployment.user_id),
    titleOf(app, project, deployment.sha),
  ])
  const url = webUrl(app, project.full_path)
  return {
    object_kind: 'deployment',
    status: textOf(event.details['status']),
    status_changed_at: offsetTime(textOf(event.details['status_changed_at'])),
    deployment_id: deployment.id,
    deployable_id: deployment.job_id,
    deployable_url: deployment.job_id === null ? null : `${url}/-/jobs/${deployment.job_id}`,
    environment: deployment.name,
    environment_tier: deployment.tier,
    environment_slug: deployment.slug,
    environment_external_url: deployment.external_url,
    project: projectAttrs(app, project),
    short_sha: deployment.sha.slice(0, 8),
    user: user && userAttrs(user),
    user_url: user && webUrl(app, user.username),
    commit_url: `${url}/-/commit/${deployment.sha}`,
    commit_title: title,
    ref: deployment.ref,
    ...(await voteAttrs(app, event)),
  }
}

/** Of a vote: who, and what it says. */
async function voteAttrs(app: App, { details }: TellableEvent): Promise<HookPayload> {
  const { approval, approver_id: approverId } = details
  if (!isObject(approval) || typeof approverId !== 'number') return {}
  const { rule_id: ruleId, ...vote } = approval
  const [approver, rule]: [HookPerson | null, Awaited<ReturnType<typeof hookRule>>] = await Promise.all([
    hookPerson(app.db, approverId),
    typeof ruleId === 'number' ? hookRule(app.db, ruleId) : null,
  ])
  return {
    approver: approver && userAttrs(approver),
    approval: {
      ...vote,
      approval_rule: rule && {
        id: rule.id,
        user_id: rule.user_id,
        group_id: rule.group_id,
        access_level: rule.access_level,
        access_level_description:
          rule.user_name ?? rule.group_name ?? (rule.access_level === 40 ? 'Maintainers' : 'Developers + Maintainers'),
        required_approvals: rule.required_approvals,
        group_inheritance_type: rule.group_inheritance_type,
      },
    },
  }
}

function isObject(value: HookValue | undefined): value is HookPayload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `2021-04-28 21:50:00 +0200`, as GitLab's docs have it. */
function offsetTime(timestamp: string | null): string | null {
  return timestamp && `${timestamp.slice(0, 19).replace('T', ' ')} +0000`
}

async function titleOf(app: App, project: HookProject, sha: string): Promise<string | null> {
  if (!(await app.repositories.exists(project.id))) return null
  const commit = await readCommit(app.repositories.open(project.id), sha)
  return commit && commitTitle(commit.message)
}
