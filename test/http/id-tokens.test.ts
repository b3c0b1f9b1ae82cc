/** `id_tokens` and the addresses with which others check them (GitLab docs, "OpenID Connect authentication using ID tokens"). */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { aDeploymentWorld, type DeploymentWorld, protect, push } from '../helpers/deployment-world.ts'
import { tend } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld
let runner: TestRunner

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  runner = await aRunner(server, { projectId: world.project.id })
})

interface Keys {
  keys: (JsonWebKey & { kid: string })[]
}

const json = async <T>(path: string): Promise<T> => (await (await fetch(server.url + path)).json()) as T

/** Checks a token the way a stranger does: by the issuer's own documents. Answers its claims. */
async function checked(token: string): Promise<Record<string, unknown>> {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const part = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
  const { issuer, jwks_uri: at } = await json<{ issuer: string; jwks_uri: string }>('/.well-known/openid-configuration')
  const { keys } = (await (await fetch(at)).json()) as Keys
  const { alg, kid, typ } = part(header)
  expect([alg, typ]).toEqual(['RS256', 'JWT'])
  const key = keys.find((one) => one.kid === kid)
  if (!key) throw new Error('the key is not among those of the issuer')
  const valid = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    createPublicKey({ key, format: 'jwk' }),
    Buffer.from(signature, 'base64url'),
  )
  expect(valid).toBe(true)
  const claims = part(payload)
  expect(claims['iss']).toBe(issuer)
  return claims
}

async function take(file: string, files: Record<string, string> = {}): Promise<JobPayload> {
  await push(world, file, world.developer, files)
  await tend(server)
  const job = await runner.request()
  if (!job) throw new Error('no job')
  return job
}

function variable(job: JobPayload, key: string) {
  return job.variables.findLast((one) => one.key === key)
}

test('a token says who runs what, where and until when', async () => {
  await protect(world, { name: 'staging', deploy_access_levels: [{ access_level: 30 }] })
  const job = await take(`
deploy:
  script: [echo]
  timeout: 10 minutes
  environment: {name: staging, action: start}
  variables: {WHO: vault}
  id_tokens:
    ONE: {aud: "https://$WHO.example.com"}
    TWO: {aud: [a, b]}
`)
  expect(variable(job, 'ONE')).toMatchObject({ masked: true, public: false, file: false })
  const before = Math.floor(Date.now() / 1000)
  const claims = await checked(variable(job, 'ONE')?.value ?? '')
  const { project, developer } = world
  const namespace = project.full_path.split('/')[0] ?? ''
  const host = new URL(server.url).host
  const { sha } = job.git_info
  expect(claims).toEqual({
    iss: server.url,
    sub: `project_path:${project.full_path}:ref_type:branch:ref:main`,
    aud: 'https://vault.example.com',
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat: expect.any(Number),
    nbf: Number(claims['iat']) - 5,
    exp: Number(claims['iat']) + 600,
    namespace_id: String(project.namespace_id),
    namespace_path: namespace,
    project_id: String(project.id),
    project_path: project.full_path,
    job_namespace_id: String(project.namespace_id),
    job_namespace_path: namespace,
    job_project_id: String(project.id),
    job_project_path: project.full_path,
    user_id: String(developer.id),
    user_login: developer.username,
    user_email: developer.email,
    user_access_level: 'developer',
    pipeline_id: String(job.job_info.pipeline_id),
    pipeline_source: 'push',
    job_id: String(job.id),
    ref: 'main',
    ref_type: 'branch',
    ref_path: 'refs/heads/main',
    ref_protected: 'true',
    environment: 'staging',
    environment_protected: 'true',
    environment_action: 'start',
    deployment_tier: 'staging',
    runner_id: runner.id,
    runner_environment: 'self-hosted',
    sha,
    project_visibility: 'private',
    ci_config_ref_uri: `${host}/${project.full_path}//.gitlab-ci.yml@refs/heads/main`,
    ci_config_sha: sha,
  })
  expect(Math.abs(Number(claims['iat']) - before)).toBeLessThan(60)
  const two = await checked(variable(job, 'TWO')?.value ?? '')
  expect(two['aud']).toEqual(['a', 'b'])
  expect(two['jti']).not.toBe(claims['jti'])
})

test('no token is valid for longer than its runner lets the job run', async () => {
  await server
    .api(server.rootToken)
    .put(`/runners/${runner.id}`, { maximum_timeout: 700 })
    .then((answer) => expect(answer.status).toBe(200))
  const job = await take('deploy: {script: [echo], id_tokens: {TOKEN: {aud: x}}}')
  const claims = await checked(variable(job, 'TOKEN')?.value ?? '')
  expect(Number(claims['exp']) - Number(claims['iat'])).toBe(700)
  expect(claims).not.toHaveProperty('environment')
  expect(claims).not.toHaveProperty('environment_protected')
})

test('the job’s own token cannot be sent away as the audience', async () => {
  const job = await take('deploy: {script: [echo], id_tokens: {TOKEN: {aud: "for $CI_JOB_TOKEN$CI_PIPELINE_ID"}}}')
  const claims = await checked(variable(job, 'TOKEN')?.value ?? '')
  expect(claims['aud']).toBe(`for ${job.job_info.pipeline_id}`)
})

test('the token of a child pipeline does not claim the project’s own configuration', async () => {
  const job = await take('bridge: {trigger: {include: child.yml}}', {
    'child.yml': 'deploy: {script: [echo], id_tokens: {TOKEN: {aud: x}}}',
  })
  const claims = await checked(variable(job, 'TOKEN')?.value ?? '')
  expect(claims['pipeline_source']).toBe('parent_pipeline')
  expect(claims).not.toHaveProperty('ci_config_ref_uri')
  expect(claims).not.toHaveProperty('ci_config_sha')
})

test('a job without id_tokens gets none', async () => {
  const job = await take('deploy: {script: [echo]}')
  expect(job.variables.filter(({ value }) => /^ey[\w-]+\.ey/.test(value))).toEqual([])
})

describe('the key', () => {
  test('is the same on every server of a database, and its private half stays there', async () => {
    const second = await startTestServer({ database: server.database, dataDir: server.dataDir })
    try {
      const [one, two] = await Promise.all(
        [server, second].map(async (each) => (await (await fetch(`${each.url}/oauth/discovery/keys`)).json()) as Keys),
      )
      expect(one).toEqual(two)
      expect(one?.keys).toEqual([
        { kty: 'RSA', use: 'sig', alg: 'RS256', e: 'AQAB', kid: expect.any(String), n: expect.any(String) },
      ])
      expect(Buffer.from(String(one?.keys[0]?.n), 'base64url')).toHaveLength(256)
    } finally {
      await second.stop()
    }
  })

  test('asked for at once by several servers, before there is one, comes out as one', async () => {
    const fresh = await startTestServer()
    try {
      const asked = await Promise.all(
        Array.from(
          { length: 6 },
          async () => (await (await fetch(`${fresh.url}/oauth/discovery/keys`)).json()) as Keys,
        ),
      )
      expect(new Set(asked.map(({ keys }) => keys[0]?.kid)).size).toBe(1)
    } finally {
      await fresh.stop()
    }
  })
})

test('the discovery document names nothing that this server does not have', async () => {
  const document = await json<Record<string, unknown>>('/.well-known/openid-configuration')
  expect(document).toMatchObject({
    issuer: server.url,
    jwks_uri: `${server.url}/oauth/discovery/keys`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  })
  expect(Object.keys(document).filter((key) => key.endsWith('_endpoint'))).toEqual([])
})
