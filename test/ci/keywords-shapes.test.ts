import { describe, expect, test } from 'vitest'
import { REPORT_TYPES } from '../../src/ci/report-types.ts'
import { jobOf, messagesOf, planOf } from './helpers/compile.ts'

/**
 * The keys below a job's keywords (reference A4 and what it points to): every one of them refuses what it is not. What they
 * accept, and the keywords themselves, are in keywords-job.test.ts and keywords-rules.test.ts.
 */
const nested = 'config should be a string or a nested array of strings up to 10 levels deep'
const list = 'should be an array of strings'

describe('a job whose keyword has a key of another type', () => {
  test.each<[fragment: string, ...messages: string[]]>([
    ['script: 5', `:script ${nested}`],
    ['script: ', " script can't be blank"],
    ['script: a, resource_group: 5', ' resource group should be a string'],
    ['script: a, tags: [[x]]', `:tags config ${list}`],
    ['script: a, when: [manual]', ' when should be one of: on_success, on_failure, always, manual, delayed'],
    ['script: a, when: delayed, start_in: 3600', ' start in should be a duration'],
    ['script: a, coverage: 80', ':coverage config must be a regular expression with re2 syntax'],
    ['script: a, coverage: "/x/g"', ':coverage config must be a regular expression with re2 syntax'],
    ['script: a, timeout: [1 h]', ':timeout config should be a duration'],
    ['script: a, dependencies: [1]', ` dependencies ${list}`],
    ['script: a, dast_configuration: {}', ' config contains unknown keys: dast_configuration'],
    [
      'run: [], before_script: x',
      ' config these keys cannot be used together: run, before_script',
      ':run config is not supported',
    ],
    [
      'run: [], after_script: x',
      ' config these keys cannot be used together: run, after_script',
      ':run config is not supported',
    ],
    [
      'run: [], trigger: x',
      ' config these keys cannot be used together: run, trigger',
      ' config contains unknown keys: trigger',
      ':run config is not supported',
    ],
    [
      'script: a, rules: [{if: $A}], start_in: 1 day',
      ' config key may not be used with `rules`: start_in',
      ' start in must be blank',
    ],
    ['script: a, image: {name: 1}', ':image name should be a string'],
    ['script: a, image: {name: }', ':image name should be a string'],
    ['script: a, image: {name: x, ports: [80]}', ':image config contains unknown keys: ports'],
    ['script: a, image: {name: x, pull_policy: []}', ":image:pull_policy config can't be blank"],
    ['script: a, image: {name: x, docker: y}', ':image:docker config should be a hash'],
    ['script: a, image: {name: x, docker: {platform: 1}}', ':image:docker platform should be a string'],
    ['script: a, image: {name: x, docker: {user: 1}}', ':image:docker user should be a string'],
    ['script: a, image: {name: x, kubernetes: {user: [u]}}', ':image:kubernetes user should be a string'],
    ['script: a, image: {name: x, kubernetes: {z: u}}', ':image:kubernetes config contains unknown keys: z'],
    ['script: a, services: [""]', ":services:service name can't be blank"],
    ['script: a, services: [{name: x, alias: 1}]', ':services:service alias should be a string'],
    ['script: a, services: [{name: x, command: y}]', `:services:service command ${list}`],
    ['script: a, services: [{name: x, command: [[y]]}]', `:services:service command ${list}`],
    ['script: a, services: [{name: x, entrypoint: y}]', `:services:service entrypoint ${list}`],
    [
      'script: a, services: [{name: x, variables: [A]}]',
      ':services:service:variables config should be a hash of key value pairs',
    ],
    [
      'script: a, services: [{name: x, variables: {A: {value: b}}}]',
      ':services:service:variables:a config must be a string',
    ],
    ['script: a, allow_failure: 1', ' allow failure should be a hash or a boolean value'],
    ['script: a, artifacts: {exclude: b}', `:artifacts exclude ${list}`],
    ['script: a, artifacts: {public: 1}', ':artifacts public should be a boolean value'],
    ['script: a, artifacts: {paths: [b], expose_as: 1}', ':artifacts expose as should be a string'],
    ['script: a, artifacts: {reports: [b]}', ':artifacts:reports config should be a hash'],
    [
      'script: a, artifacts: {reports: {coverage_report: x}}',
      ':artifacts:reports:coverage_report config should be a hash',
    ],
    [
      'script: a, artifacts: {reports: {coverage_report: {coverage_format: jacoco, path: 1}}}',
      ':artifacts:reports:coverage_report path should be a string',
    ],
    ['script: a, cache: [x]', ':cache config should be a hash'],
    ['script: a, cache: {key: .}', ':cache:key config cannot be "." or ".."'],
    ['script: a, cache: {key: {}}', ':cache:key config must use exactly one of these keys: files, files_commits'],
    ['script: a, cache: {key: {files: b}}', `:cache:key:files config ${list}`],
    ['script: a, cache: {key: {files: [b], suffix: c}}', ':cache:key config contains unknown keys: suffix'],
    [
      'script: a, cache: {key: {files_commits: [b], prefix: c/d}}',
      ':cache:key:prefix config cannot contain the "/" character',
    ],
    ['script: a, cache: {unprotect: 1}', ':cache:unprotect config should be a boolean value'],
    ['script: a, cache: {fallback_keys: b}', `:cache:fallback_keys config ${list}`],
    ['script: a, cache: {policy: [pull]}', ':cache policy should be a string'],
    ['script: a, pages: {path_prefix: 1}', ':pages path prefix should be a string'],
    ['script: a, pages: {publish: 1}', ':pages publish should be a string'],
    ['script: a, pages: true, publish: 1', ':publish config should be a string'],
    ['script: a, id_tokens: {T: x}', ':id_tokens:t config missing required keys: aud'],
    ['script: a, inherit: {default: [1]}', `:inherit:default config ${list}`],
    ['script: a, inherit: {variables: [1]}', `:inherit:variables config ${list}`],
    ['script: a, inputs: {n: x}', ':inputs:n config should be a hash'],
    ['script: a, inputs: {n: {default: x, foo: y}}', ':inputs:n config contains unknown keys: foo'],
    ['script: a, release: x', ':release config should be a hash'],
    ['script: a, release: {tag_name: , description: d}', ':release tag name should be a string'],
    ['script: a, release: {tag_name: "", description: d}', ":release tag name can't be blank"],
    ['script: a, release: {tag_name: v, description: }', ':release description should be a string'],
    ['script: a, release: {tag_name: v, description: d, tag_message: 1}', ':release tag message should be a string'],
    ['script: a, release: {tag_name: v, description: d, name: 1}', ':release name should be a string'],
    ['script: a, release: {tag_name: v, description: d, ref: 1}', ':release ref should be a string'],
    [
      'script: a, release: {tag_name: v, description: d, milestones: 1}',
      ':release milestones should be an array of strings or a string',
    ],
    [
      'script: a, release: {tag_name: v, description: d, assets: {}}',
      ':release:assets config missing required keys: links',
    ],
    ['script: a, release: {tag_name: v, description: d, assets: {links: []}}', ":release:assets links can't be blank"],
    [
      'script: a, release: {tag_name: v, description: d, assets: {links: [{name: n, url: u, size: 1}]}}',
      ':release:assets:links:link config contains unknown keys: size',
    ],
    [
      'script: a, release: {tag_name: v, description: d, assets: {links: [{url: u}]}}',
      ':release:assets:links:link name should be a string',
    ],
    [
      'script: a, release: {tag_name: v, description: d, assets: {links: [{name: n, url: ""}]}}',
      ":release:assets:links:link url can't be blank",
    ],
    ['script: a, environment: {name: x, kubernetes: y}', ':environment:kubernetes config should be a hash'],
    [
      'script: a, environment: {name: x, kubernetes: {namespace: 1}}',
      ':environment:kubernetes namespace should be a string',
    ],
    ['script: a, environment: {name: x, kubernetes: {agent: 1}}', ':environment:kubernetes agent should be a string'],
    [
      'script: a, environment: {name: x, action: 1}',
      ':environment action should be start, stop, prepare, verify, or access',
    ],
    ['script: a, needs: [{job: }]', ':needs:need job should be a string'],
    ['script: a, needs: [{job: [x]}]', ':needs:need job should be a string'],
    ['script: a, needs: [{job: ""}]', ":needs:need job can't be blank"],
    ['script: a, needs: [{job: k, parallel: {}}]', ':needs:need:parallel config missing required keys: matrix'],
    [
      'script: a, needs: [{job: k, parallel: {foo: 1, matrix: [{A: b}]}}]',
      ':needs:need:parallel config contains unknown keys: foo',
    ],
    ['script: a, parallel: {matrix: [x]}', ':parallel:matrix config should be an array of hashes'],
    ...['{A: []}', '{A: ""}', '{A: [x], B: " "}', '{A: true}', '{A: [[x]]}', '{true: x}', '{1.5: x}'].map(
      (row): [string, string] => [
        `script: a, parallel: {matrix: [${row}]}`,
        ':parallel:matrix:variables config should be a hash of key value pairs, value can be an array',
      ],
    ),
    ['script: a, rules: [{if: 5}]', ':rules:rule if invalid expression syntax'],
    ['script: a, rules: [{exists: [1]}]', `:rules:rule:exists config ${list}`],
    ['script: a, rules: [{exists: {paths: [b], project: 1}}]', ':rules:rule:exists project should be a string'],
    ['script: a, rules: [{exists: {paths: [b], foo: 1}}]', ':rules:rule:exists config contains unknown keys: foo'],
    ['script: a, rules: [{auto_cancel: {}}]', ':rules:rule config contains unknown keys: auto_cancel'],
    ['script: a, except: {}', ":except config can't be blank"],
    ['script: a, except: {foo: [x]}', ':except config contains unknown keys: foo'],
    [
      'script: a, except: ["/(/"]',
      ':except config should be an array of strings or regular expressions using re2 syntax',
    ],
    ['script: a, only: {variables: [1]}', `:only variables ${list}`],
    ['trigger: {project: }', ':trigger project should be a string'],
    ['trigger: {project: ""}', ":trigger project can't be blank"],
    ['trigger: {project: x, branch: 1}', ':trigger branch should be a string'],
    ['trigger: {project: x, forward: 1}', ':trigger:forward config should be a hash'],
    [
      'trigger: {include: a.yml, forward: {pipeline_variables: 1}}',
      ':trigger:forward pipeline variables should be a boolean value',
    ],
    ['trigger: {include: a.yml, strategy: x}', ':trigger strategy should be depend or mirror'],
    ['trigger: {include: a.yml, branch: x}', ':trigger config contains unknown keys: branch'],
    ['trigger: x, interruptible: 1', ':interruptible config should be a boolean value'],
    ['trigger: x, environment: 5', ':environment config should be a hash or a string'],
    ['trigger: x, parallel: {matrix: 1}', ':parallel:matrix config should be an array of hashes'],
  ])('%s', async (fragment, ...messages) => {
    expect(await messagesOf(`j: {${fragment}}`)).toEqual(messages.map((message) => `jobs:j${message}`))
  })
})

describe('names of variables', () => {
  test.each(['1.5', 'true', 'yes', 'off', 'null', '~'])('%s is no text unless it is quoted', async (name) => {
    const message = `variables:${name} key must be an alphanumeric string`
    expect(await messagesOf(`variables: {${name}: x}\nj: {script: a}`)).toEqual([message])
    expect(await messagesOf(`j:\n  script: a\n  variables:\n    ${name}: x`)).toEqual([`jobs:j:${message}`])
    const { variables } = await jobOf(`j: {script: a, variables: {"${name}": x, 12: y, A: z}}`, 'j')
    expect(variables.map(({ key }) => key)).toEqual([name, '12', 'A'])
  })
})

describe('what else a keyword accepts', () => {
  // Reference A16; coverage_report has a form of its own.
  const reports = (
    'junit codequality sast secret_detection dependency_scanning container_scanning dast performance browser_performance ' +
    'load_performance license_scanning metrics lsif dotenv terraform accessibility coverage_fuzzing api_fuzzing ' +
    'cluster_image_scanning requirements requirements_v2 cyclonedx annotations repository_xray sarif'
  ).split(' ')
  test.each(reports)('artifacts:reports:%s is one upload', async (type) => {
    const job = await jobOf(`j: {script: a, artifacts: {reports: {${type}: r}}}`, 'j')
    expect(job.artifacts).toMatchObject([{ type, paths: ['r'], when: 'always', format: REPORT_TYPES[type]?.format }])
  })

  test.each(['none', 'developer', 'maintainer', 'all'])('artifacts:access: %s', async (access) => {
    expect((await jobOf(`j: {script: a, artifacts: {access: ${access}}}`, 'j')).artifactsAccess).toBe(access)
  })

  test.each(['pull-push', 'pull', 'push', '$POLICY'])('cache:policy: %s', async (policy) => {
    expect((await jobOf(`j: {script: a, cache: {paths: [b], policy: "${policy}"}}`, 'j')).cache).toMatchObject([
      { policy },
    ])
  })

  test.each(['start', 'stop', 'prepare', 'verify', 'access'])('environment:action: %s', async (action) => {
    const job = await jobOf(`j: {script: a, environment: {name: x, action: ${action}}}`, 'j')
    expect(job.environment?.action).toBe(action)
  })

  test.each(['production', 'staging', 'testing', 'development', 'other'])('deployment_tier: %s', async (tier) => {
    const job = await jobOf(`j: {script: a, environment: {name: x, deployment_tier: ${tier}}}`, 'j')
    expect(job.environment?.tier).toBe(tier)
  })

  test('every key of a release', async () => {
    const release = {
      tag_name: 'v1',
      tag_message: 'm',
      name: 'n',
      description: 'd',
      ref: 'r',
      released_at: '2026-03-01T12:00:00Z',
      milestones: ['1.0'],
      assets: { links: [{ name: 'n', url: '$URL/x', filepath: '/x', link_type: 'package' }] },
    }
    expect((await jobOf(JSON.stringify({ j: { script: 'a', release } }), 'j')).release).toEqual(release)
  })

  test('every key of a trigger job', async () => {
    const plan = await planOf(`
k: {script: a, stage: build}
.base: {stage: deploy}
j:
  extends: .base
  trigger: a/b
  rules: [{if: $CI}]
  variables: {A: b}
  inherit: {variables: false}
  needs: [k]
  when: always
  allow_failure: true
  resource_group: r
  environment: e
  interruptible: true
  parallel: {matrix: [{P: [x]}]}
l: {trigger: a/b, stage: deploy, only: [main], except: [other]}
`)
    expect(plan.jobs.slice(1)).toMatchObject([
      {
        name: 'j: [x]',
        stage: 'deploy',
        when: 'always',
        allowFailure: true,
        needs: [{ job: 'k' }],
        resourceGroup: 'r',
        environment: { name: 'e' },
        interruptible: true,
      },
      { name: 'l', stage: 'deploy' },
    ])
  })
})
