/** Every predefined variable of the reference's table (gitlab-ci-and-runner.md B4): its value here, or who sets it, or why nobody does. */
import { describe, expect, test } from 'vitest'
import {
  environmentVariables,
  jobNameVariables,
  pipelineVariables,
  savedJobVariables,
  slugify,
  startedPipelineVariables,
  takenJobVariables,
  triggerVariables,
  upstreamVariables,
} from '../../src/ci/predefined.ts'
import type { Variable } from '../../src/ci/types.ts'

const sha = '0123456789abcdef0123456789abcdef01234567'
const server = { url: 'https://deploy.example.com:8443', version: '18.6.0' }
const project = {
  id: 7,
  name: 'My $App',
  path: 'my-app',
  fullPath: 'Group/Sub.group/my-app',
  description: 'Costs $5',
  namespacePath: 'Group/Sub.group',
  namespaceId: 3,
  visibility: 'private',
  defaultBranch: 'main',
  configPath: '.gitlab-ci.yaml',
}
const commit = {
  sha,
  beforeSha: '0'.repeat(40),
  message: 'Fix $HOME\n\nfor everybody\n',
  author: 'Ann <ann@example.com>',
  timestamp: '2026-03-01T12:00:00+01:00',
}
const branch = { name: 'Feature/One', type: 'branch', protected: true, tagMessage: '' } as const
const tag = { name: 'v1.0', type: 'tag', protected: false, tagMessage: 'First' } as const
const pipeline = {
  source: 'push',
  createdAt: new Date('2026-03-01T11:00:00Z'),
  scheduleDescription: null,
  frozen: false,
  triggered: false,
}
const special = { ...pipeline, source: 'schedule', scheduleDescription: 'nightly', frozen: true, triggered: true }
const user = { id: 5, email: 'ann@example.com', username: 'ann', name: 'Ann $Lee' }
const job = { server, jobId: 70, pipelineId: 30, projectPath: project.fullPath }
const names = { name: 'test: [a, b]', groupName: 'test', stage: 'check' }

/** Everything that can be there at once; what excludes it is in `other`. */
const most = [
  ...pipelineVariables({ server, project, commit, ref: branch, pipeline: special }),
  ...upstreamVariables({ pipelineId: 20, projectId: 6, jobId: 60 }),
  ...triggerVariables('abcd'),
  ...startedPipelineVariables({ iid: 4, name: 'Deploy $it', user }),
  ...jobNameVariables({ ...names, manual: true, node: { index: 1, total: 2 } }),
  ...environmentVariables({
    id: 9,
    name: 'review/one',
    slug: 'review-one-abc',
    tier: 'development',
    action: 'start',
    url: 'https://one.example.com',
  }),
  ...savedJobVariables(job),
  ...takenJobVariables({
    ...job,
    token: 'glcbt-secret',
    startedAt: new Date('2026-03-01T11:05:00Z'),
    runner: { id: 2, description: 'the runner', tags: ['a', 'b'] },
  }),
]
const other = [
  ...pipelineVariables({ server, project, commit, ref: tag, pipeline }),
  ...startedPipelineVariables({ iid: 4, name: null, user: null }),
  ...jobNameVariables({ ...names, manual: false, node: null }),
  ...environmentVariables({ id: 9, name: 'x', slug: 'x', tier: 'other', action: 'stop', url: null }),
]
const valueIn = (list: readonly Variable[], key: string) => list.findLast((one) => one.key === key)?.value

const base = 'https://deploy.example.com:8443'
const runner = { by: 'runner' }
const none = (why: string) => ({ why })
const noRegistry = none('there is no container registry')
const noPages = none('there are no GitLab Pages')
const noMergeRequests = none('there are no merge requests')

const table: Record<string, string | { readonly by: string } | { readonly why: string }> = {
  // P: server and pipeline
  CI: 'true',
  GITLAB_CI: 'true',
  CI_API_V4_URL: `${base}/api/v4`,
  CI_API_GRAPHQL_URL: none('there is no GraphQL'),
  CI_CONFIG_PATH: '.gitlab-ci.yaml',
  CI_DEFAULT_BRANCH: 'main',
  CI_PIPELINE_SOURCE: 'schedule',
  CI_PIPELINE_CREATED_AT: '2026-03-01T11:00:00Z',
  CI_PIPELINE_NAME: 'Deploy $it',
  CI_PIPELINE_SCHEDULE_DESCRIPTION: 'nightly',
  GITLAB_FEATURES: none('nothing is licensed'),
  CI_TEMPLATE_REGISTRY_HOST: none('there are no templates'),
  CI_KUBERNETES_ACTIVE: none('there are no clusters'),
  CI_OPEN_MERGE_REQUESTS: noMergeRequests,
  CI_MERGE_REQUEST_IID: noMergeRequests,
  CI_DEPLOY_FREEZE: 'true',
  CI_SERVER_URL: base,
  CI_SERVER_HOST: 'deploy.example.com',
  CI_SERVER_FQDN: 'deploy.example.com:8443',
  CI_SERVER_PORT: '8443',
  CI_SERVER_PROTOCOL: 'https',
  CI_SERVER_NAME: 'GitLab',
  CI_SERVER_VERSION: '18.6.0',
  CI_SERVER_VERSION_MAJOR: '18',
  CI_SERVER_VERSION_MINOR: '6',
  CI_SERVER_VERSION_PATCH: '0',
  CI_SERVER_REVISION: '',
  CI_SERVER_SHELL_SSH_HOST: none('there is no SSH'),
  CI_SERVER_SHELL_SSH_PORT: none('there is no SSH'),
  CI_REGISTRY: noRegistry,
  CI_REGISTRY_IMAGE: noRegistry,
  CI_REGISTRY_USER: noRegistry,
  CI_REGISTRY_PASSWORD: noRegistry,
  CI_DEPENDENCY_PROXY_SERVER: noRegistry,
  CI_DEPLOY_USER: none('there are no deploy tokens'),
  CI_DEPLOY_PASSWORD: none('there are no deploy tokens'),
  CI_PAGES_DOMAIN: noPages,
  CI_PAGES_URL: noPages,
  CI_PAGES_HOSTNAME: noPages,
  // P: commit
  CI_COMMIT_SHA: sha,
  CI_COMMIT_SHORT_SHA: '01234567',
  CI_COMMIT_BEFORE_SHA: '0'.repeat(40),
  CI_COMMIT_REF_NAME: 'Feature/One',
  CI_COMMIT_REF_SLUG: 'feature-one',
  CI_COMMIT_REF_PROTECTED: 'true',
  CI_COMMIT_BRANCH: 'Feature/One',
  CI_COMMIT_AUTHOR: 'Ann <ann@example.com>',
  CI_COMMIT_MESSAGE: 'Fix $HOME\n\nfor everybody\n',
  CI_COMMIT_TITLE: 'Fix $HOME',
  CI_COMMIT_DESCRIPTION: 'for everybody\n',
  CI_COMMIT_TIMESTAMP: '2026-03-01T12:00:00+01:00',
  CI_COMMIT_MESSAGE_IS_TRUNCATED: 'false',
  // P: project
  CI_PROJECT_ID: '7',
  CI_PROJECT_NAME: 'my-app',
  CI_PROJECT_PATH: 'Group/Sub.group/my-app',
  CI_PROJECT_PATH_SLUG: 'group-sub-group-my-app',
  CI_PROJECT_TITLE: 'My $App',
  CI_PROJECT_DESCRIPTION: 'Costs $5',
  CI_PROJECT_URL: `${base}/Group/Sub.group/my-app`,
  CI_PROJECT_NAMESPACE: 'Group/Sub.group',
  CI_PROJECT_NAMESPACE_ID: '3',
  CI_PROJECT_ROOT_NAMESPACE: 'Group',
  CI_PROJECT_VISIBILITY: 'private',
  CI_PROJECT_REPOSITORY_LANGUAGES: none('nobody detects languages'),
  CI_PROJECT_CLASSIFICATION_LABEL: none('there is no external authorization'),
  // R: pipeline
  CI_PIPELINE_IID: '4',
  CI_PIPELINE_TRIGGERED: 'true',
  CI_TRIGGER_SHORT_TOKEN: 'abcd',
  CI_RELEASE_DESCRIPTION: none('there are no releases'),
  GITLAB_USER_ID: '5',
  GITLAB_USER_EMAIL: 'ann@example.com',
  GITLAB_USER_LOGIN: 'ann',
  GITLAB_USER_NAME: 'Ann $Lee',
  CI_UPSTREAM_PIPELINE_ID: '20',
  CI_UPSTREAM_PROJECT_ID: '6',
  CI_UPSTREAM_JOB_ID: '60',
  // R: job
  CI_JOB_NAME: 'test: [a, b]',
  CI_JOB_NAME_SLUG: 'test---a--b',
  CI_JOB_GROUP_NAME: 'test',
  CI_JOB_STAGE: 'check',
  CI_JOB_MANUAL: 'true',
  CI_JOB_IMAGE: runner,
  CI_NODE_INDEX: '1',
  CI_NODE_TOTAL: '2',
  CI_DEBUG_TRACE: none('whoever wants it sets it'),
  CI_DEBUG_SERVICES: none('whoever wants it sets it'),
  // R: environment
  CI_ENVIRONMENT_NAME: 'review/one',
  CI_ENVIRONMENT_SLUG: 'review-one-abc',
  CI_ENVIRONMENT_URL: 'https://one.example.com',
  CI_ENVIRONMENT_ACTION: 'start',
  CI_ENVIRONMENT_TIER: 'development',
  CI_ENVIRONMENT_ID: '9',
  // J
  CI_JOB_ID: '70',
  CI_JOB_URL: `${base}/Group/Sub.group/my-app/-/jobs/70`,
  CI_JOB_TOKEN: 'glcbt-secret',
  CI_JOB_STARTED_AT: '2026-03-01T11:05:00Z',
  CI_JOB_STATUS: runner,
  CI_JOB_TIMEOUT: runner,
  CI_PIPELINE_ID: '30',
  CI_PIPELINE_URL: `${base}/Group/Sub.group/my-app/-/pipelines/30`,
  CI_REPOSITORY_URL: 'https://gitlab-ci-token:glcbt-secret@deploy.example.com:8443/Group/Sub.group/my-app.git',
  CI_RUNNER_ID: '2',
  CI_RUNNER_DESCRIPTION: 'the runner',
  CI_RUNNER_TAGS: '["a","b"]',
  CI_RUNNER_SHORT_TOKEN: runner,
  CI_RUNNER_VERSION: runner,
  CI_RUNNER_REVISION: runner,
  CI_RUNNER_EXECUTABLE_ARCH: runner,
  CI_BUILDS_DIR: runner,
  CI_PROJECT_DIR: runner,
  CI_CONCURRENT_ID: runner,
  CI_CONCURRENT_PROJECT_ID: runner,
  CI_SERVER: runner,
  CI_SHARED_ENVIRONMENT: runner,
  CI_DISPOSABLE_ENVIRONMENT: runner,
  CI_SERVER_TLS_CA_FILE: runner,
}

test.each(Object.entries(table))('%s', (key, expected) => {
  expect(valueIn(most, key)).toBe(typeof expected === 'string' ? expected : undefined)
})

test('there is no other', () => {
  const known = new Set([...Object.keys(table), 'CI_COMMIT_TAG', 'CI_COMMIT_TAG_MESSAGE'])
  expect([...most, ...other].map((one) => one.key).filter((key) => !known.has(key))).toEqual([])
})

describe('only under its condition', () => {
  test.each([
    ['CI_COMMIT_BRANCH', undefined],
    ['CI_COMMIT_TAG', 'v1.0'],
    ['CI_COMMIT_TAG_MESSAGE', 'First'],
    ['CI_COMMIT_REF_NAME', 'v1.0'],
    ['CI_COMMIT_REF_SLUG', 'v1-0'],
    ['CI_COMMIT_REF_PROTECTED', 'false'],
    ['CI_PIPELINE_NAME', undefined],
    ['CI_PIPELINE_SCHEDULE_DESCRIPTION', undefined],
    ['CI_PIPELINE_TRIGGERED', undefined],
    ['CI_DEPLOY_FREEZE', undefined],
    ['GITLAB_USER_ID', undefined],
    ['CI_JOB_MANUAL', undefined],
    ['CI_NODE_INDEX', undefined],
    ['CI_NODE_TOTAL', '1'],
    ['CI_ENVIRONMENT_URL', undefined],
    ['CI_ENVIRONMENT_ACTION', 'stop'],
  ])('%s: %s', (key, expected) => expect(valueIn(other, key)).toBe(expected))

  test('a tag has no branch, a branch has no tag', () => {
    expect(valueIn(most, 'CI_COMMIT_TAG')).toBeUndefined()
  })
})

describe('flags', () => {
  const keys = (wanted: (one: Variable) => boolean) => most.filter(wanted).map((one) => one.key)

  test('what people wrote is data: a dollar in it is a dollar', () => {
    expect(keys((one) => one.value.includes('$') && !one.raw)).toEqual([])
  })
  test('the job token is masked, and with the clone URL kept from services', () => {
    expect(keys((one) => one.masked)).toEqual(['CI_JOB_TOKEN'])
    expect(keys((one) => !one.public)).toEqual(['CI_JOB_TOKEN', 'CI_REPOSITORY_URL'])
  })
})

describe('the commit message', () => {
  const told = (message: string) =>
    pipelineVariables({ server, project, commit: { ...commit, message }, ref: branch, pipeline })

  test('is cut after 100,000 bytes, and says so', () => {
    const long = told(`${'ü'.repeat(60_000)}\nrest`)
    expect(valueIn(long, 'CI_COMMIT_MESSAGE')).toHaveLength(50_000)
    expect(valueIn(long, 'CI_COMMIT_MESSAGE_IS_TRUNCATED')).toBe('true')
    expect(valueIn(told('x'.repeat(100_000)), 'CI_COMMIT_MESSAGE_IS_TRUNCATED')).toBe('false')
  })
  test.each([
    ['', '', ''],
    ['only a title', 'only a title', ''],
    ['title\nbody', 'title', 'body'],
    ['title\n\nbody\n\nmore', 'title', 'body\n\nmore'],
  ])('%j has the title %j and the description %j', (message, title, description) => {
    expect([valueIn(told(message), 'CI_COMMIT_TITLE'), valueIn(told(message), 'CI_COMMIT_DESCRIPTION')]).toEqual([
      title,
      description,
    ])
  })
})

test.each([
  ['http://localhost', '80', 'http', 'localhost', 'localhost'],
  ['https://example.com', '443', 'https', 'example.com', 'example.com'],
  ['http://127.0.0.1:8080', '8080', 'http', '127.0.0.1', '127.0.0.1:8080'],
])('%s', (url, port, protocol, host, fqdn) => {
  const told = pipelineVariables({ server: { url, version: '18.6.0' }, project, commit, ref: branch, pipeline })
  const read = ['CI_SERVER_PORT', 'CI_SERVER_PROTOCOL', 'CI_SERVER_HOST', 'CI_SERVER_FQDN'].map((k) => valueIn(told, k))
  expect(read).toEqual([port, protocol, host, fqdn])
})

test('slugs have 63 characters and no dash at an edge', () => {
  expect(slugify(`-${'a'.repeat(61)}-/b`)).toBe('a'.repeat(61))
})
