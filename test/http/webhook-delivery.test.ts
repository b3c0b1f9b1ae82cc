/** Webhooks as receivers get them: a real receiver on loopback, real pushes, votes and jobs, and the task that delivers. */
import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cleanWebhooks } from '../../src/app/clean-webhooks.ts'
import { deliverWebhooks } from '../../src/app/deliver-webhooks.ts'
import { finishPush, notePush } from '../../src/app/push.ts'
import type { HookLogEntity, ProjectHookEntity } from '../../src/contract/webhooks.ts'
import { findActor } from '../../src/db/actors.ts'
import { apply } from '../../src/db/apply.ts'
import { systemAuthor } from '../../src/db/audit.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  anOperator,
  type DeploymentWorld,
  deploymentOf,
  protect,
  push,
  seedFile,
  vote,
} from '../helpers/deployment-world.ts'
import { aReceiver, type HookReceiver, type Received } from '../helpers/hook-receiver.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let receiver: HookReceiver
let world: DeploymentWorld
let base: string

beforeAll(async () => {
  server = await startTestServer()
  receiver = await aReceiver()
  await server.api(server.rootToken).put('/application/settings', { outbound_local_requests_whitelist: ['127.0.0.1'] })
})
afterAll(async () => {
  await receiver.stop()
  await server.stop()
})
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  base = `/projects/${world.project.id}/hooks`
  receiver.requests.length = 0
  receiver.answer = { status: 200 }
  // What another test left to be tried again.
  await inTransaction(server.app.db, (tx) => tx.deleteFrom('webhook_deliveries').execute())
})

const api = () => server.api(world.maintainer.token)
const never = new AbortController().signal
const deliver = () => deliverWebhooks(server.app, never)

async function aHook(body: object = {}): Promise<ProjectHookEntity> {
  const made = await api().post<ProjectHookEntity>(base, { url: receiver.url, push_events: false, ...body })
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return made.body
}

async function hookRow(id: number) {
  return server.db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

async function queued(hookId: number) {
  return server.db.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', hookId).orderBy('id').execute()
}

/** As if so much time had passed for whatever waits. */
async function later(hookId: number): Promise<void> {
  await inTransaction(server.app.db, async (tx) => {
    await sql`update webhook_deliveries set due_at = now() where webhook_id = ${hookId}`.execute(tx)
    await sql`update webhooks set disabled_until = now() - interval '1 second' where id = ${hookId} and disabled_until is not null`.execute(
      tx,
    )
  })
}

async function logs(hookId: number, query = ''): Promise<HookLogEntity[]> {
  return (await api().get<HookLogEntity[]>(`${base}/${hookId}/events${query}`)).body
}

async function gated(count = 1): Promise<{ pipelineId: number; deployment: Awaited<ReturnType<typeof deploymentOf>> }> {
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ access_level: 30 }],
    required_approval_count: count,
  })
  const { pipelineId } = await push(world)
  return { pipelineId, deployment: await deploymentOf(world, pipelineId) }
}

const kinds = (requests: readonly Received[]) =>
  requests.map(({ body }) => [body.object_kind, body.status ?? body.build_status ?? body.object_attributes?.status])

const project = () => ({
  id: world.project.id,
  name: world.project.name,
  description: null,
  web_url: `${server.url}/${world.project.full_path}`,
  avatar_url: null,
  git_ssh_url: '',
  git_http_url: `${server.url}/${world.project.full_path}.git`,
  visibility_level: 0,
  path_with_namespace: world.project.full_path,
  default_branch: 'main',
})
const person = (user: { id: number; name: string; username: string }) => ({
  id: user.id,
  name: user.name,
  username: user.username,
  avatar_url: null,
  email: '[REDACTED]',
})

describe('deployment events', () => {
  test('tell the whole story of an approval, in order', async () => {
    const hook = await aHook({ deployment_events: true })
    const runner = await aRunner(server, { projectId: world.project.id })
    const { deployment } = await gated(2)
    const second = await anOperator(world)
    await vote(world, deployment.id, world.maintainer, { status: 'approved', comment: 'fine' })
    await vote(world, deployment.id, second, { status: 'approved' })
    // The same vote again says nothing new.
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job)
    await deliver()
    expect(kinds(receiver.requests)).toEqual([
      ['deployment', 'blocked'],
      ['deployment', 'approved'],
      ['deployment', 'approved'],
      ['deployment', 'running'],
      ['deployment', 'success'],
    ])
    const [blocked, approved] = receiver.requests
    const { sha } = await server.db
      .selectFrom('deployments')
      .select('sha')
      .where('id', '=', deployment.id)
      .executeTakeFirstOrThrow()
    const common = {
      object_kind: 'deployment',
      status_changed_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000$/),
      deployment_id: deployment.id,
      deployable_id: deployment.jobId,
      deployable_url: `${server.url}/${world.project.full_path}/-/jobs/${deployment.jobId}`,
      environment: 'production',
      environment_tier: 'production',
      environment_slug: 'production',
      environment_external_url: null,
      project: project(),
      short_sha: sha.slice(0, 8),
      user: person(world.developer),
      user_url: `${server.url}/${world.developer.username}`,
      commit_url: `${server.url}/${world.project.full_path}/-/commit/${sha}`,
      commit_title: expect.stringMatching(/^Change \d+$/),
      ref: 'main',
    }
    expect(blocked?.body).toMatchObject({ ...common, status: 'blocked' })
    expect(blocked?.body).not.toHaveProperty('approval')
    expect(approved?.body).toMatchObject({
      ...common,
      status: 'approved',
      approver: person(world.maintainer),
      approval: {
        id: expect.any(Number),
        status: 'approved',
        comment: 'fine',
        created_at: expect.any(String),
        approval_rule: null,
      },
    })
    expect(await queued(hook.id)).toEqual([])
  })

  test('a rejection is told, and then the failure; with the rule it was filed under', async () => {
    await aHook({ deployment_events: true })
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      approval_rules: [{ access_level: 40, required_approvals: 1 }],
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    await vote(world, id, world.maintainer, { status: 'rejected' })
    await deliver()
    expect(kinds(receiver.requests)).toEqual([
      ['deployment', 'blocked'],
      ['deployment', 'rejected'],
      ['deployment', 'failed'],
    ])
    expect(receiver.requests[1]?.body.approval.approval_rule).toMatchObject({
      access_level: 40,
      user_id: null,
      group_id: null,
      access_level_description: 'Maintainers',
      required_approvals: 1,
      group_inheritance_type: 0,
    })
  })

  test('deployments of external tools have no job', async () => {
    await aHook({ deployment_events: true })
    const { sha } = await push(world, 'build: { script: "true" }')
    const body = { environment: 'staging', ref: 'main', tag: false, sha, status: 'running' }
    const made = await server
      .api(world.developer.token)
      .post<{ id: number }>(`/projects/${world.project.id}/deployments`, body)
    expect(made.status).toBe(201)
    await deliver()
    expect(receiver.requests.map((one) => one.body)).toMatchObject([
      {
        status: 'running',
        deployment_id: made.body.id,
        deployable_id: null,
        deployable_url: null,
        environment: 'staging',
      },
    ])
  })
})

describe('push and tag push events', () => {
  test('a push: its newest commits with their files', async () => {
    await aHook({ push_events: true })
    const first = await push(world)
    const second = await push(world, seedFile, world.developer, { 'docs/a.md': 'a' })
    await deliver()
    const [one, two] = receiver.requests.map((request) => request.body)
    expect(one).toMatchObject({
      object_kind: 'push',
      event_name: 'push',
      before: '0'.repeat(40),
      after: first.sha,
      ref: 'refs/heads/main',
      ref_protected: true,
      checkout_sha: first.sha,
      message: null,
      user_id: world.developer.id,
      user_name: world.developer.name,
      user_username: world.developer.username,
      user_email: '[REDACTED]',
      project_id: world.project.id,
      project: project(),
      commits: [{ id: first.sha, added: ['.gitlab-ci.yml', 'CHANGES'], modified: [], removed: [] }],
      total_commits_count: 1,
      push_options: {},
      repository: {
        name: world.project.name,
        homepage: `${server.url}/${world.project.full_path}`,
        visibility_level: 0,
      },
    })
    expect(two).toMatchObject({
      before: first.sha,
      after: second.sha,
      commits: [
        {
          id: second.sha,
          title: expect.stringMatching(/^Change/),
          message: expect.any(String),
          timestamp: expect.any(String),
          url: `${server.url}/${world.project.full_path}/-/commit/${second.sha}`,
          author: { name: world.developer.name, email: world.developer.email },
          added: ['docs/a.md'],
          modified: ['CHANGES'],
          removed: [],
        },
      ],
      total_commits_count: 1,
    })
    expect(receiver.requests[0]?.headers['x-gitlab-event']).toBe('Push Hook')
  })

  test('branches and tags over the API, made and deleted', async () => {
    await aHook({ push_events: true, tag_push_events: true })
    const { sha } = await push(world)
    await deliver()
    receiver.requests.length = 0
    const developer = server.api(world.developer.token)
    const repository = `/projects/${world.project.id}/repository`
    await developer.post(`${repository}/branches`, { branch: 'topic', ref: 'main' })
    await developer.delete(`${repository}/branches/topic`)
    await developer.post(`${repository}/tags`, { tag_name: 'v1', ref: 'main', message: 'Release' })
    await deliver()
    const none = '0'.repeat(40)
    expect(receiver.requests.map((one) => one.body)).toMatchObject([
      { object_kind: 'push', ref: 'refs/heads/topic', before: none, after: sha, commits: [], total_commits_count: 0 },
      { object_kind: 'push', ref: 'refs/heads/topic', before: sha, after: none, checkout_sha: null, commits: [] },
      {
        object_kind: 'tag_push',
        ref: 'refs/tags/v1',
        before: none,
        checkout_sha: sha,
        message: 'Release',
        commits: [{ id: sha }],
        total_commits_count: 1,
      },
    ])
    expect(receiver.requests[2]?.headers['x-gitlab-event']).toBe('Tag Push Hook')
  })

  test('go only to hooks whose branch filter lets the branch through', async () => {
    const filters: [object, boolean][] = [
      [{ push_events_branch_filter: 'main' }, true],
      [{ push_events_branch_filter: 'ma*' }, true],
      [{ push_events_branch_filter: 'a*' }, false],
      [{ push_events_branch_filter: 'm.*' }, false],
      [{ push_events_branch_filter: '^m', branch_filter_strategy: 'regex' }, true],
      [{ push_events_branch_filter: '^a', branch_filter_strategy: 'regex' }, false],
      [{ push_events_branch_filter: 'other', branch_filter_strategy: 'all_branches' }, true],
      [{ push_events_branch_filter: '' }, true],
    ]
    const hooks = []
    for (const [filter] of filters) hooks.push(await aHook({ push_events: true, ...filter }))
    await push(world)
    const told = await Promise.all(hooks.map(async (hook) => (await queued(hook.id)).length === 1))
    expect(told).toEqual(filters.map(([, expected]) => expected))
  })

  test('a push of more than three branches is not told, and nobody can ask for silence', async () => {
    const hook = await aHook({ push_events: true, tag_push_events: true })
    const actor = await findActor(server.db, world.developer.id)
    if (!actor) throw new Error('nobody')
    const { sha } = await push(world)
    const refs = ['heads/a', 'heads/b', 'heads/c', 'heads/d', 'tags/e'].map((name) => `refs/${name}`)
    const updates = refs.map((ref) => ({ ref, oldSha: '0'.repeat(40), newSha: sha }))
    const told = async () => (await queued(hook.id)).map((delivery) => delivery.details['ref'])
    const pushing = async (some: typeof updates, options: string[]) => {
      const noted = await notePush(server.app, { project: world.project, actor, updates: some, options })
      await finishPush(server.app, noted, new Set(some.map((update) => update.ref)))
    }
    await pushing(updates, [])
    expect(await told()).toEqual(['refs/heads/main', 'refs/tags/e'])
    await pushing(updates.slice(0, 1), ['webhooks.none', 'ci.skip'])
    expect(await told()).toEqual(['refs/heads/main', 'refs/tags/e', 'refs/heads/a'])
  })
})

describe('pipeline and job events', () => {
  test('tell each status as it was, whatever it is when they are delivered', async () => {
    await aHook({ pipeline_events: true, job_events: true })
    const runner = await aRunner(server, { projectId: world.project.id })
    const { pipelineId, sha } = await push(world, 'build: { script: "true" }')
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job)
    await deliver()
    expect(kinds(receiver.requests)).toEqual([
      ['build', 'created'],
      ['build', 'pending'],
      ['pipeline', 'pending'],
      ['build', 'running'],
      ['pipeline', 'running'],
      ['build', 'success'],
      ['pipeline', 'success'],
    ])
    const [created, pending] = receiver.requests.map((one) => one.body)
    expect(created).toMatchObject({
      build_started_at: null,
      build_finished_at: null,
      build_duration: null,
      runner: null,
    })
    expect(pending).toMatchObject({ build_status: 'pending', build_started_at: null })
    const railsTime = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
    expect(receiver.requests.at(-2)?.body).toMatchObject({
      object_kind: 'build',
      ref: 'main',
      tag: false,
      sha,
      before_sha: '0'.repeat(40),
      retries_count: 0,
      build_id: job.id,
      build_name: 'build',
      build_stage: 'test',
      build_status: 'success',
      build_created_at: railsTime,
      build_started_at: railsTime,
      build_finished_at: railsTime,
      build_duration: expect.any(Number),
      build_queued_duration: expect.any(Number),
      build_allow_failure: false,
      pipeline_id: pipelineId,
      project_id: world.project.id,
      runner: { id: runner.id, active: true, is_shared: false, runner_type: 'project_type', tags: [] },
      user: person(world.developer),
      commit: { id: pipelineId, sha, author_email: world.developer.email, status: 'success' },
      repository: { name: world.project.name },
      environment: null,
    })
    expect(receiver.requests.at(-1)?.body).toMatchObject({
      object_kind: 'pipeline',
      object_attributes: {
        id: pipelineId,
        iid: 1,
        ref: 'main',
        tag: false,
        sha,
        source: 'push',
        status: 'success',
        detailed_status: 'passed',
        stages: ['test'],
        created_at: railsTime,
        finished_at: railsTime,
        duration: expect.any(Number),
        variables: [],
        url: `${server.url}/${world.project.full_path}/-/pipelines/${pipelineId}`,
      },
      merge_request: null,
      user: person(world.developer),
      commit: { id: sha },
      builds: [{ id: job.id, name: 'build', stage: 'test', status: 'success', manual: false, environment: null }],
    })
    expect(receiver.requests[2]?.body.object_attributes).toMatchObject({ finished_at: null, duration: null })
    expect(receiver.requests.map((one) => one.headers['x-gitlab-event']).slice(-2)).toEqual([
      'Job Hook',
      'Pipeline Hook',
    ])
  })

  test('a retried job, and a pipeline that failed before it began', async () => {
    await aHook({ pipeline_events: true, job_events: true })
    await push(world, 'build: { script: 5, unknown: 1')
    const runner = await aRunner(server, { projectId: world.project.id })
    await push(world, 'build: { script: "true" }')
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job, 'failed')
    await server.api(world.developer.token).post(`/projects/${world.project.id}/jobs/${job.id}/retry`)
    await deliver()
    const all = kinds(receiver.requests)
    expect(all[0]).toEqual(['pipeline', 'failed'])
    expect(all).toContainEqual(['build', 'failed'])
    expect(
      receiver.requests.filter((one) => one.body.build_status === 'created').map((one) => one.body.retries_count),
    ).toEqual([0, 1])
  })

  test('jobs of blocked users are not told', async () => {
    await aHook({ job_events: true })
    await push(world, 'build: { script: "true" }')
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('users').set({ state: 'blocked' }).where('id', '=', world.developer.id).execute(),
    )
    await deliver()
    expect(receiver.requests).toEqual([])
  })
})

describe('group hooks', () => {
  test('hear of every project below, and of no other', async () => {
    const { namespace_id: groupId } = world.project
    const owner = server.api((await aMember(server, { group: { id: groupId } }, 'owner')).token)
    const hook = await owner.post<{ id: number }>(`/groups/${groupId}/hooks`, {
      url: receiver.url,
      deployment_events: true,
      push_events: false,
    })
    const mine = world
    world = await aDeploymentWorld(server)
    await gated()
    world = mine
    await deliver()
    expect(receiver.requests).toEqual([])
    await gated()
    await deliver()
    expect(receiver.requests.map((one) => one.body)).toMatchObject([
      { status: 'blocked', project: { id: mine.project.id } },
    ])
    expect((await owner.get<unknown[]>(`/groups/${groupId}/hooks/${hook.body.id}/events`)).body).toHaveLength(1)
    const test = await owner.post(`/groups/${groupId}/hooks/${hook.body.id}/test/pipeline_events`)
    expect(test).toMatchObject({ status: 201, body: { message: '201 Created' } })
  })
})

describe('requests', () => {
  test('carry the headers of GitLab, the token, custom ones and a signature', async () => {
    const key = Buffer.alloc(32, 9)
    const hook = await aHook({
      deployment_events: true,
      token: 'the token',
      signing_token: `whsec_${key.toString('base64')}`,
      url: `${receiver.url.replace('//', '//me:pass-word@')}/{path}`,
      url_variables: [{ key: 'path', value: 'secret-path' }],
      custom_headers: [
        { key: 'Authorization', value: 'Bearer own' },
        { key: 'x-gitlab-event', value: 'forged' },
      ],
    })
    receiver.answer = { status: 200, body: 'you said the token and secret-path', headers: { 'x-echo': 'Bearer own' } }
    await gated()
    await deliver()
    const [request] = receiver.requests
    const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(request?.path).toBe('/secret-path')
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Countersign\/\d/),
      'x-gitlab-event': 'Deployment Hook',
      'x-gitlab-instance': server.url,
      'x-gitlab-token': 'the token',
      'x-gitlab-webhook-uuid': uuid,
      'x-gitlab-event-uuid': uuid,
      'idempotency-key': uuid,
      'webhook-id': request?.headers['idempotency-key'],
    })
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = request?.headers ?? {}
    const signed = `${String(id)}.${String(timestamp)}.${request?.text}`
    const signature = createHmac('sha256', key).update(signed).digest('base64')
    expect(request?.headers['webhook-signature']).toBe(`v1,${signature}`)
    const [log] = await logs(hook.id)
    expect(log).toMatchObject({
      trigger: 'deployment_hooks',
      url: `${receiver.url.replace('//', '//me:*****@')}/{path}`,
      request_headers: {
        'X-Gitlab-Event': 'Deployment Hook',
        'X-Gitlab-Token': '[REDACTED]',
        Authorization: '[REDACTED]',
      },
      request_data: { object_kind: 'deployment', status: 'blocked' },
      response_headers: { 'x-echo': '[REDACTED]' },
      response_body: 'you said [REDACTED] and [REDACTED]',
      response_status: '200',
      internal_error_message: null,
      execution_duration: expect.any(Number),
    })
    for (const secret of ['the token', 'secret-path', 'Bearer own', 'pass-word', key.toString('base64')]) {
      expect(JSON.stringify(log)).not.toContain(secret)
    }
  })

  test('a template makes the body', async () => {
    await aHook({
      deployment_events: true,
      custom_webhook_template:
        '{"text": "{{project.name}} is {{status}}", "id": {{deployment_id}}, "no": {{constructor.name}}}',
    })
    const broken = await aHook({ deployment_events: true, custom_webhook_template: '{"text": {{status}}}' })
    const { deployment } = await gated()
    await deliver()
    expect(receiver.requests.map((one) => one.body)).toEqual([
      { text: `${world.project.name} is blocked`, id: deployment.id, no: null },
    ])
    expect(await logs(broken.id)).toMatchObject([
      {
        response_status: 'internal error',
        internal_error_message: 'Error while parsing rendered custom webhook template',
      },
    ])
    expect(await queued(broken.id)).toEqual([])
  })

  test('every hook of a project hears of an event under one uuid, each with a key of its own', async () => {
    await aHook({ deployment_events: true })
    await aHook({ deployment_events: true })
    await aHook({ job_events: true, issues_events: true })
    await gated()
    await deliver()
    const headers = receiver.requests.filter((one) => one.body.object_kind === 'deployment').map((one) => one.headers)
    expect(headers).toHaveLength(2)
    expect(new Set(headers.map((one) => one['x-gitlab-event-uuid'])).size).toBe(1)
    expect(new Set(headers.map((one) => one['idempotency-key'])).size).toBe(2)
  })

  test('an address that is no longer allowed is not asked', async () => {
    const hook = await aHook({ deployment_events: true })
    const root = server.api(server.rootToken)
    await root.put('/application/settings', { outbound_local_requests_whitelist: '' })
    try {
      await gated()
      await deliver()
      expect(receiver.requests).toEqual([])
      expect(await logs(hook.id)).toMatchObject([
        { internal_error_message: 'URL is blocked: Requests to loopback addresses are not allowed' },
      ])
    } finally {
      await root.put('/application/settings', { outbound_local_requests_whitelist: ['127.0.0.1'] })
    }
  })
})

describe('failures', () => {
  test('are tried again with the same body and key, and count', async () => {
    const hook = await aHook({ deployment_events: true })
    receiver.answer = { status: 503 }
    const { deployment } = await gated()
    await deliver()
    expect(await queued(hook.id)).toMatchObject([{ attempts: 1, payload: { status: 'blocked' } }])
    await deliver()
    expect(receiver.requests).toHaveLength(1)
    await server.api(world.maintainer.token).put(`/projects/${world.project.id}`, { description: 'changed' })
    receiver.answer = { status: 200 }
    await later(hook.id)
    await deliver()
    const [one, two] = receiver.requests
    expect([two?.text, two?.headers['idempotency-key'], two?.headers['x-gitlab-event-uuid']]).toEqual([
      one?.text,
      one?.headers['idempotency-key'],
      one?.headers['x-gitlab-event-uuid'],
    ])
    expect(one?.headers['x-gitlab-webhook-uuid']).not.toBe(two?.headers['x-gitlab-webhook-uuid'])
    expect(await hookRow(hook.id)).toMatchObject({ recent_failures: 0 })
    expect(await queued(hook.id)).toEqual([])
    expect((await logs(hook.id)).map((log) => log.response_status)).toEqual(['200', '503'])
    expect(deployment.status).toBe('blocked')
  })

  test('only what may go better another time is tried again', async () => {
    const hooks = []
    for (const status of [400, 404, 429, 500]) {
      hooks.push(await aHook({ deployment_events: true, url: `${receiver.url}/status/${status}` }))
    }
    await gated()
    await deliver()
    const left = await Promise.all(hooks.map(async (hook) => (await queued(hook.id)).length))
    const failures = await Promise.all(hooks.map(async (hook) => (await hookRow(hook.id)).recent_failures))
    expect([left, failures]).toEqual([
      [0, 0, 1, 1],
      [1, 1, 1, 1],
    ])
  })

  test('four in a row let the hook rest, a good test wakes it; forty switch it off', async () => {
    const hook = await aHook({ deployment_events: true })
    receiver.answer = { status: 500 }
    await gated()
    for (const failures of [1, 2, 3, 4]) {
      await later(hook.id)
      await deliver()
      expect(await hookRow(hook.id)).toMatchObject({ recent_failures: failures })
    }
    const path = `${base}/${hook.id}`
    const resting = (await api().get<ProjectHookEntity>(path)).body
    expect(resting.alert_status).toBe('temporarily_disabled')
    const rest = new Date(resting.disabled_until ?? 0).getTime() - Date.now()
    expect(rest > 50_000 && rest <= 61_000).toBe(true)
    // Due, but the hook rests: nothing is sent and nothing is lost.
    await inTransaction(server.app.db, (tx) =>
      sql`update webhook_deliveries set due_at = now() where webhook_id = ${hook.id}`.execute(tx),
    )
    await deliver()
    expect(receiver.requests).toHaveLength(4)
    expect(await queued(hook.id)).toHaveLength(1)
    receiver.answer = { status: 200 }
    expect((await api().post(`${path}/test/deployment_events`)).status).toBe(201)
    expect((await api().get(path)).body).toMatchObject({ alert_status: 'executable', disabled_until: null })
    await deliver()
    expect(await queued(hook.id)).toEqual([])
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('webhooks').set({ recent_failures: 39 }).where('id', '=', hook.id).execute(),
    )
    receiver.answer = { status: 500 }
    expect(await api().post(`${path}/test/deployment_events`)).toMatchObject({
      status: 422,
      body: { message: 'thanks' },
    })
    expect((await api().get(path)).body).toMatchObject({ alert_status: 'disabled' })
    await push(world)
    expect(await queued(hook.id)).toEqual([])
  })

  test('five attempts, and no more', async () => {
    const hook = await aHook({ deployment_events: true })
    receiver.answer = { status: 500 }
    await gated()
    for (let attempt = 0; attempt < 7; attempt += 1) {
      await later(hook.id)
      await deliver()
    }
    expect(receiver.requests).toHaveLength(5)
    expect(await queued(hook.id)).toEqual([])
  })

  test('of one hook hold up no other, and one event holds up no later one', async () => {
    const broken = await aHook({ deployment_events: true, url: 'http://127.0.0.1:1/' })
    const hook = await aHook({ deployment_events: true })
    const { deployment } = await gated()
    await vote(world, deployment.id, world.maintainer, { status: 'approved' })
    await deliver()
    expect(kinds(receiver.requests)).toEqual([
      ['deployment', 'blocked'],
      ['deployment', 'approved'],
    ])
    expect(await queued(hook.id)).toEqual([])
    expect((await logs(broken.id)).map((log) => log.internal_error_message)).toEqual([
      'Connection refused',
      'Connection refused',
    ])
  })
})

describe('nothing committed is not queued, and nothing is queued that was not committed', () => {
  test('a change that is rolled back is told to nobody', async () => {
    const hook = await aHook({ deployment_events: true })
    const { deployment } = await gated()
    await deliver()
    const moved = { kind: 'deployment_moved', deploymentId: deployment.id, from: 'blocked', to: 'canceled' } as const
    const undone = inTransaction(server.app.db, async (tx) => {
      await apply(tx, [moved], systemAuthor)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await queued(hook.id)).toEqual([])
    await inTransaction(server.app.db, (tx) => apply(tx, [moved], systemAuthor))
    expect(await queued(hook.id)).toMatchObject([{ details: { status: 'canceled' } }])
  })

  test('T20 a server that dies while it delivers: another one tells it', async () => {
    const hook = await aHook({ deployment_events: true })
    await gated()
    receiver.answer = 'hang'
    const dying = new AbortController()
    const first = deliverWebhooks(server.app, dying.signal)
    await expect.poll(() => receiver.requests.length).toBe(1)
    receiver.answer = { status: 200 }
    // It is busy: nobody else takes the hook.
    await deliver()
    expect(receiver.requests).toHaveLength(1)
    // Until its time is over, as after kill -9.
    await inTransaction(server.app.db, (tx) =>
      sql`update webhooks set busy_until = now() - interval '1 second' where id = ${hook.id}`.execute(tx),
    )
    await deliver()
    expect(receiver.requests).toHaveLength(2)
    expect(receiver.requests[1]?.text).toBe(receiver.requests[0]?.text)
    expect(await queued(hook.id)).toEqual([])
    dying.abort()
    await first
  })

  test('a server that stops lets go at once, and nobody failed', async () => {
    const hook = await aHook({ deployment_events: true })
    await gated()
    receiver.answer = 'hang'
    const stopping = new AbortController()
    const running = deliverWebhooks(server.app, stopping.signal)
    await expect.poll(() => receiver.requests.length).toBe(1)
    stopping.abort()
    await running
    const { recent_failures, busy_until } = await hookRow(hook.id)
    expect([recent_failures, busy_until !== null && busy_until <= new Date()]).toEqual([0, true])
    receiver.answer = { status: 200 }
    await deliver()
    expect(receiver.requests).toHaveLength(2)
  })

  test('several servers at once tell each event once', async () => {
    const hook = await aHook({ deployment_events: true })
    const { deployment } = await gated(3)
    for (const person of [world.maintainer, await anOperator(world)]) {
      await vote(world, deployment.id, person, { status: 'approved' })
    }
    await Promise.all(Array.from({ length: 6 }, deliver))
    expect(kinds(receiver.requests)).toEqual([
      ['deployment', 'blocked'],
      ['deployment', 'approved'],
      ['deployment', 'approved'],
    ])
    expect(await queued(hook.id)).toEqual([])
  })

  test('a hook with much to tell lets others have their turn', async () => {
    const much = await aHook({ deployment_events: true, url: `${receiver.url}/much` })
    const little = await aHook({ deployment_events: true, url: `${receiver.url}/little` })
    await gated()
    await inTransaction(server.app.db, (tx) =>
      sql`insert into webhook_deliveries (webhook_id, project_id, event, subject_id, details, event_uuid)
          select d.webhook_id, d.project_id, d.event, d.subject_id, d.details, gen_random_uuid()
            from webhook_deliveries d, generate_series(1, 24) where d.webhook_id = ${much.id}`.execute(tx),
    )
    await deliver()
    const paths = receiver.requests.map((request) => request.path)
    expect([paths.length, paths.indexOf('/little')]).toEqual([26, 20])
    expect([await queued(much.id), await queued(little.id)]).toEqual([[], []])
  })

  test('T22 a deleted hook or deployment is told no more', async () => {
    const hook = await aHook({ deployment_events: true })
    const kept = await aHook({ deployment_events: true })
    const { deployment } = await gated()
    await api().delete(`${base}/${hook.id}`)
    await inTransaction(server.app.db, (tx) => tx.deleteFrom('deployments').where('id', '=', deployment.id).execute())
    await deliver()
    expect(receiver.requests).toEqual([])
    expect(await queued(kept.id)).toEqual([])
  })
})

describe('records', () => {
  test('are filtered by status, newest first, and resent', async () => {
    const hook = await aHook({ deployment_events: true, token: 'the token' })
    const path = `${base}/${hook.id}`
    const { deployment } = await gated(2)
    await deliver()
    receiver.answer = { status: 404 }
    await vote(world, deployment.id, world.maintainer, { status: 'approved' })
    await deliver()
    receiver.answer = { status: 500 }
    await api().post(`${path}/test/push_events`)
    const statuses = async (query: string) => (await logs(hook.id, query)).map((log) => log.response_status)
    expect(await statuses('')).toEqual(['500', '404', '200'])
    expect(await statuses('?status=successful')).toEqual(['200'])
    expect(await statuses('?status=client_failure,server_failure')).toEqual(['500', '404'])
    expect(await statuses('?status[]=404&status[]=200')).toEqual(['404', '200'])
    expect((await api().get(`${path}/events?status=sometimes`)).status).toBe(400)
    expect((await api().get(`${path}/events?per_page=21`)).status).toBe(400)
    const page = await api().get<HookLogEntity[]>(`${path}/events?per_page=1&page=2`)
    expect([page.body.length, page.headers.get('x-total')]).toEqual([1, '3'])
    receiver.answer = { status: 202 }
    const [log] = await logs(hook.id, '?status=404')
    receiver.requests.length = 0
    expect(await api().post(`${path}/events/${log?.id}/resend`)).toMatchObject({
      status: 201,
      body: { response_status: 202 },
    })
    expect(receiver.requests).toMatchObject([
      {
        body: log?.request_data,
        headers: { 'x-gitlab-token': 'the token', 'idempotency-key': log?.request_headers['Idempotency-Key'] },
      },
    ])
    await api().put(path, { url: `${receiver.url}/elsewhere` })
    expect(await api().post(`${path}/events/${log?.id}/resend`)).toMatchObject({
      status: 422,
      body: { message: 'The hook URL has changed. This log entry cannot be retried.' },
    })
  })

  test('are kept for a week', async () => {
    const hook = await aHook({ push_events: true })
    await push(world)
    await push(world)
    await deliver()
    await inTransaction(server.app.db, (tx) =>
      sql`update webhook_logs set created_at = now() - interval '7 days 1 minute'
           where id = (select min(id) from webhook_logs where webhook_id = ${hook.id})`.execute(tx),
    )
    expect(await logs(hook.id)).toHaveLength(1)
    await cleanWebhooks(server.app)
    const left = await server.db.selectFrom('webhook_logs').select('id').where('webhook_id', '=', hook.id).execute()
    expect(left).toHaveLength(1)
  })

  test('what could not be told within a day is told no more', async () => {
    const hook = await aHook({ push_events: true })
    await push(world)
    await push(world)
    await inTransaction(server.app.db, (tx) =>
      sql`update webhook_deliveries set created_at = now() - interval '25 hours'
           where id = (select min(id) from webhook_deliveries where webhook_id = ${hook.id})`.execute(tx),
    )
    await cleanWebhooks(server.app)
    expect(await queued(hook.id)).toHaveLength(1)
  })
})

describe('tests', () => {
  test('say what is missing when there is nothing to show', async () => {
    const hook = await aHook()
    const missing = [
      ['push_events', 'Ensure the project has commits.'],
      ['job_events', 'Ensure the project has CI jobs.'],
      ['pipeline_events', 'Ensure the project has CI pipelines.'],
      ['deployment_events', 'Ensure the project has deployments.'],
      ['issues_events', 'Ensure the project has issues.'],
    ]
    for (const [trigger, message] of missing) {
      expect(await api().post(`${base}/${hook.id}/test/${trigger}`)).toMatchObject({ status: 422, body: { message } })
    }
  })

  test('show the newest thing of their kind', async () => {
    const hook = await aHook()
    await push(world)
    const developer = server.api(world.developer.token)
    await developer.post(`/projects/${world.project.id}/repository/tags`, { tag_name: 'v1', ref: 'main' })
    for (const trigger of ['push', 'tag_push', 'job', 'pipeline', 'deployment']) {
      expect(await api().post(`${base}/${hook.id}/test/${trigger}_events`)).toMatchObject({
        status: 201,
        body: { message: '201 Created' },
      })
    }
    expect(receiver.requests.map((one) => one.body.object_kind)).toEqual([
      'push',
      'tag_push',
      'build',
      'pipeline',
      'deployment',
    ])
    expect((await api().post(`${base}/${hook.id}/test/nothing_events`)).status).toBe(400)
    expect(await api().post(`${base}/${hook.id}/test/push_events`)).toMatchObject({
      status: 429,
      body: { message: { error: 'This endpoint has been requested too many times. Try again later.' } },
    })
    const other = server.api((await aMember(server, { project: world.project }, 'maintainer')).token)
    expect((await other.post(`${base}/${hook.id}/test/push_events`)).status).toBe(201)
  })
})

test('a project without hooks queues nothing', async () => {
  await gated()
  const rows = await server.db
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('project_id', '=', world.project.id)
    .execute()
  expect(rows).toEqual([])
})
