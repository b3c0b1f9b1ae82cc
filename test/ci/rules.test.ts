import { describe, expect, test } from 'vitest'
import type { ConfigReader, PipelineContext } from '../../src/ci/types.ts'
import { compile, files, jobOf, messagesOf, planOf, reader, variable } from './helpers/compile.ts'

/** Whether a job with these rules is part of the pipeline. */
async function included(
  rules: string,
  from: ConfigReader = reader(),
  over: Partial<PipelineContext> = {},
): Promise<boolean> {
  const plan = await planOf(`other: {script: a}\nj: {script: a, rules: ${rules}}`, over, from)
  return plan.jobs.some((job) => job.name === 'j')
}

const changed = (...paths: string[]) => reader({ changedPaths: () => Promise.resolve(paths) })

describe('rules', () => {
  test('the first rule that holds decides', async () => {
    const text = (rules: string) => `j: {script: a, when: always, rules: [${rules}]}`
    expect(
      await jobOf(text('{if: $NOT, when: manual}, {if: $CI, when: on_failure}, {when: manual}'), 'j'),
    ).toMatchObject({
      when: 'on_failure',
    })
    expect((await jobOf(text('{if: $CI}'), 'j')).when).toBe('always')
    expect(await included('[{if: $CI, when: never}, {when: always}]')).toBe(false)
    expect(await included('[{if: $NOT}]')).toBe(false)
  })

  test('what a rule sets', async () => {
    const text = `
k: {script: a, stage: build}
l: {script: a, stage: build}
j:
  script: a
  needs: [k]
  allow_failure: {exit_codes: [1]}
  variables: {A: job, B: job}
  rules:
    - if: $CI
      when: delayed
      start_in: 5 minutes
      allow_failure: true
      variables: {B: rule, C: rule}
      needs: [l]
      interruptible: true
`
    const job = await jobOf(text, 'j')
    expect(job).toMatchObject({
      when: 'delayed',
      startIn: 300,
      allowFailure: true,
      allowFailureExitCodes: [],
      needs: [{ job: 'l', artifacts: true, optional: false }],
      interruptible: true,
    })
    expect(job.variables).toEqual([variable('A', 'job'), variable('B', 'rule'), variable('C', 'rule')])
  })

  test('empty needs of a rule leave the needs of the job', async () => {
    const job = await jobOf(
      'k: {script: a, stage: build}\nj: {script: a, needs: [k], rules: [{when: always, needs: []}]}',
      'j',
    )
    expect(job.needs).toHaveLength(1)
  })

  test('only a manual job is allowed to fail by itself; a manual rule blocks', async () => {
    expect((await jobOf('j: {script: a, when: manual}', 'j')).allowFailure).toBe(true)
    expect((await jobOf('j: {script: a, rules: [{when: manual}]}', 'j')).allowFailure).toBe(false)
    expect((await jobOf('j: {script: a, when: manual, rules: [{if: $CI}]}', 'j')).allowFailure).toBe(true)
    expect((await jobOf('j: {script: a, rules: [{when: manual, allow_failure: true}]}', 'j')).allowFailure).toBe(true)
  })

  test('what if can see', async () => {
    const context: Partial<PipelineContext> = {
      stored: [
        { ...variable('STORED', 'all'), environmentScope: '*' },
        { ...variable('STORED', 'prod'), environmentScope: 'prod/*' },
        { ...variable('OVER', 'stored'), environmentScope: '*' },
      ],
      pipelineVariables: [variable('FORM', 'typed'), variable('OVER2', 'pipeline')],
      user: [variable('GITLAB_USER_LOGIN', 'kim')],
    }
    const job = (expression: string) => `
variables: {ROOT: root, OVER: yaml, OVER2: yaml, GITLAB_USER_LOGIN: yaml}
j:
  script: a
  stage: deploy
  environment: {name: prod/$CI_JOB_NAME, action: verify, deployment_tier: staging, url: https://x.org}
  variables: {JOB: job}
  rules: [{if: '${expression}'}]
`
    const holds = async (expression: string) => (await compile(job(expression), context)).kind === 'plan'
    for (const expression of [
      '$ROOT == "root"',
      '$JOB == "job"',
      '$STORED == "prod"',
      '$OVER == "stored"',
      '$OVER2 == "pipeline"',
      '$FORM == "typed"',
      '$GITLAB_USER_LOGIN == "kim"',
      '$CI_JOB_NAME == "j"',
      '$CI_JOB_STAGE == "deploy"',
      '$CI_JOB_GROUP_NAME == "j"',
      '$CI_NODE_TOTAL == "1"',
      '$CI_NODE_INDEX == null',
      '$CI_JOB_MANUAL == null',
      '$CI_ENVIRONMENT_NAME == "prod/j"',
      '$CI_ENVIRONMENT_ACTION == "verify"',
      '$CI_ENVIRONMENT_TIER == "staging"',
      '$CI_ENVIRONMENT_URL == "https://x.org"',
      '$CI_JOB_ID == null',
      '$CI_JOB_TOKEN == null',
      '$CI_PIPELINE_ID == null',
    ]) {
      expect([expression, await holds(expression)]).toEqual([expression, true])
    }
  })

  test('scoped variables of an environment whose name comes from the job', async () => {
    const stored = [{ ...variable('A', 'yes'), environmentScope: 'review/*' }]
    const text =
      'j: {script: a, environment: "review/$CI_COMMIT_REF_SLUG", rules: [{if: $A}]}\nk: {script: a, rules: [{if: $A == null}]}'
    expect((await planOf(text, { stored })).jobs.map((job) => job.name)).toEqual(['j', 'k'])
  })

  test('a matrix job knows its own values', async () => {
    const text = 'j: {script: a, parallel: {matrix: [{A: [x, y]}]}, rules: [{if: $A == "y" && $CI_NODE_INDEX == "2"}]}'
    expect((await planOf(text)).jobs.map((job) => job.name)).toEqual(['j: [y]'])
  })
})

describe('rules:changes', () => {
  test.each<[rules: string, paths: string[], result: boolean]>([
    ['[{changes: [src/**/*]}]', ['src/a/b.ts'], true],
    ['[{changes: [src/**/*]}]', ['docs/a'], false],
    ['[{changes: ["*.md", Dockerfile]}]', ['x', 'Dockerfile'], true],
    ['[{changes: {paths: ["$DIR/*"]}}]', ['lib/x'], true],
    ['[{changes: [a]}]', [], false],
    ['[{changes: []}]', ['a'], false],
    ['[{if: $NOT, changes: [a]}]', ['a'], false],
    ['[{if: $CI, changes: [a]}]', ['a'], true],
    ['[{if: $CI, changes: [b]}]', ['a'], false],
    ['[{changes: [b]}, {changes: [a]}]', ['a'], true],
  ])('%s with %j: %s', async (rules, paths, result) => {
    expect(await included(rules, changed(...paths), { pipelineVariables: [variable('DIR', 'lib')] })).toBe(result)
  })

  test('holds when it is not known what changed', async () => {
    expect(await included('[{changes: [nothing]}]', reader({ changedPaths: () => Promise.resolve(null) }))).toBe(true)
  })

  test('compare_to is expanded, asked once and may be wrong', async () => {
    const asked: (string | null)[] = []
    const from = reader({
      changedPaths: (ref) => {
        asked.push(ref)
        return Promise.resolve(ref === 'nope' ? { problem: 'invalid_ref' } : ['a'])
      },
    })
    const rules =
      '[{changes: {paths: [b], compare_to: "refs/heads/$CI_DEFAULT_BRANCH"}}, {changes: {paths: [a], compare_to: "refs/heads/$CI_DEFAULT_BRANCH"}}]'
    expect(await included(rules, from)).toBe(true)
    expect(asked).toEqual(['refs/heads/main'])
    expect(await messagesOf('j: {script: a, rules: [{changes: {paths: [a], compare_to: nope}}]}', {}, from)).toEqual([
      'Failed to parse rule for j: rules:changes:compare_to is not a valid ref',
    ])
  })

  test('holds when there is too much to compare', async () => {
    const paths = Array.from({ length: 1_001 }, (_, index) => `f${index}`)
    const globs = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`).join(', ')
    expect(await included(`[{changes: [${globs(50)}]}]`, changed(...paths))).toBe(true)
    expect(await included(`[{changes: [${globs(49)}]}]`, changed(...paths))).toBe(false)
  })

  test('the reader is asked only when a rule gets that far', async () => {
    const from = reader({ changedPaths: () => Promise.reject(new Error('asked')) })
    expect(await included('[{if: $NOT, changes: [a]}]', from)).toBe(false)
  })
})

describe('rules:exists', () => {
  const from = files({ Dockerfile: '', 'src/app/main.ts': '', 'docs/a.md': '', '.hidden': '' })
  test.each([
    ['Dockerfile', true],
    ['[Dockerfile]', true],
    ['[dockerfile]', false],
    ['[src/]', true],
    ['[src/app/]', true],
    ['[src]', false],
    ['[lib/]', false],
    ['["*.md"]', false],
    ['["**/*.md"]', true],
    ['["docs/*.md"]', true],
    ['["src/**/*.ts"]', true],
    ['["{Gem,Docker}file"]', true],
    ['[".h*"]', true],
    ['["$DIR/main.ts"]', true],
    ['[]', false],
    ['{paths: [Dockerfile]}', true],
    ['{paths: [nope, "docs/*"]}', true],
  ])('%s: %s', async (exists, result) => {
    const over = { pipelineVariables: [variable('DIR', 'src/app')] }
    expect(await included(`[{exists: ${exists}}]`, from, over)).toBe(result)
  })

  test('another project at a ref', async () => {
    const openProject: ConfigReader['openProject'] = (path, ref) =>
      Promise.resolve(
        path !== 'g/p'
          ? { found: false, missing: 'project' }
          : ref === 'nope'
            ? { found: false, missing: 'ref' }
            : {
                found: true,
                sha: 'x',
                read: () => Promise.resolve(null),
                list: () => Promise.resolve(ref === 'v1' ? ['one'] : ['head']),
              },
      )
    const there = reader({ openProject })
    expect(
      await included('[{exists: {paths: [head], project: "g/$P"}}]', there, {
        pipelineVariables: [variable('P', 'p')],
      }),
    ).toBe(true)
    expect(await included('[{exists: {paths: [one], project: g/p, ref: v1}}]', there)).toBe(true)
    expect(await included('[{exists: {paths: [one], project: g/p}}]', there)).toBe(false)
    expect(await messagesOf('j: {script: a, rules: [{exists: {paths: [a], project: g/q}}]}', {}, there)).toEqual([
      'Failed to parse rule for j: rules:exists:project `g/q` not found or access denied',
    ])
    expect(
      await messagesOf('j: {script: a, rules: [{exists: {paths: [a], project: g/p, ref: nope}}]}', {}, there),
    ).toEqual(['Failed to parse rule for j: rules:exists:ref `nope` is not a valid ref in project `g/p`'])
  })

  test('all jobs together may compare only so many paths', async () => {
    const many = reader({
      listLocal: () => Promise.resolve(Array.from({ length: 40_000 }, (_, index) => `d/f${index}`)),
    })
    const jobs = Array.from(
      { length: 200 },
      (_, index) => `j${index}: {script: a, rules: [{exists: ["x*${index}"]}]}`,
    ).join('\n')
    expect(await messagesOf(jobs, {}, many)).toEqual(['The rules compare too many paths'])
  })
})

describe('workflow', () => {
  test('the winning rule sets variables, name and auto_cancel', async () => {
    const text = `
variables: {A: root, B: root}
workflow:
  name: "$A on $CI_COMMIT_BRANCH for $STORED"
  auto_cancel: {on_new_commit: interruptible, on_job_failure: all}
  rules:
    - if: $NOT
    - if: $CI_COMMIT_BRANCH == "main" && $A == "root"
      variables: {A: workflow, C: workflow}
      auto_cancel: {on_new_commit: none}
j: {script: a, variables: {C: job}}
`
    const stored = [{ ...variable('STORED', 'x'), environmentScope: '*' }]
    const plan = await planOf(text, { stored })
    expect(plan.name).toBe('workflow on main for x')
    expect(plan.autoCancel).toEqual({ onNewCommit: 'none', onJobFailure: 'all' })
    expect(plan.jobs[0]?.variables.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'A=workflow',
      'B=root',
      'C=job',
    ])
  })

  test('nothing of it written', async () => {
    const plan = await planOf('j: {script: a}')
    expect(plan).toMatchObject({ name: null, autoCancel: { onNewCommit: 'conservative', onJobFailure: 'none' } })
  })

  test('a name that comes to nothing is none', async () => {
    expect((await planOf('workflow: {name: " $NOT "}\nj: {script: a}')).name).toBeNull()
  })

  test('its rules know no job', async () => {
    expect((await compile('workflow: {rules: [{if: $CI_JOB_NAME}]}\nj: {script: a}')).kind).toBe('filtered')
  })

  test('changes and exists', async () => {
    const from = files({ Dockerfile: '' }, { changedPaths: () => Promise.resolve(['src/a']) })
    const kind = async (rule: string) => (await compile(`workflow: {rules: [${rule}]}\nj: {script: a}`, {}, from)).kind
    expect(await kind('{changes: [src/*]}')).toBe('plan')
    expect(await kind('{changes: [lib/*]}')).toBe('filtered')
    expect(await kind('{exists: [Dockerfile]}')).toBe('plan')
    expect(await kind('{exists: [Gemfile]}')).toBe('filtered')
  })

  test('a wrong compare_to is reported', async () => {
    const from = reader({ changedPaths: () => Promise.resolve({ problem: 'invalid_ref' }) })
    const text = 'workflow: {rules: [{changes: {paths: [a], compare_to: x}}]}\nj: {script: a}'
    expect(await messagesOf(text, {}, from)).toEqual(['workflow:rules:changes:compare_to is not a valid ref'])
  })
})
