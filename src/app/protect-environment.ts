/** Protecting, changing and unprotecting environments (GitLab Protected Environments API). */
import { type AuditAuthor, writeAudit } from '../db/audit.ts'
import type { Tx } from '../db/open.ts'
import {
  applyProtectionPlan,
  deleteProtection,
  findProtection,
  insertProtection,
  lockProtection,
  type ProtectionOwner,
} from '../db/protected-environments.ts'
import { changeEntries, existenceEntry } from '../db/protection-audit.ts'
import { eligibleSubjects } from '../db/protection-people.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import type { Actor } from '../domain/access.ts'
import {
  type EligibleSubjects,
  nameProblems,
  type Protection,
  type ProtectionRequest,
  planProtection,
} from '../domain/protection.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'

/*
 * None of these commands starts anything. The gate is judged live, when a vote is cast and when a runner takes the job, so a
 * stricter rule holds at once for everything that has not started, and a vote that nobody asks for any more stops counting. But
 * when a change opens the gate of a deployment that is blocked (fewer approvals, a rule deleted, the environment unprotected) its
 * job stays as it is, manual and now playable, until somebody plays it: behind every deployment that starts there is an approval
 * or a person who asked for it, never an edit of the settings.
 */

/** Protects an environment of a project by name, which need not exist yet, or a tier of a group. */
export async function protectEnvironment(
  app: App,
  actor: Actor,
  owner: ProtectionOwner,
  name: string,
  request: ProtectionRequest,
): Promise<Result<Protection, Refusal>> {
  const taken = takenRefusal(owner, name)
  const work = inTransaction(app.db, async (tx): Promise<Result<Protection, Refusal>> => {
    if (await findProtection(tx, owner, name)) return err(taken)
    const eligible = await eligibleFor(tx, owner, request)
    const plan = planProtection(null, request, eligible, nameProblems(name, eligible.level))
    if (!plan.ok) return plan
    await applyProtectionPlan(tx, await insertProtection(tx, owner, name), plan.value)
    const after = await findProtection(tx, owner, name)
    if (!after) throw new Error(`protected environment ${name} was not inserted`)
    await writeAudit(tx, existenceEntry(owner, null, after), authorOf(actor))
    return ok(after)
  })
  return refuseTaken(work, { protected_environments_project: taken, protected_environments_group: taken })
}

/** Changes an entry; what the request does not mention stays. */
export async function changeProtection(
  app: App,
  actor: Actor,
  owner: ProtectionOwner,
  name: string,
  request: ProtectionRequest,
): Promise<Result<Protection, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockProtection(tx, owner, name)
    if (!before) return err({ code: 'not_found', what: null })
    const plan = planProtection(before, request, await eligibleFor(tx, owner, request))
    if (!plan.ok) return plan
    await applyProtectionPlan(tx, before.id, plan.value)
    return ok(await auditedChange(tx, owner, before, authorOf(actor)))
  })
}

/** Removes an entry with everything in it. Votes given under it never count again, whatever protects the name later (T8). */
export async function unprotectEnvironment(
  app: App,
  actor: Actor,
  owner: ProtectionOwner,
  name: string,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockProtection(tx, owner, name)
    if (!before) return err({ code: 'not_found', what: null })
    await deleteProtection(tx, before.id)
    await writeAudit(tx, existenceEntry(owner, before, null), authorOf(actor))
    return ok(undefined)
  })
}

/** Reads the entry again and writes what became different. */
async function auditedChange(
  tx: Tx,
  owner: ProtectionOwner,
  before: Protection,
  author: AuditAuthor,
): Promise<Protection> {
  const after = await findProtection(tx, owner, before.name)
  if (!after) throw new Error(`protected environment ${before.id} is gone`)
  await writeAudit(tx, changeEntries(owner, before, after), author)
  return after
}

async function eligibleFor(tx: Tx, owner: ProtectionOwner, request: ProtectionRequest): Promise<EligibleSubjects> {
  const elements = [...(request.deployAccessLevels ?? []), ...(request.approvalRules ?? [])]
  return eligibleSubjects(tx, owner, {
    users: elements.flatMap((element) => element.userId ?? []),
    groups: elements.flatMap((element) => element.groupId ?? []),
  })
}

function takenRefusal(owner: ProtectionOwner, name: string): Refusal {
  const sentence =
    'projectId' in owner
      ? `Environment '${name}' is already protected`
      : `Protected environment '${name}' already exists`
  return { code: 'conflict', sentence }
}
