/**
 * Protected environments: what an entry consists of, and what a request to protect or to change one does to it
 * (GitLab Protected Environments API; reference gitlab-deployments.md 3).
 */
import { tiers } from './environment.ts'
import type { Refusal } from './refusal.ts'
import { err, ok, type Result } from './result.ts'

export const protectionStarts = ['on_approval', 'manual'] as const
export type ProtectionStart = (typeof protectionStarts)[number]
/** Reporter, Developer, Maintainer and administrator: the roles that an entry may name. */
export const namedRoles = [20, 30, 40, 60] as const
export const maxRequiredApprovals = 5

/** Exactly one of the three is set. */
export interface Subject {
  readonly accessLevel: number | null
  readonly userId: number | null
  readonly groupId: number | null
}

/** A deploy access level or an approval rule. */
export interface ElementValues extends Subject {
  /** 0: direct members of the group; 1: inherited ones too. */
  readonly groupInheritanceType: number
  /** Null on a deploy access level. */
  readonly requiredApprovals: number | null
}

export interface Element extends ElementValues {
  readonly id: number
  /** The user's, group's or role's name as the API shows it; null for a role without a label. */
  readonly description: string | null
}

export interface Protection {
  readonly id: number
  /** An environment's name, or a tier when a group owns the entry. */
  readonly name: string
  readonly requiredApprovalCount: number
  readonly start: ProtectionStart
  readonly deployAccessLevels: readonly Element[]
  readonly approvalRules: readonly Element[]
}

/** Nested attributes as Rails reads them: without id new, with id changed, with id and `destroy` deleted. */
export interface ElementRequest {
  readonly id?: number | null | undefined
  readonly destroy?: boolean | null | undefined
  readonly accessLevel?: number | null | undefined
  readonly userId?: number | null | undefined
  readonly groupId?: number | null | undefined
  readonly groupInheritanceType?: number | null | undefined
  readonly requiredApprovals?: number | null | undefined
}

/** What is left out stays as it is. */
export interface ProtectionRequest {
  readonly requiredApprovalCount?: number | null | undefined
  readonly start?: ProtectionStart | undefined
  readonly deployAccessLevels?: readonly ElementRequest[] | undefined
  readonly approvalRules?: readonly ElementRequest[] | undefined
  /** Refuse subjects that are not eligible instead of leaving them out. */
  readonly strict: boolean
}

/** Whom entries of this project or group may name. */
export interface EligibleSubjects {
  readonly level: 'project' | 'group'
  readonly users: ReadonlySet<number>
  readonly groups: ReadonlySet<number>
}

export type ElementChange =
  | { readonly kind: 'added'; readonly after: ElementValues }
  | { readonly kind: 'updated'; readonly before: Element; readonly after: ElementValues }
  | { readonly kind: 'deleted'; readonly before: Element }

export interface ProtectionPlan {
  readonly requiredApprovalCount: number
  readonly start: ProtectionStart
  readonly deployAccessLevels: readonly ElementChange[]
  readonly approvalRules: readonly ElementChange[]
}

/** Why a name cannot be protected, as full messages; empty when it can. The environment need not exist. */
export function nameProblems(name: string, level: 'project' | 'group'): string[] {
  const blank = name.trim() === '' ? ["Name can't be blank"] : []
  if (level === 'group') {
    const known = (tiers as readonly string[]).includes(name)
    return known ? [] : [...blank, `Name must be one of environment tiers: ${tiers.join(', ')}.`]
  }
  return name.length > 255 ? ['Name is too long (maximum is 255 characters)'] : blank
}

/**
 * Decides what a request does to an entry; nothing is done when any part of it is refused.
 * @param current null: the entry is being made
 * @param known problems found already, told together with the others
 * @returns not_found for the id of an element that this entry does not have (threat T2), unprocessable with every problem at once
 */
export function planProtection(
  current: Protection | null,
  request: ProtectionRequest,
  eligible: EligibleSubjects,
  known: readonly string[] = [],
): Result<ProtectionPlan, Refusal> {
  const levels = planElements(current?.deployAccessLevels ?? [], request.deployAccessLevels ?? [], eligible, null)
  const rules = planElements(current?.approvalRules ?? [], request.approvalRules ?? [], eligible, 1)
  if (!levels || !rules) return err({ code: 'not_found', what: null })
  const ineligible = [...levels.ineligible, ...rules.ineligible]
  if (request.strict && ineligible.length > 0) {
    return err({ code: 'unprocessable', sentence: ineligible.map((one) => ineligibleSentence(one, eligible.level)) })
  }
  const count = request.requiredApprovalCount ?? current?.requiredApprovalCount ?? 0
  const problems = [
    ...known,
    ...(levels.after.length === 0 ? ['Deploy access levels is too short (minimum is 1 character)'] : []),
    ...countProblems('Required approval count', count, 0),
    ...levels.after.flatMap((element) => subjectProblems('Deploy access levels', element)),
    ...rules.after.flatMap((element) => subjectProblems('Approval rules', element)),
    ...rules.after.flatMap(({ requiredApprovals }) =>
      countProblems('Approval rules required approvals', requiredApprovals ?? 1, 1),
    ),
    ...(count > 0 && rules.after.length > 0 ? ['Required approval count cannot be combined with approval rules'] : []),
  ]
  if (problems.length > 0) return err({ code: 'unprocessable', sentence: [...new Set(problems)] })
  return ok({
    requiredApprovalCount: count,
    start: request.start ?? current?.start ?? 'on_approval',
    deployAccessLevels: levels.changes,
    approvalRules: rules.changes,
  })
}

interface ElementsPlan {
  readonly changes: ElementChange[]
  readonly after: readonly ElementValues[]
  readonly ineligible: readonly Subject[]
}

/** @param defaultApprovals what a new element requires; null for elements that require nothing */
function planElements(
  current: readonly Element[],
  requests: readonly ElementRequest[],
  eligible: EligibleSubjects,
  defaultApprovals: number | null,
): ElementsPlan | null {
  const kept = new Map(current.map((element) => [element.id, element]))
  const added: ElementValues[] = []
  const changes: ElementChange[] = []
  const ineligible: Subject[] = []
  for (const request of requests) {
    const before = request.id === undefined || request.id === null ? null : kept.get(request.id)
    if (before === undefined) return null
    if (request.destroy) {
      // Whoever the element names: people who have left must be removable.
      if (before && kept.delete(before.id)) changes.push({ kind: 'deleted', before })
      continue
    }
    const given = subjectOf(request)
    if (!isEligible(given, eligible)) {
      ineligible.push(given)
      continue
    }
    const after = valuesAfter(before, request, defaultApprovals)
    if (!before) {
      added.push(after)
      changes.push({ kind: 'added', after })
    } else if (!sameValues(before, after)) {
      kept.set(before.id, { ...before, ...after })
      changes.push({ kind: 'updated', before, after })
    }
  }
  return { changes, after: [...kept.values(), ...added], ineligible }
}

/**
 * A subject that is given replaces the old one, whether or not the old column was sent as null. Unlike GitLab, where a parameter
 * default resets it to 1, a count that is not sent stays: a requirement never falls because nobody mentioned it.
 */
function valuesAfter(before: Element | null, request: ElementRequest, defaultApprovals: number | null): ElementValues {
  const given = subjectOf(request)
  const replaced = given.accessLevel !== null || given.userId !== null || given.groupId !== null
  const subject = replaced || !before ? given : clearedSubject(before, request)
  return {
    ...subject,
    groupInheritanceType: request.groupInheritanceType ?? before?.groupInheritanceType ?? 0,
    requiredApprovals:
      defaultApprovals === null ? null : (request.requiredApprovals ?? before?.requiredApprovals ?? defaultApprovals),
  }
}

function subjectOf(request: ElementRequest): Subject {
  return {
    accessLevel: request.accessLevel ?? null,
    userId: request.userId ?? null,
    groupId: request.groupId ?? null,
  }
}

/** A column sent as null is cleared; one that is not sent stays. */
function clearedSubject(before: Subject, request: ElementRequest): Subject {
  return {
    accessLevel: request.accessLevel === null ? null : before.accessLevel,
    userId: request.userId === null ? null : before.userId,
    groupId: request.groupId === null ? null : before.groupId,
  }
}

function isEligible(subject: Subject, eligible: EligibleSubjects): boolean {
  if (subject.userId !== null && !eligible.users.has(subject.userId)) return false
  return subject.groupId === null || eligible.groups.has(subject.groupId)
}

function sameValues(a: ElementValues, b: ElementValues): boolean {
  return (
    a.accessLevel === b.accessLevel &&
    a.userId === b.userId &&
    a.groupId === b.groupId &&
    a.groupInheritanceType === b.groupInheritanceType &&
    a.requiredApprovals === b.requiredApprovals
  )
}

function subjectProblems(what: string, { accessLevel, userId, groupId }: Subject): string[] {
  const given = [accessLevel, userId, groupId].filter((value) => value !== null).length
  return given === 1 ? [] : [`${what} base Exactly one of access_level, group_id, user_id must be present`]
}

function countProblems(what: string, value: number, least: number): string[] {
  if (value < least) return [`${what} must be greater than or equal to ${least}`]
  if (value > maxRequiredApprovals) return [`${what} must be less than or equal to ${maxRequiredApprovals}`]
  return []
}

function ineligibleSentence(subject: Subject, level: 'project' | 'group'): string {
  if (subject.userId !== null) {
    const need =
      level === 'project'
        ? 'people with at least the Developer role in the project'
        : 'Owners and Maintainers of the group or of one above it'
    return `User ${subject.userId} is not eligible: only ${need} can be named`
  }
  const need =
    level === 'project' ? 'groups invited to the project' : 'this group, groups below it and groups it is shared with'
  return `Group ${subject.groupId ?? ''} is not eligible: only ${need} can be named`
}
