import { isTrue } from './expression.ts'
import { compileGlobs } from './glob.ts'
import type { ChangesConfig, ExistsConfig } from './keyword-changes.ts'
import type { RuleConfig } from './keyword-rules.ts'
import { LIMITS } from './limits.ts'
import type { FileList, Questions } from './questions.ts'
import type { Matcher } from './regexp.ts'
import { expandExisting, type Lookup } from './variable-expansion.ts'

/** What rules are evaluated against. */
export interface RuleScope {
  /** Unexpanded values, for `if`. */
  readonly variable: Lookup
  /** Expanded values, for `changes` and `exists`. */
  readonly expanded: Lookup
  readonly regexps: Matcher
  readonly questions: Questions
  /** Shared by all rules of a compilation. */
  readonly memo: PathMemo
}

/** Results of comparing paths with globs, and how many comparisons are left; below zero the results mean nothing. */
export interface PathMemo {
  readonly results: Map<string, boolean>
  left: number
}

export function makePathMemo(): PathMemo {
  return { results: new Map(), left: LIMITS.allPathComparisons }
}

/** `unknown`: the questions must be answered first. `problem`: GitLab's wording, without what it is a problem of. */
export type RuleOutcome =
  | { readonly kind: 'rule'; readonly rule: RuleConfig }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'problem'; readonly message: string }

/** Whether a clause holds, that questions must be answered first, or GitLab's wording of what is wrong. */
export type Verdict = boolean | 'unknown' | { readonly message: string }

/** The first rule whose clauses all hold; a rule without clauses always does (reference A8.1). */
export function firstMatchingRule(rules: readonly RuleConfig[], scope: RuleScope): RuleOutcome {
  for (const rule of rules) {
    const verdict = ruleHolds(rule, scope)
    if (verdict === true) return { kind: 'rule', rule }
    if (verdict === 'unknown') return { kind: 'unknown' }
    if (verdict !== false) return { kind: 'problem', message: verdict.message }
  }
  return { kind: 'none' }
}

function ruleHolds(rule: RuleConfig, scope: RuleScope): Verdict {
  if (rule.if !== null && !isTrue(rule.if, scope)) return false
  if (rule.changes !== null) {
    const changed = changesHold(rule.changes, scope)
    if (changed !== true) return changed
  }
  return rule.exists === null ? true : existsHolds(rule.exists, scope)
}

/** Whether a changed path matches; true when what changed is not known (reference A8.3). Also serves `only:changes`. */
export function changesHold(changes: ChangesConfig, scope: RuleScope): Verdict {
  const compareTo = changes.compareTo === null ? null : expandExisting(changes.compareTo, scope.expanded)
  const answer = scope.questions.changedPaths(compareTo)
  if (!answer.known) return 'unknown'
  const paths = answer.value
  if (paths === null) return true
  if ('problem' in paths) return { message: 'rules:changes:compare_to is not a valid ref' }
  const globs = [...new Set(changes.paths.map((path) => expandExisting(path, scope.expanded)))]
  if (paths.length === 0 || globs.length === 0) return false
  return anyMatches(`changes ${compareTo ?? ''}`, paths, globs, scope.memo)
}

/** Whether a file is there (reference A8.4). */
function existsHolds(exists: ExistsConfig, scope: RuleScope): Verdict {
  if (exists.paths.length === 0) return false
  const project = exists.project === null ? null : expandExisting(exists.project, scope.expanded)
  const ref = exists.ref === null ? null : expandExisting(exists.ref, scope.expanded)
  const answer = project === null ? scope.questions.localFiles() : scope.questions.projectFiles(project, ref)
  if (!answer.known) return 'unknown'
  const listing = answer.value
  if ('missing' in listing) return { message: missingMessage(listing.missing, project ?? '', ref ?? '') }
  const globs = exists.paths.map((path) => expandExisting(path, scope.expanded))
  if (globs.some((glob) => isExact(glob) && hasExactly(listing, glob))) return true
  const patterns = globs.filter((glob) => !isExact(glob))
  return patterns.length > 0 && anyMatches(`exists ${project ?? ''} ${ref ?? ''}`, listing.paths, patterns, scope.memo)
}

function missingMessage(missing: 'project' | 'ref', project: string, ref: string): string {
  if (missing === 'project') return `rules:exists:project \`${project}\` not found or access denied`
  return `rules:exists:ref \`${ref}\` is not a valid ref in project \`${project}\``
}

function isExact(glob: string): boolean {
  return !/[*?[{]/.test(glob)
}

function hasExactly(files: FileList, path: string): boolean {
  return path.endsWith('/') ? files.directories.has(path) : files.files.has(path)
}

function anyMatches(list: string, paths: readonly string[], globs: readonly string[], memo: PathMemo): boolean {
  if (paths.length * globs.length > LIMITS.pathComparisons) return true
  const key = JSON.stringify([list, ...globs])
  const known = memo.results.get(key)
  if (known !== undefined) return known
  memo.left -= paths.length
  if (memo.left < 0) return true
  const test = compileGlobs(globs)
  const result = test === null || paths.some(test)
  memo.results.set(key, result)
  return result
}
