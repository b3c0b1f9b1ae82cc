import { err, ok, type Result } from '../domain/result.ts'
import { type Token, tokenize } from './expression-tokens.ts'
import type { Matcher } from './regexp.ts'

/** What an expression is evaluated against. Values are the unexpanded ones (reference A8.2). */
export interface ExpressionScope {
  /** Null for a variable that is not defined. */
  readonly variable: (name: string) => string | null
  /** `$[[ inputs.name ]]`, known only where inputs are declared; null elsewhere. */
  readonly input?: (name: string) => string | boolean | null
  readonly regexps: Matcher
}

type Value = string | boolean | null
type Node =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'pattern'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }

type BinaryOperator = '==' | '!=' | '=~' | '!~' | '&&' | '||'

/** A parsed expression. */
export interface Expression {
  readonly root: Node
}

const RANK: Readonly<Record<BinaryOperator, number>> = { '==': 3, '!=': 3, '=~': 3, '!~': 3, '&&': 2, '||': 1 }
const INVALID = 'invalid expression syntax'

/** Parses a `rules:if` expression, or answers why it is none (always `invalid expression syntax`, reference A2). */
export function parseExpression(text: string): Result<Expression, string> {
  const tokens = tokenize(text)
  if (tokens === null) return err(INVALID)
  const root = parseTokens(tokens)
  return root === null ? err(INVALID) : ok({ root })
}

type Pending = { readonly kind: 'open' } | { readonly kind: 'not' } | { readonly kind: BinaryOperator }

/** Shunting-yard: `!` binds tightest, then comparisons, `&&`, `||`; all binary operators group to the left. */
function parseTokens(tokens: readonly Token[]): Node | null {
  const operands: Node[] = []
  const pending: Pending[] = []
  let expectOperand = true
  const reduce = (): void => {
    const operator = pending.pop()
    const right = operands.pop()
    if (operator === undefined || right === undefined || operator.kind === 'open') return
    if (operator.kind === 'not') {
      operands.push({ kind: 'not', operand: right })
      return
    }
    const left = operands.pop()
    if (left !== undefined) operands.push({ kind: 'binary', operator: operator.kind, left, right })
  }
  const reduceWhile = (test: (top: Pending) => boolean): void => {
    for (let top = pending.at(-1); top !== undefined && test(top); top = pending.at(-1)) reduce()
  }
  for (const token of tokens) {
    if (token.kind === 'operator') {
      if (expectOperand) return null
      const rank = RANK[token.operator]
      reduceWhile((top) => top.kind !== 'open' && (top.kind === 'not' || RANK[top.kind] >= rank))
      pending.push({ kind: token.operator })
      expectOperand = true
    } else if (token.kind === 'close') {
      if (expectOperand) return null
      reduceWhile((top) => top.kind !== 'open')
      if (pending.pop() === undefined) return null
    } else {
      if (!expectOperand) return null
      if (token.kind === 'open' || token.kind === 'not') pending.push({ kind: token.kind })
      else {
        operands.push(token)
        expectOperand = false
      }
    }
  }
  if (expectOperand || pending.some((item) => item.kind === 'open')) return null
  reduceWhile(() => true)
  return operands[0] ?? null
}

/** Whether an expression holds: null, `false` and blank text do not. */
export function isTrue(expression: Expression, scope: ExpressionScope): boolean {
  return present(evaluate(expression.root, scope))
}

function present(value: Value): boolean {
  return typeof value === 'string' ? value.trim() !== '' : value === true
}

function evaluate(node: Node, scope: ExpressionScope): Value {
  switch (node.kind) {
    case 'value':
      return node.value
    case 'pattern':
      return node.text
    case 'variable':
      return scope.variable(node.name)
    case 'input':
      return scope.input?.(node.name) ?? null
    case 'not':
      return !present(evaluate(node.operand, scope))
    case 'binary':
      return evaluateBinary(node, scope)
  }
}

function evaluateBinary(node: Extract<Node, { kind: 'binary' }>, scope: ExpressionScope): Value {
  const left = evaluate(node.left, scope)
  // As in GitLab, `&&` and `||` hand on the operand itself, and only null and false fail them: an empty text does not.
  if (node.operator === '&&') return left === null || left === false ? left : evaluate(node.right, scope)
  if (node.operator === '||') return left === null || left === false ? evaluate(node.right, scope) : left
  const right = evaluate(node.right, scope)
  if (node.operator === '==') return equal(left, right)
  if (node.operator === '!=') return !equal(left, right)
  const matched = right !== null && right !== false && scope.regexps.matches(String(left ?? ''), String(right))
  return node.operator === '=~' ? matched : !matched
}

function equal(left: Value, right: Value): boolean {
  if (left === null || right === null) return left === right
  return String(left) === String(right)
}
