import { describe, expect, test } from 'vitest'
import { compile, jobOf, messagesOf, planOf } from './helpers/compile.ts'

describe('the root', () => {
  test.each([
    ['', 'Please provide content of .gitlab-ci.yml'],
    ['  \n\n', 'Please provide content of .gitlab-ci.yml'],
    ['# nothing', 'jobs config should contain at least one visible job'],
    ['- a', 'Invalid configuration format'],
    ['text', 'Invalid configuration format'],
    ['.hidden: {script: a}', 'jobs config should contain at least one visible job'],
    ['stagess: [a]\nj: {script: a}', 'jobs stagess config should implement the script:, run:, or trigger: keyword'],
    ['my  job: {stage: a}', 'jobs my__job config should implement the script:, run:, or trigger: keyword'],
    ['Build Job: 5', 'jobs build_job config should implement the script:, run:, or trigger: keyword'],
    ['spec: {}\nj: {script: a}', 'jobs spec config should implement the script:, run:, or trigger: keyword'],
    [`${'j'.repeat(256)}: {script: a}`, `jobs:${'j'.repeat(256)} name is too long (maximum is 255 characters)`],
    [
      'stages: x\nj: {script: a}',
      'stages config should be an array of strings or a nested array of strings up to 10 levels deep',
    ],
    [
      'stages: [1]\nj: {script: a}',
      'stages config should be an array of strings or a nested array of strings up to 10 levels deep',
    ],
    ['default: [x]\nj: {script: a}', 'default config should be a hash'],
    ['default: {script: a}\nj: {script: a}', 'default config contains unknown keys: script'],
    ['default: {image: {}}\nj: {script: a}', 'default:image name should be a string'],
    ['image: [x]\nj: {script: a}', 'image config should be a hash or a string'],
    ['default: {image: x}\nimage: y\nj: {script: a}', 'image is defined in top-level and `default:` entry'],
    ['workflow: x\nj: {script: a}', 'workflow config should be a hash'],
    ['workflow: {foo: 1}\nj: {script: a}', 'workflow config contains unknown keys: foo'],
    ['workflow: {name: [x]}\nj: {script: a}', 'workflow name should be a string'],
    [`workflow: {name: ${'x'.repeat(256)}}\nj: {script: a}`, 'workflow name is too long (maximum is 255 characters)'],
    ['workflow: {rules: []}\nj: {script: a}', "workflow:rules config can't be blank"],
    [
      'workflow: {rules: x}\nj: {script: a}',
      'workflow rules should be an array containing hashes and arrays of hashes',
    ],
    [
      'workflow: {rules: [{when: always, allow_failure: true}]}\nj: {script: a}',
      'workflow:rules:rule config contains unknown keys: allow_failure',
    ],
    [
      'workflow: {rules: [{when: always, variables: [A]}]}\nj: {script: a}',
      'workflow:rules:rule:variables config should be a hash of key value pairs',
    ],
    [
      'workflow: {rules: [{when: always, auto_cancel: {on_new_commit: x}}]}\nj: {script: a}',
      'workflow:rules:rule:auto_cancel on new commit must be one of: conservative, interruptible, none',
    ],
    ['workflow: {rules: [{when: manual}]}\nj: {script: a}', 'workflow:rules:rule when unknown value: manual'],
    ['workflow: {rules: [{if: "=="}]}\nj: {script: a}', 'workflow:rules:rule if invalid expression syntax'],
    ['workflow: {auto_cancel: x}\nj: {script: a}', 'workflow:auto_cancel config should be a hash'],
    [
      'workflow: {auto_cancel: {on_new_commit: x}}\nj: {script: a}',
      'workflow:auto_cancel on new commit must be one of: conservative, interruptible, none',
    ],
    [
      'workflow: {auto_cancel: {on_job_failure: x}}\nj: {script: a}',
      'workflow:auto_cancel on job failure must be one of: none, all',
    ],
  ])('refuses %j', async (text, message) => {
    expect((await messagesOf(text))[0]).toBe(message)
  })

  test('reports everything that is wrong, each at its place', async () => {
    const result = await compile('a:\n  script: {x: y}\n  when: soon\nb: {script: a, tags: x}\nc: 1\n')
    expect(
      result.kind === 'errors' && result.errors.map(({ message, line, column }) => [line, column, message]),
    ).toEqual([
      [2, 11, 'jobs:a:script config should be a string or a nested array of strings up to 10 levels deep'],
      [3, 9, 'jobs:a when should be one of: on_success, on_failure, always, manual, delayed'],
      [4, 22, 'jobs:b:tags config should be an array of strings'],
      [5, 1, 'jobs c config should implement the script:, run:, or trigger: keyword'],
    ])
  })

  test('messages are in lower case but for names in a form of their own', async () => {
    expect(await messagesOf('Build: {script: a, parallel: x}')).toEqual([
      'jobs:Build:parallel should be an integer or a hash',
    ])
    expect(await messagesOf('Build: {script: a, tags: x}')).toEqual([
      'jobs:build:tags config should be an array of strings',
    ])
  })
})

// Reference A3: what `default` may have, by a value that none of them takes, and the five that may stand at the top level.
const commands = 'config should be a string or a nested array of strings up to 10 levels deep'
const defaultable: readonly (readonly [key: string, message: string])[] = [
  ['before_script', `before_script ${commands}`],
  ['after_script', `after_script ${commands}`],
  ['hooks', 'hooks config should be a hash'],
  ['cache', 'caches config can only be a hash or an array'],
  ['image', 'image config should be a hash or a string'],
  ['services', 'services config should be an array'],
  ['interruptible', 'interruptible config should be a boolean value'],
  ['timeout', 'timeout config should be a duration'],
  ['tags', 'tags config should be an array of strings'],
  ['artifacts', 'artifacts config should be a hash'],
  ['id_tokens', 'id_tokens config should be a hash'],
]

describe('keys of default and of the top level', () => {
  test.each(defaultable)('default: {%s: 5}', async (key, message) => {
    expect(await messagesOf(`default: {${key}: 5}\nj: {script: a}`)).toEqual([`default:${message}`])
  })

  test('retry, whose messages name no place', async () => {
    expect(await messagesOf('default: {retry: x}\nj: {script: a}')).toEqual([
      'retry config has to be either an integer or a hash',
    ])
  })

  const legacy = ['image', 'services', 'cache', 'before_script', 'after_script']
  test.each(defaultable.filter(([key]) => legacy.includes(key)))('%s: 5', async (key, message) => {
    expect(await messagesOf(`${key}: 5\nj: {script: a}`)).toEqual([message])
  })

  test.each([
    ['image', 'x'],
    ['services', '[x]'],
    ['cache', '{paths: [x]}'],
    ['before_script', '[x]'],
    ['after_script', '[x]'],
  ])('%s may not stand in both', async (key, value) => {
    expect(await messagesOf(`default: {${key}: ${value}}\n${key}: ${value}\nj: {script: a}`)).toEqual([
      `${key} is defined in top-level and \`default:\` entry`,
    ])
  })

  test('a job may not have the name of one of them', async () => {
    expect(await messagesOf('image: {script: a}\nj: {script: a}')).toEqual([
      'image config contains unknown keys: script',
      'image name should be a string',
    ])
  })
})

describe('stages', () => {
  test('build, test and deploy unless written; jobs are in test', async () => {
    const plan = await planOf('c: {script: a, stage: deploy}\na: {script: a, stage: build}\nb: {script: a}')
    expect(plan.jobs.map((job) => [job.stage, job.name])).toEqual([
      ['build', 'a'],
      ['test', 'b'],
      ['deploy', 'c'],
    ])
  })

  test('nested lists and stages written twice', async () => {
    const plan = await planOf(
      'stages: [[one], two, one, .post, .pre]\na: {script: a, stage: one}\nb: {script: a, stage: two}',
    )
    expect(plan.stages).toEqual(['one', 'two'])
  })
})

describe('default and inherit', () => {
  const root = `
default:
  before_script: [default]
  image: base
  tags: [t]
  retry: 1
  interruptible: true
  timeout: 1 hour
  cache: {paths: [c]}
  artifacts: {paths: [d]}
  services: [s]
  hooks: {pre_get_sources_script: h}
  id_tokens: {T: {aud: x}}
  after_script: [after]
variables: {A: a, B: b}
`
  test('a job takes every default', async () => {
    expect(await jobOf(`${root}j: {script: j}`, 'j')).toMatchObject({
      script: ['default', 'j'],
      afterScript: ['after'],
      image: { name: 'base' },
      tags: ['t'],
      retry: { max: 1 },
      interruptible: true,
      cache: [{ paths: ['c'] }],
      artifacts: [{ paths: ['d'] }],
      services: [{ name: 's' }],
      preGetSourcesScript: ['h'],
      idTokens: { T: { aud: ['x'] } },
    })
  })

  test('a default timeout has no effect, as in GitLab', async () => {
    expect((await jobOf(`${root}j: {script: j}`, 'j')).timeout).toBeNull()
  })

  test('a key of the job replaces the default; null does not', async () => {
    const job = await jobOf(`${root}j: {script: j, before_script: [], cache: {}, image: null, tags: [u]}`, 'j')
    expect(job).toMatchObject({ script: ['j'], cache: [], image: { name: 'base' }, tags: ['u'] })
  })

  test('inherit picks', async () => {
    const text = `${root}
none: {script: j, inherit: {default: false, variables: false}}
some: {script: j, inherit: {default: [image, tags], variables: [B]}}
`
    const none = await jobOf(text, 'none')
    expect(none).toMatchObject({ script: ['j'], image: null, tags: [], interruptible: false })
    expect(none.variables).toEqual([])
    const some = await jobOf(text, 'some')
    expect(some).toMatchObject({ script: ['j'], image: { name: 'base' }, tags: ['t'], retry: { max: 0 } })
    expect(some.variables.map((variable) => variable.key)).toEqual(['B'])
  })

  test('top-level keys stand in for default', async () => {
    const text = 'image: x\nbefore_script: [b]\ncache: {paths: [c]}\nservices: [s]\nafter_script: [d]\nj: {script: a}'
    expect(await jobOf(text, 'j')).toMatchObject({
      image: { name: 'x' },
      script: ['b', 'a'],
      cache: [{ paths: ['c'] }],
      services: [{ name: 's' }],
      afterScript: ['d'],
    })
  })
})

describe('trigger', () => {
  const bare = {
    project: null,
    branch: null,
    include: [],
    strategy: null,
    forwardYamlVariables: true,
    forwardPipelineVariables: false,
    inputs: {},
  }
  test.each([
    ['trigger: group/other', { ...bare, project: 'group/other' }],
    [
      'trigger: {project: $P/x, branch: b, strategy: depend, inputs: {a: 1}, forward: {pipeline_variables: true, yaml_variables: false}}',
      {
        ...bare,
        project: '$P/x',
        branch: 'b',
        strategy: 'depend',
        inputs: { a: 1 },
        forwardYamlVariables: false,
        forwardPipelineVariables: true,
      },
    ],
    [
      'trigger: {include: child.yml, strategy: mirror}',
      { ...bare, include: [{ local: 'child.yml' }], strategy: 'mirror' },
    ],
    [
      'trigger: {include: [{local: a.yml, inputs: {x: [1]}}, {project: p, file: f.yml, ref: r}, "https://x.org/a.yml"]}',
      {
        ...bare,
        include: [
          { local: 'a.yml', inputs: { x: [1] } },
          { project: 'p', file: 'f.yml', ref: 'r' },
          { remote: 'https://x.org/a.yml' },
        ],
      },
    ],
  ])('accepts %s', async (fragment, trigger) => {
    const job = await jobOf(`j: {${fragment}, stage: deploy, variables: {A: b}, when: manual}`, 'j')
    expect(job).toMatchObject({ trigger, when: 'manual', allowFailure: true, script: [] })
  })

  test.each([
    ['trigger: ""', "jobs:j:trigger config can't be blank"],
    ['trigger: {}', "jobs:j:trigger config can't be blank"],
    ['trigger: [x]', 'jobs:j:trigger has to be either a string or a hash'],
    ['trigger: {branch: x}', 'jobs:j:trigger project should be a string'],
    ['trigger: {project: x, foo: y}', 'jobs:j:trigger config contains unknown keys: foo'],
    ['trigger: {project: x, strategy: y}', 'jobs:j:trigger strategy should be depend or mirror'],
    ['trigger: {project: x, inputs: y}', 'jobs:j:trigger inputs should be a hash'],
    ['trigger: {project: x, forward: {foo: true}}', 'jobs:j:trigger:forward config contains unknown keys: foo'],
    [
      'trigger: {project: x, forward: {yaml_variables: 1}}',
      'jobs:j:trigger:forward yaml variables should be a boolean value',
    ],
    ['trigger: {include: 5}', 'jobs:j:trigger:include config should be an array or a string'],
    ['trigger: {include: [a.yml, b.yml, c.yml, d.yml]}', 'jobs:j:trigger:include config is too long (maximum is 3)'],
    ['trigger: {include: [5]}', 'jobs:j:trigger:include:include config should be a hash or a string'],
    ['trigger: {include: [{foo: 5}]}', 'jobs:j:trigger:include:include config contains unknown keys: foo'],
    [
      'trigger: {include: [{project: p}]}',
      'jobs:j:trigger:include:include config must specify the file where to fetch the config from',
    ],
    [
      'trigger: {include: [{artifact: a.yml}]}',
      'jobs:j:trigger:include:include config must specify the job where to fetch the artifact from',
    ],
    ['trigger: x, image: y', 'jobs:j config contains unknown keys: image'],
    ['trigger: x, when: delayed', 'jobs:j when should be one of: on_success, on_failure, always, manual'],
    ['trigger: x, allow_failure: {exit_codes: 1}', 'jobs:j allow failure should be a boolean value'],
    ['trigger: x, parallel: 2', 'jobs:j:parallel config cannot use "parallel: <number>".'],
    ['needs: [x]', 'jobs:j config should contain either a trigger or a needs:pipeline'],
  ])('refuses %s', async (fragment, message) => {
    expect((await messagesOf(`j: {${fragment}}`))[0]).toBe(message)
  })

  test('a trigger job may be a matrix', async () => {
    const plan = await planOf('j: {trigger: x/$P, parallel: {matrix: [{P: [a, b]}]}}')
    expect(plan.jobs.map((job) => [job.name, job.variables.map((variable) => variable.value)])).toEqual([
      ['j: [a]', ['a']],
      ['j: [b]', ['b']],
    ])
  })
})
