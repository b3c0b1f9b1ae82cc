import { err, ok, type Result } from '../domain/result.ts'
import type { Including } from './include.ts'
import { includeRules } from './keyword-rules.ts'
import { isNull, type MapNode } from './node.ts'
import { errorAt } from './problems.ts'
import { firstMatchingRule } from './rules.ts'
import { namedSpot } from './spot.ts'
import type { CiError } from './types.ts'
import type { Lookup } from './variable-expansion.ts'

/** Whether the `rules` of an include entry let it in; without rules they do, and when none matches they do not. */
export async function includeAllowed(
  state: Including,
  entry: MapNode,
  variable: Lookup,
  expanded: Lookup,
): Promise<Result<boolean, CiError>> {
  const node = entry.entries.get('rules')?.value
  if (node === undefined || isNull(node)) return ok(true)
  const errors: CiError[] = []
  const rules = includeRules(node, namedSpot('rules', errors))
  const [first] = errors
  if (first !== undefined || rules === undefined) {
    return err(first === undefined ? errorAt(node, 'include:rules') : { ...first, message: `include:${first.message}` })
  }
  const scope = { variable, expanded, regexps: state.regexps, questions: state.questions, memo: state.memo }
  let outcome = firstMatchingRule(rules, scope)
  while (outcome.kind === 'unknown') {
    await state.questions.answer()
    outcome = firstMatchingRule(rules, scope)
  }
  if (outcome.kind === 'problem') return err(errorAt(node, `include:${outcome.message}`))
  return ok(outcome.kind === 'rule' && outcome.rule.when !== 'never')
}
