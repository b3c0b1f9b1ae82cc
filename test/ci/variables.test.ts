import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { circularReferences, referringVariables } from '../../src/ci/circular-variables.ts'
import { orderStored, scopeCovers, variablesInScope } from '../../src/ci/environment-scope.ts'
import type { Variable } from '../../src/ci/types.ts'
import {
  collectLayers,
  DEFAULT_EXPANSION,
  expandExisting,
  expandPlain,
  makeCollection,
  makeLayer,
  RUNNER_EXPANSION,
} from '../../src/ci/variable-expansion.ts'
import { jobOf, planOf, variable } from './helpers/compile.ts'

const known = (name: string) => ({ A: 'a', B: '$A', EMPTY: '' })[name] ?? null

describe('expansion of a text (reference B5)', () => {
  test.each<[text: string, plain: string, existing: string]>([
    ['$A', 'a', 'a'],
    ['${A}', 'a', 'a'],
    ['%A%', 'a', 'a'],
    ['x$A-y', 'xa-y', 'xa-y'],
    ['$AB', '', '$AB'],
    ['${A}B', 'aB', 'aB'],
    ['$B', '$A', '$A'],
    ['$NOT', '', '$NOT'],
    ['${NOT}', '', '${NOT}'],
    ['%NOT%', '', '%NOT%'],
    ['$EMPTY', '', ''],
    ['$$A', '$a', '$a'],
    ['$$', '$$', '$$'],
    ['100%', '100%', '100%'],
    ['50% of $A', '50% of a', '50% of a'],
    ['$1 $* $@', '$1 $* $@', '$1 $* $@'],
    ['${}', '${}', '${}'],
    ['$a_b1', '', '$a_b1'],
    ['text', 'text', 'text'],
  ])('%j', (text, plain, existing) => {
    expect(expandPlain(text, known)).toBe(plain)
    expect(expandExisting(text, known)).toBe(existing)
  })

  test('a text that would grow out of all proportion stays as written', () => {
    const text = '$BIG'.repeat(3)
    expect(expandPlain(text, () => 'x'.repeat(600_000))).toBe(text)
  })
})

describe('expansion between variables', () => {
  const expand = (variables: readonly Variable[], options = DEFAULT_EXPANSION) =>
    makeCollection(variables, options)
      .all()
      .map(({ key, value }) => `${key}=${value}`)

  const mixed = [
    variable('PLAIN', 'p'),
    variable('RAW', '$PLAIN', { raw: true }),
    variable('FILE', 'content', { file: true }),
    variable('USES', '$PLAIN ${RAW} $FILE $NOT $$PLAIN %%PLAIN%%'),
    variable('CHAIN', '[$USES]'),
  ]

  test('by default: everything is filled in, unknown names vanish, $$ is left alone', () => {
    expect(expand(mixed)).toEqual([
      'PLAIN=p',
      'RAW=$PLAIN',
      'FILE=content',
      'USES=p $PLAIN content  $$PLAIN %%PLAIN%%',
      'CHAIN=[p $PLAIN content  $$PLAIN %%PLAIN%%]',
    ])
  })

  test('for the runner: what it must fill in itself is kept', () => {
    expect(expand(mixed, RUNNER_EXPANSION)).toEqual([
      'PLAIN=p',
      'RAW=$PLAIN',
      'FILE=content',
      'USES=p ${RAW} $FILE $NOT $$PLAIN %%PLAIN%%',
      'CHAIN=[p ${RAW} $FILE $NOT $$PLAIN %%PLAIN%%]',
    ])
  })

  test('order does not matter, and the last of a name is meant', () => {
    expect(expand([variable('A', '$B'), variable('B', 'one'), variable('B', 'two')])).toEqual([
      'A=two',
      'B=one',
      'B=two',
    ])
  })

  test('a variable that refers to itself gets the one below', () => {
    expect(expand([variable('PATH', '/a'), variable('PATH', '$PATH:/b'), variable('PATH', '$PATH:/c')])).toEqual([
      'PATH=/a',
      'PATH=/a:/b',
      'PATH=/a:/b:/c',
    ])
    expect(expand([variable('PATH', '$PATH:/b')])).toEqual(['PATH=:/b'])
    expect(expand([variable('PATH', '$PATH:/b')], RUNNER_EXPANSION)).toEqual(['PATH=$PATH:/b'])
  })

  test('layers are one list', () => {
    const layers = [[variable('A', 'low'), variable('B', '$A')], [variable('A', '$A+high')]].map(makeLayer)
    const { value } = collectLayers(layers, DEFAULT_EXPANSION)
    expect(value('B')).toBe('low+high')
    expect(value('NOT')).toBeNull()
  })

  test('chains of any length, and circles, come to an end', () => {
    const chain = Array.from({ length: 50_000 }, (_, index) => variable(`V${index}`, `$V${index + 1}`))
    expect(makeCollection([...chain, variable('V50000', 'end')], DEFAULT_EXPANSION).value('V0')).toBe('end')
    const circle = [variable('A', '<$B>'), variable('B', '$A')]
    expect(makeCollection(circle, DEFAULT_EXPANSION).value('A')).toContain('$')
  })

  test('values do not double without end', () => {
    const doubling = Array.from({ length: 60 }, (_, index) => variable(`V${index + 1}`, `$V${index}$V${index}`))
    const { value } = makeCollection([variable('V0', 'x'), ...doubling], DEFAULT_EXPANSION)
    expect(value('V10')).toHaveLength(1_024)
    expect(value('V60')?.length).toBeLessThan(2 ** 21)
  })

  test('layers and one list agree', () => {
    const name = fc.constantFrom('A', 'B', 'C')
    const value = fc
      .array(fc.constantFrom('$A', '${B}', '%C%', '$$', 'x', '-', '$D'), { maxLength: 4 })
      .map((parts) => parts.join(''))
    const one = fc.record({ key: name, value, raw: fc.boolean(), file: fc.boolean() })
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 4 }), { maxLength: 3 }), fc.boolean(), (layers, runner) => {
        const options = runner ? RUNNER_EXPANSION : DEFAULT_EXPANSION
        const lists = layers.map((layer) => layer.map((each) => variable(each.key, each.value, each)))
        expect(collectLayers(lists.map(makeLayer), options).all()).toEqual(makeCollection(lists.flat(), options).all())
      }),
    )
  })
})

describe('circular references', () => {
  const find = (...variables: readonly Variable[]) => circularReferences(referringVariables(variables))
  test.each<[variables: readonly Variable[], message: string | null]>([
    [[variable('A', '$B'), variable('B', 'x')], null],
    [[variable('A', '$A')], null],
    [[variable('A', '$B'), variable('B', '$A', { raw: true })], null],
    [[variable('A', '$$B'), variable('B', '$A')], null],
    [[variable('A', '$B'), variable('B', '${A}')], 'circular variable reference detected: ["A", "B"]'],
    [
      [variable('A', '$B'), variable('B', '%C%'), variable('C', '$A'), variable('D', '$A')],
      'circular variable reference detected: ["A", "B", "C"]',
    ],
    [
      [variable('A', '$B'), variable('B', '$A'), variable('C', '$D'), variable('D', '$C')],
      'circular variable reference detected: ["A", "B"], ["C", "D"]',
    ],
  ])('%#', (variables, message) => {
    expect(find(...variables)).toBe(message)
  })
})

describe('environment scopes (reference B3)', () => {
  test.each<[scope: string, environment: string | null, result: boolean]>([
    ['*', null, true],
    ['*', 'production', true],
    ['production', 'production', true],
    ['production', 'Production', false],
    ['production', null, false],
    ['review/*', 'review/a', true],
    ['review/*', 'review/a/b', true],
    ['review/*', 'review/', true],
    ['review/*', 'review', false],
    ['*/a', 'x/a', true],
    ['*-prod-*', 'eu-prod-1', true],
    ['*-prod-*', 'eu-staging-1', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'ac', false],
    ['a*a', 'a', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['re?iew', 'review', false],
  ])('%j covers %j: %s', (scope, environment, result) => {
    expect(scopeCovers(scope, environment)).toBe(result)
  })

  test('many wildcards take linear time', () => {
    expect(scopeCovers(`${'*a'.repeat(2_000)}b`, 'a'.repeat(4_000))).toBe(false)
  })

  test('a later source wins; within one the more specific scope does', () => {
    const scoped = (value: string, environmentScope: string) => ({ ...variable('A', value), environmentScope })
    const stored = orderStored([
      [scoped('instance', '*')],
      [scoped('group exact', 'review/a'), scoped('group', '*')],
      [scoped('exact', 'review/a'), scoped('part', 'review/*'), scoped('all', '*'), scoped('shorter', 'r*')],
    ])
    const winner = (environment: string | null) => variablesInScope(stored, environment).at(-1)?.value
    expect(winner('review/a')).toBe('exact')
    expect(winner('review/b')).toBe('part')
    expect(winner('rest')).toBe('shorter')
    expect(winner('prod')).toBe('all')
    expect(winner(null)).toBe('all')
    expect(variablesInScope(stored, null)[0]).toEqual(variable('A', 'instance'))
  })
})

describe('precedence (reference B1)', () => {
  test('rules over matrix over job over workflow over top level; each name once', async () => {
    const plan = await planOf(`
variables: {V1: root, V2: root, V3: root, V4: root, V5: root}
workflow: {rules: [{when: always, variables: {V2: workflow, V3: workflow, V4: workflow, V5: workflow}}]}
j:
  script: a
  variables: {V3: job, V4: job, V5: job}
  parallel: {matrix: [{V4: matrix, V5: matrix}]}
  rules: [{when: always, variables: {V5: rule}}]
`)
    expect(plan.jobs[0]?.variables.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'V1=root',
      'V2=workflow',
      'V3=job',
      'V4=matrix',
      'V5=rule',
    ])
  })

  test('stored variables win over the configuration, pipeline variables over both, in names of environments', async () => {
    const text = 'variables: {A: yaml, B: yaml, C: yaml}\nj: {script: a, environment: "$A-$B-$C"}'
    const stored = [
      { ...variable('B', 'stored'), environmentScope: '*' },
      { ...variable('C', 'stored'), environmentScope: '*' },
    ]
    const job = await jobOf(text, 'j', { stored, pipelineVariables: [variable('C', 'pipeline')] })
    expect(job.environment?.name).toBe('yaml-stored-pipeline')
  })

  test('the name of an environment knows no scoped variables, nothing of the environment and nothing of the run', async () => {
    const stored = [{ ...variable('A', 'scoped'), environmentScope: 'x*' }]
    const text = 'j: {script: a, environment: "x$A$CI_ENVIRONMENT_NAME$CI_JOB_ID$CI_PIPELINE_ID"}'
    expect((await jobOf(text, 'j', { stored })).environment?.name).toBe('x')
  })

  test('rules variables count in the name', async () => {
    const text = 'j: {script: a, environment: "e-$TO", rules: [{if: $CI, variables: {TO: here}}]}'
    expect((await jobOf(text, 'j')).environment?.name).toBe('e-here')
  })

  test('references between variables are followed', async () => {
    const text = 'variables: {A: "$B!", B: $CI_COMMIT_REF_SLUG}\nj: {script: a, environment: "e/$A"}'
    expect((await jobOf(text, 'j')).environment?.name).toBe('e/main!')
  })

  test('tags are filled in with values as written', async () => {
    expect((await jobOf('variables: {A: $B, B: b}\nj: {script: a, tags: [$A]}', 'j')).tags).toEqual(['$B'])
  })
})
