import { describe, expect, test } from 'vitest'
import { jobOf, messagesOf, planOf, variable } from './helpers/compile.ts'

const nestedRules = 'should be an array containing hashes and arrays of hashes'

describe('rules', () => {
  test.each([
    ['rules: []', "jobs:j:rules config can't be blank"],
    ['rules: x', `jobs:j rules ${nestedRules}`],
    ['rules: [x]', `jobs:j rules ${nestedRules}`],
    ['rules: [[[x]]]', `jobs:j rules ${nestedRules}`],
    ['rules: [{}]', "jobs:j:rules:rule config can't be blank"],
    ['rules: [{foo: 1}]', 'jobs:j:rules:rule config contains unknown keys: foo'],
    ['rules: [{if: "$A =="}]', 'jobs:j:rules:rule if invalid expression syntax'],
    ['rules: [{if: [x]}]', 'jobs:j:rules:rule if invalid expression syntax'],
    ['rules: [{when: sometimes}]', 'jobs:j:rules:rule when unknown value: sometimes'],
    ['rules: [{when: delayed}]', "jobs:j:rules:rule start in can't be blank"],
    ['rules: [{when: delayed, start_in: x}]', 'jobs:j:rules:rule start in should be a duration'],
    ['rules: [{when: delayed, start_in: 2 weeks}]', 'jobs:j:rules:rule start in should not exceed the limit'],
    ['rules: [{start_in: 1 day}]', 'jobs:j:rules:rule config contains disallowed keys: start_in'],
    ['rules: [{allow_failure: {exit_codes: 1}}]', 'jobs:j:rules:rule allow failure should be a boolean value'],
    ['rules: [{interruptible: 1}]', 'jobs:j:rules:rule interruptible should be a boolean value'],
    ['rules: [{variables: [A]}]', 'jobs:j:rules:rule:variables config should be a hash of key value pairs'],
    ['rules: [{variables: {A: {value: x}}}]', 'jobs:j:rules:rule:variables:a config must be a string'],
    ['rules: [{changes: x}]', 'jobs:j:rules:rule:changes should be an array or a hash'],
    ['rules: [{changes: [1]}]', 'jobs:j:rules:rule:changes config should be an array of strings'],
    ['rules: [{changes: {compare_to: x}}]', 'jobs:j:rules:rule:changes config missing required keys: paths'],
    ['rules: [{changes: {paths: x}}]', 'jobs:j:rules:rule:changes paths should be an array of strings'],
    ['rules: [{changes: {paths: [x], compare_to: [y]}}]', 'jobs:j:rules:rule:changes compare to should be a string'],
    ['rules: [{changes: {paths: [x], foo: y}}]', 'jobs:j:rules:rule:changes config contains unknown keys: foo'],
    [
      `rules: [{changes: [${'a, '.repeat(50)}a]}]`,
      'jobs:j:rules:rule:changes config has too many entries (maximum 50)',
    ],
    ['rules: [{exists: 1}]', 'jobs:j:rules:rule:exists should be a string, an array of strings, or a hash'],
    [`rules: [{exists: [${'a, '.repeat(50)}a]}]`, 'jobs:j:rules:rule:exists config has too many entries (maximum 50)'],
    ['rules: [{exists: {paths: [a], ref: b}}]', 'jobs:j:rules:rule:exists config missing required keys: project'],
    ['rules: [{exists: {project: b}}]', 'jobs:j:rules:rule:exists config missing required keys: paths'],
    ['rules: [{needs: {}}]', 'jobs:j:rules:rule:needs config can not be an empty hash'],
    ['rules: [{if: $A}], only: [main]', 'jobs:j config key may not be used with `rules`: only'],
    ['rules: [{if: $A}], except: [main], only: [x]', 'jobs:j config key may not be used with `rules`: only, except'],
  ])('refuses %s', async (fragment, message) => {
    expect((await messagesOf(`j: {script: a, ${fragment}}`))[0]).toBe(message)
  })

  test('hashes may be nested in lists, as references leave them', async () => {
    const job = await jobOf('j: {script: a, rules: [[{if: $NOT}], [[{if: $CI, when: always}]]]}', 'j')
    expect(job.when).toBe('always')
  })
})

describe('only and except', () => {
  test.each([
    ['only: main', 'jobs:j:only has to be either an array of conditions or a hash'],
    ['except: 1', 'jobs:j:except has to be either an array of conditions or a hash'],
    ['only: {}', "jobs:j:only config can't be blank"],
    ['only: {foo: [x]}', 'jobs:j:only config contains unknown keys: foo'],
    ['only: {refs: x}', 'jobs:j:only refs should be an array of strings or regular expressions using re2 syntax'],
    ['only: ["/(/"]', 'jobs:j:only config should be an array of strings or regular expressions using re2 syntax'],
    ['only: [1]', 'jobs:j:only config should be an array of strings or regular expressions using re2 syntax'],
    ['only: {kubernetes: no}', 'jobs:j:only kubernetes unknown value: false'],
    ['only: {variables: ["$A =="]}', 'jobs:j:only variables invalid expression syntax'],
    ['only: {variables: x}', 'jobs:j:only variables should be an array of strings'],
    ['except: {changes: x}', 'jobs:j:except changes should be an array of strings'],
  ])('refuses %s', async (fragment, message) => {
    expect((await messagesOf(`j: {script: a, ${fragment}}`))[0]).toBe(message)
  })
})

describe('needs', () => {
  test.each([
    ['needs: x', 'jobs:j:needs config can only be a hash or an array'],
    ['needs: {}', 'jobs:j:needs config can not be an empty hash'],
    ['needs: [1]', 'jobs:j:needs:need has an unsupported type'],
    ['needs: [""]', "jobs:j:needs:need config can't be blank"],
    ['needs: [{optional: true}]', 'jobs:j:needs:need has an unsupported type'],
    ['needs: [{job: k, optional: x}]', 'jobs:j:needs:need optional should be a boolean value'],
    ['needs: [{job: k, artifacts: x}]', 'jobs:j:needs:need artifacts should be a boolean value'],
    ['needs: [{job: k, foo: x}]', 'jobs:j:needs:need config contains unknown keys: foo'],
    ['needs: [{job: k, parallel: 2}]', 'jobs:j:needs config cannot use "parallel: <number>".'],
    ['needs: [{job: k, parallel: x}]', 'jobs:j:needs:need:parallel should be an integer or a hash'],
    [
      'needs: [{pipeline: $UP, job: k}]',
      'jobs:j:needs:need config is not supported: needs:pipeline refers to another pipeline',
    ],
    [
      'needs: [{project: a/b, job: k, ref: main, artifacts: true}]',
      'jobs:j:needs:need config is not supported: needs:project refers to another pipeline',
    ],
    ['needs: {pipeline: a/b}', 'jobs:j:needs:need config is not supported: needs:pipeline refers to another pipeline'],
    ['dependencies: k', 'jobs:j dependencies should be an array of strings'],
    ['needs: [k], dependencies: [k, l, m]', 'jobs:j dependencies the l, m should be part of needs'],
  ])('refuses %s', async (fragment, message) => {
    const others = 'k: {script: a, stage: build}\nl: {script: a, stage: build}\nm: {script: a, stage: build}\n'
    expect((await messagesOf(`${others}j: {script: a, ${fragment}}`))[0]).toBe(message)
  })

  test('the forms of a need', async () => {
    const text = `
k: {script: a, stage: build}
l: {script: a, stage: build}
j: {script: a, needs: [k, [{job: l, artifacts: false, optional: true}]]}
none: {script: a, needs: []}
all: {script: a}
some: {script: a, dependencies: [k]}
`
    const plan = await planOf(text)
    const byName = new Map(plan.jobs.map((job) => [job.name, job]))
    expect(byName.get('j')?.needs).toEqual([
      { job: 'k', artifacts: true, optional: false },
      { job: 'l', artifacts: false, optional: true },
    ])
    expect(byName.get('none')?.needs).toEqual([])
    expect(byName.get('all')?.needs).toBeNull()
    expect(byName.get('all')?.dependencies).toBeNull()
    expect(byName.get('some')?.dependencies).toEqual(['k'])
  })
})

describe('parallel', () => {
  test.each([
    ['parallel: 0', 'jobs:j:parallel config must be greater than or equal to 1'],
    ['parallel: 201', 'jobs:j:parallel config must be less than or equal to 200'],
    ['parallel: 1.5', 'jobs:j:parallel config must be an integer'],
    ['parallel: x', 'jobs:j:parallel should be an integer or a hash'],
    ['parallel: {}', 'jobs:j:parallel config missing required keys: matrix'],
    ['parallel: {foo: 1, matrix: []}', 'jobs:j:parallel config contains unknown keys: foo'],
    ['parallel: {matrix: {A: b}}', 'jobs:j:parallel:matrix config should be an array of hashes'],
    [
      'parallel: {matrix: [{A: {b: c}}]}',
      'jobs:j:parallel:matrix:variables config should be a hash of key value pairs, value can be an array',
    ],
    [
      'parallel: {matrix: [{A: [3.10]}]}',
      'jobs:j:parallel:matrix:variables config should be a hash of key value pairs, value can be an array',
    ],
    ['parallel: {matrix: [{}]}', 'jobs:j:parallel:matrix:variables config requires at least 1 items'],
    [
      `parallel: {matrix: [{A: [${Array.from({ length: 101 }, (_, index) => index).join(', ')}], B: [1, 2]}]}`,
      'jobs:j:parallel:matrix config generates too many jobs (maximum is 200)',
    ],
  ])('refuses %s', async (fragment, message) => {
    expect((await messagesOf(`j: {script: a, ${fragment}}`))[0]).toBe(message)
  })
})

describe('variables', () => {
  test.each([
    ['variables: [A]', 'jobs:j:variables config should be a hash of key value pairs'],
    ['variables: {A: [b]}', 'variable definition must be either a string or a hash'],
    ['variables: {A: {value: b, description: c}}', 'jobs:j:variables:a config uses invalid data keys: description'],
    ['variables: {A: {value: [b]}}', 'jobs:j:variables:a config value must be a scalar'],
    ['variables: {A: {value: b, expand: c}}', 'jobs:j:variables:a config expand should be a boolean value'],
  ])('of a job: refuses %s', async (fragment, message) => {
    expect((await messagesOf(`j: {script: a, ${fragment}}`))[0]).toBe(message)
  })

  test.each([
    ['variables: [A]', 'variables config should be a hash of key value pairs'],
    ['variables: {A: {value: b, foo: c}}', 'variables:a config uses invalid data keys: foo'],
    ['variables: {A: {value: b, options: [c]}}', 'variables:a config value must be present in options'],
    ['variables: {A: {options: [c]}}', 'variables:a config value must be present in options'],
    ['variables: {A: {value: c, description: true}}', 'variables:a config description must be an alphanumeric string'],
    ['variables: {A: {value: c, options: c}}', 'variables:a config options should be an array of strings'],
  ])('top level: refuses %s', async (fragment, message) => {
    expect((await messagesOf(`${fragment}\nj: {script: a}`))[0]).toBe(message)
  })

  test('the forms of a variable', async () => {
    const job = await jobOf(
      `
variables:
  TEXT: a
  NUMBER: 1
  FLOAT: 1.0
  TRUTH: yes
  EMPTY:
  HASH: {value: v, description: d, options: [v, w]}
  NONE: {description: d}
j:
  script: a
  variables:
    RAW: {value: $TEXT, expand: false}
`,
      'j',
    )
    expect(job.variables).toEqual([
      variable('TEXT', 'a'),
      variable('NUMBER', '1'),
      variable('FLOAT', '1.0'),
      variable('TRUTH', 'true'),
      variable('EMPTY', ''),
      variable('HASH', 'v'),
      variable('NONE', ''),
      variable('RAW', '$TEXT', { raw: true }),
    ])
  })
})

describe('environment', () => {
  const nameMessage =
    "name can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/'"

  test.each([
    ['environment: [x]', 'config should be a hash or a string'],
    ['environment: 5', 'config should be a hash or a string'],
    ['environment: ""', "name can't be blank"],
    ['environment: {url: x}', "name can't be blank"],
    ['environment: a:b', nameMessage],
    ['environment: /a', nameMessage],
    ['environment: a/', nameMessage],
    ['environment: {name: 5}', nameMessage],
    [`environment: ${'a'.repeat(256)}`, 'name is too long (maximum is 255 characters)'],
    ['environment: {name: x, foo: y}', 'config contains unknown keys: foo'],
    ['environment: {name: x, url: [y]}', 'url should be a string'],
    [`environment: {name: x, url: ${'a'.repeat(256)}}`, 'url is too long (maximum is 255 characters)'],
    ['environment: {name: x, action: pause}', 'action should be start, stop, prepare, verify, or access'],
    ['environment: {name: x, on_stop: [y]}', 'on stop should be a string'],
    ['environment: {name: x, auto_stop_in: 1}', 'auto stop in should be a string'],
    [
      'environment: {name: x, deployment_tier: live}',
      'deployment tier must be one of production, staging, testing, development, other',
    ],
  ])('refuses %s', async (fragment, message) => {
    expect((await messagesOf(`j: {script: a, ${fragment}}`))[0]).toBe(`jobs:j:environment ${message}`)
  })

  test('kubernetes', async () => {
    expect((await messagesOf('j: {script: a, environment: {name: x, kubernetes: {foo: y}}}'))[0]).toBe(
      'jobs:j:environment:kubernetes config contains unknown keys: foo',
    )
    const job = await jobOf(
      'j: {script: a, environment: {name: x, kubernetes: {namespace: "n-$CI_COMMIT_REF_SLUG"}}}',
      'j',
    )
    expect(job.environment?.kubernetesNamespace).toBe('n-main')
  })

  test('all its keys', async () => {
    const job = await jobOf(
      `
j:
  script: a
  environment:
    name: review/$CI_COMMIT_REF_SLUG
    url: https://$CI_COMMIT_REF_SLUG.example.com
    action: prepare
    auto_stop_in: $PERIOD
    deployment_tier: $TIER
  variables: {PERIOD: 2 days, TIER: staging}
`,
      'j',
    )
    expect(job.environment).toEqual({
      name: 'review/main',
      nameTemplate: 'review/$CI_COMMIT_REF_SLUG',
      url: 'https://$CI_COMMIT_REF_SLUG.example.com',
      action: 'prepare',
      onStop: null,
      autoStopIn: '2 days',
      tier: 'staging',
      kubernetesNamespace: null,
    })
  })
})
