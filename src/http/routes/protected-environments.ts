/** Protected Environments API, of projects and of groups. */
import type { App } from '../../app/context.ts'
import { changeProtection, protectEnvironment, unprotectEnvironment } from '../../app/protect-environment.ts'
import type { InputOf } from '../../contract/operation.ts'
import { groupProtectedEnvironments, projectProtectedEnvironments } from '../../contract/protected-environments.ts'
import { findProtection, type ProtectionOwner, protectionPage } from '../../db/protected-environments.ts'
import { protectionReach } from '../../db/protection-people.ts'
import type { ElementRequest, Protection, ProtectionRequest } from '../../domain/protection.ts'
import { protectionWarnings } from '../../domain/protection-warnings.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, type Knock, type Route } from '../call.ts'
import { groupFor, projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { presentProtectedEnvironment } from '../present/protected-environment.ts'

/** The project or group of a call whose caller may manage its protected environments, which includes seeing them. */
interface Place {
  readonly owner: ProtectionOwner
  /** Whether creators may approve; null for a group, whose projects decide. */
  readonly selfApproval: boolean | null
}

async function projectPlace(call: Knock): Promise<Result<Place, Refusal>> {
  const found = await projectFor(call, 'admin_protected_environments')
  if (!found.ok) return found
  const { project } = found.value
  return ok({ owner: { projectId: project.id }, selfApproval: project.allow_pipeline_trigger_approve_deployment })
}

async function groupPlace(call: Knock): Promise<Result<Place, Refusal>> {
  const found = await groupFor(call, 'admin_group_protected_environments')
  return found.ok ? ok({ owner: { groupId: found.value.group.id }, selfApproval: null }) : found
}

export const protectedEnvironmentRoutes: Route[] = [
  ...routesOf(projectProtectedEnvironments, projectPlace),
  ...routesOf(groupProtectedEnvironments, groupPlace),
]

function routesOf(
  { list, get, create, update, destroy }: typeof projectProtectedEnvironments,
  placeOf: (call: Knock) => Promise<Result<Place, Refusal>>,
): Route[] {
  const first = { authorizeFirst: placeOf }
  return [
    implement(
      list,
      async (call) => {
        const place = await placeOf(call)
        if (!place.ok) return place
        const page = await protectionPage(call.app.db, place.value.owner, call.input)
        const present = await presenter(call.app, place.value, page.items)
        return ok(mapPage(page, present))
      },
      first,
    ),
    implement(
      get,
      async (call) => {
        const place = await placeOf(call)
        if (!place.ok) return place
        const found = await findProtection(call.app.db, place.value.owner, call.input.name)
        return presentOne(call.app, place.value, found ? ok(found) : err({ code: 'not_found', what: null }))
      },
      first,
    ),
    implement(
      create,
      async (call) => {
        const place = await placeOf(call)
        if (!place.ok) return place
        const request = requestOf(call.input)
        if (!request.ok) return request
        const { owner } = place.value
        const made = await protectEnvironment(call.app, call.actor, owner, call.input.name, request.value)
        return presentOne(call.app, place.value, made)
      },
      first,
    ),
    implement(
      update,
      async (call) => {
        const place = await placeOf(call)
        if (!place.ok) return place
        const request = requestOf(call.input)
        if (!request.ok) return request
        const { owner } = place.value
        const changed = await changeProtection(call.app, call.actor, owner, call.input.name, request.value)
        return presentOne(call.app, place.value, changed)
      },
      first,
    ),
    implement(
      destroy,
      async (call) => {
        const place = await placeOf(call)
        return place.ok ? unprotectEnvironment(call.app, call.actor, place.value.owner, call.input.name) : place
      },
      first,
    ),
  ]
}

async function presentOne(app: App, place: Place, found: Result<Protection, Refusal>) {
  if (!found.ok) return found
  const present = await presenter(app, place, [found.value])
  return ok(present(found.value))
}

async function presenter(app: App, place: Place, protections: readonly Protection[]) {
  const reach = await protectionReach(
    app.db,
    place.owner,
    protections.map((protection) => protection.id),
  )
  return (protection: Protection) => {
    const people = reach.get(protection.id) ?? { deployers: 0, approvers: new Map() }
    return presentProtectedEnvironment(protection, protectionWarnings(protection, people, place.selfApproval))
  }
}

type Input = InputOf<typeof projectProtectedEnvironments.update>

function requestOf(input: Input): Result<ProtectionRequest, Refusal> {
  const nobody = (input.approval_rules ?? []).findIndex(lacksSubject)
  if (nobody >= 0) {
    const names = ['access_level', 'user_id', 'group_id'].map((name) => `approval_rules[${nobody}][${name}]`)
    const sentence = `${names.join(', ')} are missing, at least one parameter must be provided`
    return err({ code: 'invalid_parameter', sentence })
  }
  return ok({
    requiredApprovalCount: input.required_approval_count,
    start: input.start,
    deployAccessLevels: input.deploy_access_levels?.map(elementOf),
    approvalRules: input.approval_rules?.map((rule) => ({
      ...elementOf(rule),
      requiredApprovals: rule.required_approvals,
    })),
    strict: input.strict,
  })
}

type ElementInput = NonNullable<Input['deploy_access_levels']>[number]

/** GitLab asks this of every rule; a rule that exists already may be changed or deleted by its id alone. */
function lacksSubject(rule: ElementInput): boolean {
  const named = rule.access_level !== undefined || rule.user_id !== undefined || rule.group_id !== undefined
  return !named && (rule.id === undefined || rule.id === null)
}

function elementOf(input: ElementInput): ElementRequest {
  return {
    id: input.id,
    destroy: input._destroy,
    accessLevel: input.access_level,
    userId: input.user_id,
    groupId: input.group_id,
    groupInheritanceType: input.group_inheritance_type,
  }
}
