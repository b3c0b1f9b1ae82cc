import { describe, expect, test } from 'vitest'
import { compile, jobOf, messagesOf, planOf, variable } from './helpers/compile.ts'

describe('a small pipeline', () => {
  test('environment: name: ${CI_JOB_NAME} is the name of the job', async () => {
    const plan = await planOf(`
stages: [deploy]
production:
  stage: deploy
  script: ["your deploy script here"]
  environment:
    name: \${CI_JOB_NAME}
    action: start
`)
    expect(plan.stages).toEqual(['deploy'])
    expect(plan.jobs).toHaveLength(1)
    expect(plan.jobs[0]).toMatchObject({
      name: 'production',
      stage: 'deploy',
      stageIndex: 0,
      when: 'on_success',
      allowFailure: false,
      script: ['your deploy script here'],
      environment: { name: 'production', nameTemplate: '${CI_JOB_NAME}', action: 'start', url: null },
    })
  })

  test('jobs come in the order of stages, then of the file; stages without jobs vanish', async () => {
    const plan = await planOf(`
stages: [one, two, three]
late: {stage: three, script: a}
b: {stage: one, script: a}
a: {stage: one, script: a}
last: {stage: .post, script: a}
first: {stage: .pre, script: a}
`)
    expect(plan.stages).toEqual(['.pre', 'one', 'three', '.post'])
    expect(plan.jobs.map((job) => [job.name, job.stageIndex])).toEqual([
      ['first', 0],
      ['b', 1],
      ['a', 1],
      ['late', 2],
      ['last', 3],
    ])
  })

  test('a job or a keyword that is written twice means its last', async () => {
    const plan = await planOf('j: {script: a}\nk: {script: a}\nj:\n  before_script: [x]\n  script: b\n  script: c\n')
    expect(plan.jobs.map((job) => [job.name, job.script])).toEqual([
      ['j', ['x', 'c']],
      ['k', ['a']],
    ])
  })

  test('anchors, merge keys, extends, default and !reference combine', async () => {
    const job = await jobOf(
      `
default:
  before_script: [from default]
  tags: [one]
.base: &base
  variables: {A: base, B: base}
.scripts:
  script: [shared]
.hidden:
  extends: .base
  retry: 1
job:
  <<: *base
  extends: .hidden
  variables: {B: job}
  script:
    - !reference [.scripts, script]
    - own
`,
      'job',
    )
    expect(job.script).toEqual(['from default', 'shared', 'own'])
    expect(job.tags).toEqual(['one'])
    expect(job.retry.max).toBe(1)
    expect(job.variables).toEqual([variable('A', 'base'), variable('B', 'job')])
  })

  test('rules decide with the unexpanded values', async () => {
    const text = `
variables: {WHERE: "$CI_COMMIT_BRANCH"}
yes: {script: a, rules: [{if: '$CI_COMMIT_BRANCH == "main"', when: manual}]}
no: {script: a, rules: [{if: '$WHERE == "main"'}]}
`
    const plan = await planOf(text)
    expect(plan.jobs.map((job) => [job.name, job.when, job.allowFailure])).toEqual([['yes', 'manual', false]])
  })

  test('errors say where', async () => {
    const result = await compile('build:\n  stage: build\n  script: {a: b}\n')
    expect(result).toMatchObject({
      kind: 'errors',
      errors: [
        {
          message: 'jobs:build:script config should be a string or a nested array of strings up to 10 levels deep',
          file: '.gitlab-ci.yml',
          line: 3,
          column: 11,
        },
      ],
    })
  })

  test.each([
    ['', 'Please provide content of .gitlab-ci.yml'],
    ['stagess: [a]\nj: {script: a}', 'jobs stagess config should implement the script:, run:, or trigger: keyword'],
    ['.a: {script: a}', 'jobs config should contain at least one visible job'],
    [
      'j: {script: a, stage: x}',
      'j job: chosen stage x does not exist; available stages are .pre, build, test, deploy, .post',
    ],
  ])('%j is refused', async (text, message) => {
    expect(await messagesOf(text)).toEqual([message])
  })
})
