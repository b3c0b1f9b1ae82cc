import { describe, expect, test } from 'vitest'
import { compile, files, messagesOf } from './helpers/compile.ts'

/** The checks between jobs (reference A20), and what goes wrong while a pipeline is made (A21). */
describe('checks between jobs', () => {
  test.each([
    [
      'stages: [x]\nj: {script: a, stage: y}',
      'j job: chosen stage y does not exist; available stages are .pre, x, .post',
    ],
    ['j: {script: a, needs: [k]}', 'j job: undefined need: k'],
    ['j: {script: a, rules: [{when: always, needs: [k]}]}', 'j job: undefined need: k'],
    ['j: {script: a, dependencies: [k]}', 'j job: undefined dependency: k'],
    [
      'j: {script: a, stage: build, needs: [k]}\nk: {script: a, stage: test}',
      'j job: need k is not defined in current or prior stages',
    ],
    [
      'j: {script: a, stage: build, dependencies: [k]}\nk: {script: a, stage: test}',
      'j job: dependency k is not defined in current or prior stages',
    ],
    [
      'j: {script: a, needs: [k, l, k, l]}\nk: {script: a, stage: build}\nl: {script: a, stage: build}',
      'j has the following needs duplicated: k, l.',
    ],
    [
      'a: {script: a, needs: [b]}\nb: {script: a, needs: [c]}\nc: {script: a, needs: [a]}',
      'The pipeline has circular dependencies: topological sort failed: ["a", "b", "c"]',
    ],
    ['a: {script: a, needs: [a]}', 'The pipeline has circular dependencies: self-dependency: a'],
    [
      'a: {script: a, rules: [{when: always, needs: [b]}]}\nb: {script: a, rules: [{when: always, needs: [a]}]}',
      'The pipeline has circular dependencies: topological sort failed: ["a", "b"]',
    ],
    [
      `j: {script: a, needs: ["k: [${'x'.repeat(255)}]"]}\nk: {script: a, stage: build, parallel: {matrix: [{A: ${'x'.repeat(255)}}]}}`,
      `j job: need \`k: [${'x'.repeat(255)}]\` name is too long (maximum is 255 characters)`,
    ],
    ['j: {script: a, environment: {name: e, on_stop: k}}', 'j job: on_stop job k is not defined'],
    [
      'j: {script: a, environment: {name: e, on_stop: k}}\nk: {script: a}',
      'j job: on_stop job k does not have environment defined',
    ],
    [
      'j: {script: a, environment: {name: e, on_stop: k}}\nk: {script: a, environment: f}',
      'j job: on_stop job k have different environment name',
    ],
    [
      'j: {script: a, environment: {name: "e/$CI_COMMIT_BRANCH", on_stop: k}}\nk: {script: a, environment: {name: e/main, action: stop}}',
      'j job: on_stop job k have different environment name',
    ],
    [
      'j: {script: a, environment: {name: e, on_stop: k}}\nk: {script: a, environment: e}',
      'j job: on_stop job k needs to have action stop defined',
    ],
    ['j: {trigger: {include: [{artifact: a.yml, job: k}]}}', 'j job: undefined dependency: k'],
    [
      'j: {script: a, needs: ["k: [$[[ matrix.B ]]]"], parallel: {matrix: [{A: x}]}}\nk: {script: a, stage: build, parallel: {matrix: [{A: x}]}}',
      "j job: 'B' does not exist in matrix configuration",
    ],
  ])('%j', async (text, message) => {
    expect(await messagesOf(text)).toEqual([message])
  })

  test('an optional need of a job that is nowhere is fine', async () => {
    expect((await compile('j: {script: a, needs: [{job: k, optional: true}]}')).kind).toBe('plan')
  })

  test('the error stands at the job', async () => {
    const result = await compile('k: {script: a}\n\nj:\n  script: a\n  needs: [x]\n')
    expect(result).toMatchObject({ errors: [{ line: 3, column: 1, file: '.gitlab-ci.yml' }] })
  })

  test('an error in an included file names that file', async () => {
    const result = await compile(
      'include: b.yml\nk: {script: a}',
      {},
      files({ 'b.yml': '\nj: {script: a, needs: [x]}' }),
    )
    expect(result).toMatchObject({ errors: [{ line: 2, column: 1, file: 'b.yml' }] })
  })
})

describe('while the pipeline is made', () => {
  test.each([
    [
      'j: {script: a, needs: [k]}\nk: {script: a, stage: build, rules: [{if: $NOT}]}',
      "'j' job needs 'k' job, but 'k' does not exist in the pipeline. This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.",
    ],
    [
      'j: {script: a, needs: [k]}\nk: {script: a, stage: build, parallel: 51}',
      'j: one job can only need 50 others, but you have listed 51. See needs keyword documentation for more details',
    ],
    ['j: {script: a, variables: {A: $B, B: $C, C: "$A"}}', 'j: circular variable reference detected: ["A", "B", "C"]'],
  ])('%j', async (text, message) => {
    expect(await messagesOf(text)).toEqual([message])
  })

  test('all jobs that fail are reported', async () => {
    const text =
      'j: {script: a, needs: [k]}\nl: {script: a, needs: [k]}\nk: {script: a, stage: build, rules: [{if: $NOT}]}'
    expect(await messagesOf(text)).toHaveLength(2)
  })

  test('a job that its rules leave out is not judged', async () => {
    const text =
      'j: {script: a, rules: [{if: $NOT}], needs: [k]}\nk: {script: a, stage: build, rules: [{if: $NOT}]}\nl: {script: a}'
    expect((await compile(text)).kind).toBe('plan')
  })

  test('a missing optional need is dropped from the plan', async () => {
    const result = await compile(
      'j: {script: a, needs: [{job: k, optional: true}]}\nk: {script: a, stage: build, rules: [{if: $NOT}]}',
    )
    expect(result).toMatchObject({ kind: 'plan', plan: { jobs: [{ name: 'j', needs: [] }] } })
  })

  test.each([
    [
      'workflow: {rules: [{if: $NOT}]}\nj: {script: a}',
      'workflow_rules',
      'The pipeline did not run. Review the workflow:rules configuration for the pipeline.',
    ],
    [
      'workflow: {rules: [{when: never}]}\nj: {script: a}',
      'workflow_rules',
      'The pipeline did not run. Review the workflow:rules configuration for the pipeline.',
    ],
    [
      'j: {script: a, rules: [{if: $NOT}]}',
      'no_jobs',
      'The resulting pipeline would have been empty. Review the rules configuration for the relevant jobs.',
    ],
    [
      'j: {script: a, stage: .pre}\nk: {script: a, stage: .post}',
      'no_jobs',
      'The resulting pipeline would have been empty. Review the rules configuration for the relevant jobs.',
    ],
  ])('%j makes no pipeline', async (text, reason, message) => {
    expect(await compile(text)).toMatchObject({ kind: 'filtered', reason, message })
  })

  test('a bare last rule without workflow rules is worth a warning', async () => {
    const warning =
      'jobs:j may allow multiple pipelines to run for a single action due to `rules:when` clause with no `workflow:rules` - ' +
      'read more: https://docs.gitlab.com/ee/ci/jobs/job_troubleshooting.html#job-may-allow-multiple-pipelines-to-run-for-a-single-action-warning'
    const text = 'j: {script: a, rules: [{if: $NOT}, {when: always}]}'
    expect(await compile(text)).toMatchObject({ kind: 'plan', warnings: [warning] })
    expect(await compile(`workflow: {rules: [{when: always}]}\n${text}`)).toMatchObject({ kind: 'plan', warnings: [] })
    expect(await compile('j: {script: a, rules: [{if: $CI, when: always}]}')).toMatchObject({ warnings: [] })
  })

  test('no more than 25 warnings are told', async () => {
    const text = Array.from({ length: 26 }, (_, n) => `j${n}: {script: a, rules: [{when: always}]}`).join('\n')
    const result = await compile(text)
    expect(result.kind === 'plan' && result.warnings).toHaveLength(25)
  })
})
