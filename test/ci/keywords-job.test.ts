import { describe, expect, test } from 'vitest'
import { jobOf, messagesOf } from './helpers/compile.ts'

/** Every keyword of a job (reference A4): what it accepts, and with which words it refuses. */
interface Keyword {
  readonly name: string
  /** Fragments of a job, and what the plan then has. */
  readonly accepts: readonly (readonly [fragment: string, plan: Record<string, unknown>])[]
  /** Fragments of a job, and the first message without `jobs:j` in front. */
  readonly rejects: readonly (readonly [fragment: string, message: string])[]
}

const image = { alias: null, entrypoint: null, command: null, pullPolicy: [], variables: [], executorOptions: {} }
const archive = {
  name: null,
  untracked: false,
  exclude: [],
  when: 'on_success',
  type: 'archive',
  format: 'zip',
  expireIn: null,
}
const shared = {
  key: 'default',
  keyFiles: [],
  keyPrefix: null,
  untracked: false,
  policy: 'pull-push',
  when: 'on_success',
}
const stored = { ...shared, unprotect: false, fallbackKeys: [] }
const nested = 'config should be a string or a nested array of strings up to 10 levels deep'

const keywords: readonly Keyword[] = [
  {
    name: 'script',
    accepts: [
      ['script: one', { script: ['one'] }],
      ['script: [one, [two, [three]]]', { script: ['one', 'two', 'three'] }],
    ],
    rejects: [
      ['script: {a: b}', `:script ${nested}`],
      ['script: [1]', `:script ${nested}`],
      [`script: ${'['.repeat(12)}a${']'.repeat(12)}`, `:script ${nested}`],
      ['script: ""', " script can't be blank"],
      ['script: []', " script can't be blank"],
      ['{script: a, trigger: b}', ' config these keys cannot be used together: script, trigger'],
      ['{script: a, run: [{name: x, script: y}]}', ' config these keys cannot be used together: script, run'],
    ],
  },
  {
    name: 'before_script and after_script',
    accepts: [
      ['{before_script: [a, b], script: c, after_script: d}', { script: ['a', 'b', 'c'], afterScript: ['d'] }],
      ['{before_script: [], script: c}', { script: ['c'] }],
    ],
    rejects: [
      ['{before_script: 1, script: a}', `:before_script ${nested}`],
      ['{after_script: {}, script: a}', `:after_script ${nested}`],
    ],
  },
  {
    name: 'run',
    accepts: [],
    rejects: [['run: [{name: a, script: b}]', ':run config is not supported']],
  },
  {
    name: 'identity',
    accepts: [],
    rejects: [['{script: a, identity: google_cloud}', ':identity config is not supported']],
  },
  {
    name: 'stage',
    accepts: [['{script: a, stage: deploy}', { stage: 'deploy' }]],
    rejects: [['{script: a, stage: [b]}', ':stage config should be a string']],
  },
  {
    name: 'image',
    accepts: [
      ['{script: a, image: "ruby:3"}', { image: { ...image, name: 'ruby:3' } }],
      [
        '{script: a, image: {name: x, entrypoint: [""], pull_policy: always, docker: {platform: arm64, user: u}}}',
        {
          image: {
            ...image,
            name: 'x',
            entrypoint: [''],
            pullPolicy: ['always'],
            executorOptions: { docker: { platform: 'arm64', user: 'u' } },
          },
        },
      ],
      [
        '{script: a, image: {name: x, pull_policy: [always, if-not-present], kubernetes: {user: 1001}}}',
        {
          image: {
            ...image,
            name: 'x',
            pullPolicy: ['always', 'if-not-present'],
            executorOptions: { kubernetes: { user: '1001' } },
          },
        },
      ],
    ],
    rejects: [
      ['{script: a, image: [x]}', ':image config should be a hash or a string'],
      ['{script: a, image: {entrypoint: []}}', ':image name should be a string'],
      ['{script: a, image: ""}', ":image name can't be blank"],
      ['{script: a, image: {name: x, foo: y}}', ':image config contains unknown keys: foo'],
      ['{script: a, image: {name: x, entrypoint: y}}', ':image entrypoint should be an array of strings'],
      ['{script: a, image: {name: x, pull_policy: y}}', ':image:pull_policy config is not included in the list'],
      ['{script: a, image: {name: x, pull_policy: [y]}}', ':image:pull_policy config contains unknown values: y'],
      ['{script: a, image: {name: x, docker: {z: y}}}', ':image:docker config contains unknown keys: z'],
    ],
  },
  {
    name: 'services',
    accepts: [
      [
        '{script: a, services: [redis, {name: "pg:1", alias: db, command: [x], variables: {A: b}}]}',
        {
          services: [
            { ...image, name: 'redis' },
            {
              ...image,
              name: 'pg:1',
              alias: 'db',
              command: ['x'],
              variables: [{ key: 'A', value: 'b', public: true, masked: false, file: false, raw: false }],
            },
          ],
        },
      ],
      [
        '{script: a, services: [[redis], [[pg]]]}',
        {
          services: [
            { ...image, name: 'redis' },
            { ...image, name: 'pg' },
          ],
        },
      ],
    ],
    rejects: [
      ['{script: a, services: redis}', ':services config should be an array'],
      ['{script: a, services: [1]}', ':services:service config should be a hash or a string'],
      ['{script: a, services: [{alias: x}]}', ':services:service name should be a string'],
      ['{script: a, services: [{name: x, foo: y}]}', ':services:service config contains unknown keys: foo'],
    ],
  },
  {
    name: 'tags',
    accepts: [['{script: a, tags: [x, "$CI_COMMIT_REF_NAME", "$UNKNOWN"]}', { tags: ['x', 'main', '$UNKNOWN'] }]],
    rejects: [
      ['{script: a, tags: x}', ':tags config should be an array of strings'],
      [
        `{script: a, tags: [${Array.from({ length: 50 }, (_, index) => `t${index}`).join(', ')}]}`,
        ':tags config must be less than the limit of 50 tags',
      ],
    ],
  },
  {
    name: 'when and start_in',
    accepts: [
      ['{script: a, when: on_failure}', { when: 'on_failure', startIn: null, allowFailure: false }],
      ['{script: a, when: always}', { when: 'always' }],
      ['{script: a, when: manual}', { when: 'manual', allowFailure: true }],
      ['{script: a, when: delayed, start_in: 30 minutes}', { when: 'delayed', startIn: 1800 }],
    ],
    rejects: [
      ['{script: a, when: never}', ' when should be one of: on_success, on_failure, always, manual, delayed'],
      ['{script: a, when: delayed}', ' start in should be a duration'],
      ['{script: a, when: delayed, start_in: soon}', ' start in should be a duration'],
      ['{script: a, when: delayed, start_in: 8 days}', ' start in should not exceed the limit'],
      ['{script: a, start_in: 1 day}', ' start in must be blank'],
    ],
  },
  {
    name: 'allow_failure',
    accepts: [
      ['{script: a, allow_failure: true}', { allowFailure: true, allowFailureExitCodes: [] }],
      ['{script: a, allow_failure: false, when: manual}', { allowFailure: false }],
      ['{script: a, allow_failure: {exit_codes: 3}}', { allowFailure: false, allowFailureExitCodes: [3] }],
      ['{script: a, allow_failure: {exit_codes: [3, 4]}}', { allowFailureExitCodes: [3, 4] }],
    ],
    rejects: [
      ['{script: a, allow_failure: "yes"}', ' allow failure should be a hash or a boolean value'],
      ['{script: a, allow_failure: {code: 3}}', ':allow_failure config contains unknown keys: code'],
      [
        '{script: a, allow_failure: {exit_codes: x}}',
        ':allow_failure exit codes should be an array of integers or an integer',
      ],
    ],
  },
  {
    name: 'manual_confirmation',
    accepts: [['{script: a, when: manual, manual_confirmation: Sure?}', { manualConfirmation: 'Sure?' }]],
    rejects: [['{script: a, manual_confirmation: true}', ' manual confirmation should be a string']],
  },
  {
    name: 'artifacts',
    accepts: [
      [
        '{script: a, artifacts: {paths: [b], exclude: [c], name: n, expire_in: 1 week, when: always, expose_as: My files}}',
        {
          artifacts: [{ ...archive, paths: ['b'], exclude: ['c'], name: 'n', expireIn: '1 week', when: 'always' }],
          artifactsExposeAs: 'My files',
          artifactsAccess: 'all',
        },
      ],
      ['{script: a, artifacts: {untracked: true, public: false}}', { artifactsAccess: 'developer' }],
      ['{script: a, artifacts: {paths: [b], access: none, expire_in: Never}}', { artifactsAccess: 'none' }],
      [
        '{script: a, artifacts: {reports: {dotenv: x.env, junit: [a.xml, b.xml]}}}',
        {
          artifacts: [
            { ...archive, name: '.env', type: 'dotenv', format: 'gzip', when: 'always', paths: ['x.env'] },
            { ...archive, name: 'junit.xml', type: 'junit', format: 'gzip', when: 'always', paths: ['a.xml', 'b.xml'] },
          ],
        },
      ],
      [
        '{script: a, artifacts: {expire_in: 1 day, reports: {coverage_report: {coverage_format: cobertura, path: c.xml}}}}',
        {
          artifacts: [
            {
              ...archive,
              name: 'cobertura-coverage.xml',
              type: 'cobertura',
              format: 'gzip',
              when: 'always',
              paths: ['c.xml'],
              expireIn: '1 day',
            },
          ],
        },
      ],
    ],
    rejects: [
      ['{script: a, artifacts: [b]}', ':artifacts config should be a hash'],
      ['{script: a, artifacts: {path: b}}', ':artifacts config contains unknown keys: path'],
      ['{script: a, artifacts: {paths: b}}', ':artifacts paths should be an array of strings'],
      ['{script: a, artifacts: {untracked: 1}}', ':artifacts untracked should be a boolean value'],
      ['{script: a, artifacts: {name: 1}}', ':artifacts name should be a string'],
      ['{script: a, artifacts: {when: never}}', ':artifacts when should be one of: on_success, on_failure, always'],
      ['{script: a, artifacts: {expire_in: 60}}', ':artifacts expire in should be a duration'],
      ['{script: a, artifacts: {expire_in: soon}}', ':artifacts expire in should be a duration'],
      ['{script: a, artifacts: {expose_as: x}}', ":artifacts paths can't be blank"],
      [
        '{script: a, artifacts: {expose_as: x, paths: ["*"]}}',
        ":artifacts paths can't contain '*' when used with 'expose_as'",
      ],
      [
        `{script: a, artifacts: {paths: [b], expose_as: ${'x'.repeat(101)}}}`,
        ':artifacts expose as is too long (maximum is 100 characters)',
      ],
      [
        '{script: a, artifacts: {paths: [b], expose_as: "a/b"}}',
        ":artifacts expose as can contain only letters, digits, '-', '_' and spaces",
      ],
      [
        '{script: a, artifacts: {public: true, access: all}}',
        ':artifacts config these keys cannot be used together: public, access',
      ],
      [
        '{script: a, artifacts: {access: some}}',
        ':artifacts access should be one of: none, developer, maintainer, all',
      ],
      ['{script: a, artifacts: {reports: {foo: x}}}', ':artifacts:reports config contains unknown keys: foo'],
      [
        '{script: a, artifacts: {reports: {junit: 1}}}',
        ':artifacts:reports junit should be an array of strings or a string',
      ],
      [
        '{script: a, artifacts: {reports: {coverage_report: {path: x}}}}',
        ':artifacts:reports:coverage_report config missing required keys: coverage_format',
      ],
      [
        '{script: a, artifacts: {reports: {coverage_report: {coverage_format: x, path: y}}}}',
        ':artifacts:reports:coverage_report coverage format must be one of supported formats: cobertura, jacoco.',
      ],
    ],
  },
  {
    name: 'cache',
    accepts: [
      ['{script: a, cache: {paths: [b]}}', { cache: [{ ...stored, paths: ['b'] }] }],
      ['{script: a, cache: {}}', { cache: [] }],
      ['{script: a, cache: []}', { cache: [] }],
      [
        '{script: a, cache: [{key: x, paths: [b], policy: pull, when: always, unprotect: true, fallback_keys: [y]}, [{paths: [c]}]]}',
        {
          cache: [
            {
              ...stored,
              key: 'x',
              paths: ['b'],
              policy: 'pull',
              when: 'always',
              unprotect: true,
              fallbackKeys: ['y'],
            },
            { ...stored, paths: ['c'] },
          ],
        },
      ],
      [
        '{script: a, cache: {key: {files: [/Gemfile.lock, b], prefix: p}, paths: [c]}}',
        {
          cache: [
            {
              ...stored,
              key: null,
              keyFiles: ['Gemfile.lock', 'b'],
              keyFilesBy: 'content',
              keyPrefix: 'p',
              paths: ['c'],
            },
          ],
        },
      ],
      [
        '{script: a, cache: [{paths: [x]}, {key: {files: [Gemfile.lock]}, paths: [c]}]}',
        {
          cache: [
            { ...stored, paths: ['x'] },
            {
              ...stored,
              key: null,
              keyFiles: ['Gemfile.lock'],
              keyFilesBy: 'content',
              keyPrefix: '1_Gemfile',
              paths: ['c'],
            },
          ],
        },
      ],
      [
        '{script: a, cache: {key: {files_commits: [x]}, policy: $POLICY, untracked: true}}',
        {
          cache: [
            {
              ...stored,
              key: null,
              keyFiles: ['x'],
              keyFilesBy: 'commits',
              keyPrefix: '0',
              paths: [],
              policy: '$POLICY',
              untracked: true,
            },
          ],
        },
      ],
    ],
    rejects: [
      ['{script: a, cache: b}', ':caches config can only be a hash or an array'],
      ['{script: a, cache: [{}, {}, {}, {}, {}]}', ':caches config no more than 4 caches can be created'],
      ['{script: a, cache: {path: [b]}}', ':cache config contains unknown keys: path'],
      ['{script: a, cache: {paths: b}}', ':cache:paths config should be an array of strings'],
      ['{script: a, cache: {untracked: b}}', ':cache:untracked config should be a boolean value'],
      ['{script: a, cache: {policy: b}}', ':cache policy should be a variable or one of: pull-push, push, pull'],
      ['{script: a, cache: {when: b}}', ':cache when should be one of: on_success, on_failure, always'],
      ['{script: a, cache: {key: 1}}', ':cache:key should be a hash, a string or a symbol'],
      ['{script: a, cache: {key: a/b}}', ':cache:key config cannot contain the "/" character'],
      ['{script: a, cache: {key: a%2Fb}}', ':cache:key config cannot contain the "/" character'],
      ['{script: a, cache: {key: ..}}', ':cache:key config cannot be "." or ".."'],
      ['{script: a, cache: {key: {prefix: 1, files: [a]}}}', ':cache:key:prefix config should be a string or symbol'],
      ['{script: a, cache: {key: {files: []}}}', ':cache:key:files config requires at least 1 item'],
      ['{script: a, cache: {key: {files: [a, b, c]}}}', ':cache:key:files config has too many items (maximum is 2)'],
      [
        '{script: a, cache: {key: {files: [a], files_commits: [b]}}}',
        ':cache:key config must use exactly one of these keys: files, files_commits',
      ],
      [
        '{script: a, cache: {fallback_keys: [a, b, c, d, e, f]}}',
        ':cache fallback keys has to many entries (maximum 5)',
      ],
    ],
  },
  {
    name: 'coverage',
    accepts: [
      ["{script: a, coverage: '/\\d+%/'}", { coverage: '\\d+%' }],
      ["{script: a, coverage: '/total/i'}", { coverage: '(?i)total' }],
    ],
    rejects: [
      ['{script: a, coverage: \\d+}', ':coverage config must be a regular expression with re2 syntax'],
      ["{script: a, coverage: '/(/'}", ':coverage config must be a regular expression with re2 syntax'],
      ["{script: a, coverage: '/(?=x)/'}", ':coverage config must be a regular expression with re2 syntax'],
    ],
  },
  {
    name: 'retry',
    accepts: [
      ['{script: a, retry: 2}', { retry: { max: 2, when: [], exitCodes: [] } }],
      [
        '{script: a, retry: {max: 1, when: [script_failure, always], exit_codes: 137}}',
        { retry: { max: 1, when: ['script_failure', 'always'], exitCodes: [137] } },
      ],
      [
        '{script: a, retry: {max: 1, when: runner_system_failure}}',
        { retry: { max: 1, when: ['runner_system_failure'], exitCodes: [] } },
      ],
    ],
    rejects: [],
  },
  {
    name: 'timeout',
    accepts: [
      ['{script: a, timeout: 3h 30m}', { timeout: 12_600 }],
      ['{script: a, timeout: "3600"}', { timeout: 3_600 }],
    ],
    rejects: [
      ['{script: a, timeout: 3600}', ':timeout config should be a duration'],
      ['{script: a, timeout: "0"}', ':timeout config should be a duration'],
      ['{script: a, timeout: 2 months}', ':timeout config should not exceed the limit'],
    ],
  },
  {
    name: 'interruptible',
    accepts: [['{script: a, interruptible: true}', { interruptible: true }]],
    rejects: [['{script: a, interruptible: 1}', ':interruptible config should be a boolean value']],
  },
  {
    name: 'resource_group',
    accepts: [['{script: a, resource_group: "r-$CI_COMMIT_REF_SLUG$NOT"}', { resourceGroup: 'r-main' }]],
    rejects: [['{script: a, resource_group: [x]}', ' resource group should be a string']],
  },
  {
    name: 'hooks',
    accepts: [['{script: a, hooks: {pre_get_sources_script: [b, [c]]}}', { preGetSourcesScript: ['b', 'c'] }]],
    rejects: [
      ['{script: a, hooks: [b]}', ':hooks config should be a hash'],
      ['{script: a, hooks: {post: [b]}}', ':hooks config contains unknown keys: post'],
      ['{script: a, hooks: {pre_get_sources_script: 1}}', `:hooks:pre_get_sources_script ${nested}`],
    ],
  },
  {
    name: 'id_tokens',
    accepts: [
      [
        '{script: a, id_tokens: {T: {aud: x}, U: {aud: [y, z]}}}',
        { idTokens: { T: { aud: ['x'] }, U: { aud: ['y', 'z'] } } },
      ],
    ],
    rejects: [
      ['{script: a, id_tokens: x}', ':id_tokens config should be a hash'],
      ['{script: a, id_tokens: {T: {}}}', ':id_tokens:t config missing required keys: aud'],
      ['{script: a, id_tokens: {T: {aud: x, sub: y}}}', ':id_tokens:t config contains unknown keys: sub'],
      ['{script: a, id_tokens: {T: {aud: 1}}}', ':id_tokens:t aud should be an array of strings or a string'],
    ],
  },
  {
    name: 'secrets',
    accepts: [
      ['{script: a, secrets: {P: {vault: x/y@z, file: false}}}', { secrets: { P: { vault: 'x/y@z', file: false } } }],
    ],
    rejects: [['{script: a, secrets: [x]}', ':secrets config should be a hash']],
  },
  {
    name: 'release',
    accepts: [
      [
        '{script: a, release: {tag_name: v1, description: d, milestones: [m], assets: {links: [{name: n, url: u}]}}}',
        {
          release: {
            tag_name: 'v1',
            description: 'd',
            milestones: ['m'],
            assets: { links: [{ name: 'n', url: 'u' }] },
          },
        },
      ],
    ],
    rejects: [
      ['{script: a, release: {description: d}}', ':release tag name should be a string'],
      ['{script: a, release: {tag_name: v1}}', ':release description should be a string'],
      ['{script: a, release: {tag_name: v1, description: d, foo: 1}}', ':release config contains unknown keys: foo'],
      [
        '{script: a, release: {tag_name: v1, description: d, released_at: soon}}',
        ':release released at must be a valid datetime',
      ],
      [
        '{script: a, release: {tag_name: v1, description: d, assets: {links: x}}}',
        ':release:assets links should be an array of hashes',
      ],
    ],
  },
  {
    name: 'inherit',
    accepts: [['{script: a, inherit: {default: false, variables: [A]}}', {}]],
    rejects: [
      ['{script: a, inherit: true}', ':inherit config should be a hash'],
      ['{script: a, inherit: {foo: true}}', ':inherit config contains unknown keys: foo'],
      ['{script: a, inherit: {default: x}}', ':inherit:default should be a bool or array of strings'],
      ['{script: a, inherit: {default: [script]}}', ':inherit:default config contains unknown values: script'],
      ['{script: a, inherit: {variables: {A: 1}}}', ':inherit:variables should be a bool or array of strings'],
    ],
  },
  {
    name: 'inputs',
    accepts: [
      [
        '{script: a, inputs: {n: {default: 2, type: number, options: [1, 2]}, s: {default: x, regex: "^x"}}}',
        {
          inputs: [
            { name: 'n', type: 'number', default: 2, options: [1, 2], regex: null },
            { name: 's', type: 'string', default: 'x', options: null, regex: '^x' },
          ],
        },
      ],
    ],
    rejects: [
      ['{script: a, inputs: [x]}', ':inputs config should be a hash'],
      ['{script: a, inputs: {n: {type: number}}}', ':inputs:n base must have a default value'],
      ['{script: a, inputs: {n: {default: x, type: number}}}', ' inputs `n`: default value is not a number'],
      ['{script: a, inputs: {n: {default: x, type: foo}}}', ':inputs:n input type unknown value: foo'],
      [
        `{script: a, inputs: {${Array.from({ length: 51 }, (_, index) => `i${index}: {default: a}`).join(', ')}}}`,
        ' inputs has too many entries (maximum 50)',
      ],
    ],
  },
  {
    name: 'extends and unknown keys',
    accepts: [],
    rejects: [['{script: a, foo: 1, bar: 2}', ' config contains unknown keys: foo, bar']],
  },
]

const asJob = (fragment: string): string => (fragment.startsWith('{') ? `j: ${fragment}\n` : `j:\n  ${fragment}\n`)

describe.each(keywords)('$name', ({ accepts, rejects }) => {
  test.each(accepts)('accepts %s', async (fragment, plan) => {
    expect(await jobOf(asJob(fragment), 'j')).toMatchObject(plan)
  })

  test.each(rejects)('refuses %s', async (fragment, message) => {
    expect((await messagesOf(asJob(fragment)))[0]).toBe(`jobs:j${message}`)
  })
})

describe('retry names no job when it refuses', () => {
  test.each([
    ['retry: x', 'retry config has to be either an integer or a hash'],
    ['retry: 3', 'retry config must be less than or equal to 2'],
    ['retry: -1', 'retry config must be greater than or equal to 0'],
    ['retry: {max: 3}', 'retry max must be less than or equal to 2'],
    ['retry: {max: x}', 'retry max is not a number'],
    ['retry: {foo: 3}', 'retry config contains unknown keys: foo'],
    ['retry: {when: x}', 'retry when is not included in the list'],
    ['retry: {when: [x]}', 'retry when contains unknown values: x'],
    ['retry: {exit_codes: [x]}', 'retry exit codes should be an array of integers or an integer'],
  ])('%s', async (fragment, message) => {
    expect(await messagesOf(`j: {script: a, ${fragment}}`)).toEqual([message])
  })
})

describe('pages and publish', () => {
  const paths = async (fragment: string, name = 'j') =>
    (await jobOf(`${name}: {script: a, ${fragment}}`, name)).artifacts.find((entry) => entry.type === 'archive')?.paths

  test.each([
    ['pages: true', ['public']],
    ['pages: {publish: dist}', ['dist']],
    ['pages: true, publish: dist', ['dist']],
    ['pages: true, artifacts: {paths: [public]}', ['public']],
    ['pages: true, artifacts: {paths: [a]}', ['a', 'public']],
    ['pages: false', undefined],
  ])('%s publishes %j', async (fragment, expected) => {
    expect(await paths(fragment)).toEqual(expected)
  })

  test('a job of that name publishes unless it says no', async () => {
    expect(await paths('stage: test', 'pages')).toEqual(['public'])
    expect(await paths('pages: false', 'pages')).toBeUndefined()
  })

  test.each([
    ['publish: dist', 'jobs:j publish can only be used within a `pages` job'],
    ['pages: x', 'jobs:j:pages config should be a hash or a boolean value'],
    ['pages: {foo: 1}', 'jobs:j:pages config contains unknown keys: foo'],
    ['pages: {expire_in: soon}', 'jobs:j:pages expire in should be a duration'],
  ])('refuses %s', async (fragment, message) => {
    expect(await messagesOf(`j: {script: a, ${fragment}}`)).toEqual([message])
  })

  test('the directory is written once', async () => {
    expect(await messagesOf('j: {script: a, pages: {publish: x}, publish: y}')).toEqual([
      'j job: use either j:publish or j:pages:publish',
    ])
  })
})
