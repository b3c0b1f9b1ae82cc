/** GitLab Deployments API, with approvals. Fields that GitLab does not have are described as extra. */
import { z } from 'zod'
import { deploymentStatuses } from '../domain/deployment.ts'
import { userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { bool, dateTime, id, idOrPath, oneOf, paging, text, timestamp } from './values.ts'

const tag = 'Deployments'

export const approval = z.object({
  user: userBasic,
  status: z.enum(['approved', 'rejected']),
  created_at: timestamp(),
  comment: z.string().nullable(),
})
export type Approval = z.output<typeof approval>

export const approvalRuleSummary = z.object({
  /** Null for a bare required_approval_count, which GitLab 14.7 shows as no rule at all. */
  id: z.number().nullable(),
  user_id: z.number().nullable(),
  group_id: z.number().nullable(),
  access_level: z.number().nullable(),
  access_level_description: z.string().nullable(),
  required_approvals: z.number(),
  group_inheritance_type: z.number(),
  deployment_approvals: z.array(approval),
})

const reason = z.object({ allowed: z.boolean(), reason: z.string().nullable() })

export const deployment = z.object({
  id: z.number(),
  iid: z.number(),
  ref: z.string(),
  sha: z.string(),
  created_at: timestamp(),
  updated_at: timestamp(),
  status: z.enum(deploymentStatuses),
  user: userBasic.nullable(),
  environment: z.object({
    id: z.number(),
    name: z.string(),
    slug: z.string(),
    external_url: z.string().nullable(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
  deployable: z.looseObject({ id: z.number(), status: z.string(), name: z.string() }).nullable(),
})
export type DeploymentEntity = z.output<typeof deployment>

export const deploymentExtended = deployment.extend({
  pending_approval_count: z.number(),
  /** Extra: `counts`, whether the gate counts it now; a vote of a person or for a job that changed since does not. */
  approvals: z.array(approval.extend({ counts: z.boolean() })),
  approval_summary: z.object({ rules: z.array(approvalRuleSummary) }),
  /** Extra: whether this caller can approve or reject now, and why not, in the words of the approval call. */
  your_approval: z.object({ approve: reason, reject: reason }),
  /** Extra: for each rule that still waits, who can satisfy it, and who fits it but cannot. */
  waiting_for: z.array(
    z.object({
      /** Null for a bare required_approval_count, which has no name either. */
      rule_id: z.number().nullable(),
      rule: z.string().nullable(),
      pending_approvals: z.number(),
      candidates: z.array(userBasic),
      excluded: z.array(z.object({ user: userBasic, reason: z.string() })),
    }),
  ),
  /** Extra: what the last approval does. */
  start: z.enum(['on_approval', 'manual']),
})
export type DeploymentExtended = z.output<typeof deploymentExtended>

const external = ['running', 'success', 'failed', 'canceled'] as const
const one = { id: idOrPath(), deployment_id: id() }

export const listDeployments = operation({
  id: 'listDeployments',
  method: 'GET',
  path: '/projects/:id/deployments',
  tag,
  summary: 'List the deployments of a project',
  params: {
    id: idOrPath(),
    order_by: oneOf(['id', 'iid', 'created_at', 'updated_at', 'ref', 'finished_at']).default('id'),
    sort: oneOf(['asc', 'desc']).default('asc'),
    updated_after: dateTime().optional(),
    updated_before: dateTime().optional(),
    finished_after: dateTime().optional(),
    finished_before: dateTime().optional(),
    environment: text().optional(),
    status: oneOf(deploymentStatuses).optional(),
    ...paging,
  },
  response: z.array(deployment),
  jobToken: true,
})

export const getDeployment = operation({
  id: 'getDeployment',
  method: 'GET',
  path: '/projects/:id/deployments/:deployment_id',
  tag,
  summary: 'One deployment with its approvals',
  params: one,
  response: deploymentExtended,
  jobToken: true,
})

export const createDeployment = operation({
  id: 'createDeployment',
  method: 'POST',
  path: '/projects/:id/deployments',
  tag,
  summary: 'Record a deployment that an external tool makes; a protected environment blocks it like a job',
  params: {
    id: idOrPath(),
    environment: text({ max: 255 }),
    sha: text(),
    ref: text(),
    tag: bool(),
    status: oneOf(external),
  },
  response: deploymentExtended,
  jobToken: true,
})

export const updateDeployment = operation({
  id: 'updateDeployment',
  method: 'PUT',
  path: '/projects/:id/deployments/:deployment_id',
  tag,
  summary: 'Change the status of a deployment that an external tool makes',
  params: { ...one, status: oneOf(external) },
  response: deploymentExtended,
  jobToken: true,
})

export const deleteDeployment = operation({
  id: 'deleteDeployment',
  method: 'DELETE',
  path: '/projects/:id/deployments/:deployment_id',
  tag,
  summary: 'Delete a deployment that is neither running nor the current one',
  params: one,
})

export const deploymentMergeRequests = operation({
  id: 'deploymentMergeRequests',
  method: 'GET',
  path: '/projects/:id/deployments/:deployment_id/merge_requests',
  tag,
  summary: 'Merge requests that a deployment shipped: none, this server has no merge requests',
  params: { ...one, ...paging },
  response: z.array(z.never()),
  jobToken: true,
})

export const approveDeployment = operation({
  id: 'approveDeployment',
  method: 'POST',
  path: '/projects/:id/deployments/:deployment_id/approval',
  tag,
  summary: 'Approve or reject a blocked deployment',
  params: {
    ...one,
    status: oneOf(['approved', 'rejected']),
    comment: text().optional(),
    represented_as: text().optional(),
  },
  response: approval,
})
