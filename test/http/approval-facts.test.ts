/**
 * Votes fact by fact: sections 1.2, 1.8 and 2 of the reference gitlab-deployments.md, over HTTP. Only what is not in
 * approvals.test.ts, approval-rules.test.ts, protection-gate.test.ts and the domain's own tables.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DeploymentExtended } from '../../src/contract/deployments.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aGroup, aMember, aProject, type TestUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  anOperator,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  seedFile,
  vote,
} from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld
/** `/projects/:id`. */
let at: string

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  await inviteOperators(world)
  at = `/projects/${world.project.id}`
})

const approved = { status: 'approved' }
const rejected = { status: 'rejected' }
const deployers = () => ({ name: 'production', deploy_access_levels: [{ group_id: world.operators.id }] })
const as = (user: TestUser) => server.api(user.token)
const read = async (id: number) => (await as(world.developer).get<DeploymentExtended>(`${at}/deployments/${id}`)).body

/** Operators approve, as many as it says; then a push that waits. */
async function waiting(required = 1) {
  const rules = [{ group_id: world.operators.id, required_approvals: required }]
  const entry = await protect(world, { ...deployers(), approval_rules: rules })
  const { pipelineId } = await push(world)
  return { ...(await deploymentOf(world, pipelineId)), pipelineId, ruleId: entry.approval_rules[0]?.id }
}

async function deploy(): Promise<void> {
  const runner = await aRunner(server, { projectId: world.project.id })
  const job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.finish(job)
}

/** Another group that belongs to the project, with its member. */
async function invited(name: string, path: string, member: TestUser): Promise<number> {
  const group = await aGroup(server, { name, path })
  const link = { project_id: world.project.id, group_id: group.id, group_access: 30 as const }
  await inTransaction(server.db, (tx) => tx.insertInto('project_group_links').values(link).execute())
  await aMember(server, { group }, 'developer', { user: member })
  return group.id
}

describe('1.2, 1.8 what a vote looks like', () => {
  test('in the answer and in the deployment: who, what, when and why, and neither an id nor a rule', async () => {
    const { id } = await waiting(2)
    const answer = await vote(world, id, world.maintainer, { ...approved, comment: 'fine' })
    const shown = {
      user: expect.objectContaining({ id: world.maintainer.id, username: world.maintainer.username }),
      status: 'approved',
      created_at: expect.stringMatching(/Z$/),
      comment: 'fine',
    }
    expect([answer.status, answer.body]).toEqual([201, shown])
    const { approvals, approval_summary } = await read(id)
    expect(approvals).toEqual([{ ...shown, counts: true }])
    expect(approval_summary.rules[0]?.deployment_approvals).toEqual([shown])
    expect((await vote(world, id, await anOperator(world), approved)).body).toMatchObject({ comment: null })
  })

  test('the summary has every rule with its subject, its name and its numbers', async () => {
    const rules = [
      { user_id: world.maintainer.id },
      { group_id: world.operators.id, required_approvals: 3 },
      { access_level: 40 },
      { access_level: 30, required_approvals: 2 },
    ]
    const { approval_rules } = await protect(world, { ...deployers(), approval_rules: rules })
    const { id } = await deploymentOf(world, (await push(world)).pipelineId)
    const rule = (index: number, of: object) => ({
      id: approval_rules[index]?.id,
      user_id: null,
      group_id: null,
      access_level: null,
      required_approvals: 1,
      group_inheritance_type: 0,
      deployment_approvals: [],
      ...of,
    })
    const body = await read(id)
    expect(body.approval_summary).toEqual({
      rules: [
        rule(0, { user_id: world.maintainer.id, access_level_description: world.maintainer.name }),
        rule(1, {
          group_id: world.operators.id,
          access_level_description: world.operators.name,
          required_approvals: 3,
        }),
        rule(2, { access_level: 40, access_level_description: 'Maintainers' }),
        rule(3, { access_level: 30, access_level_description: 'Developers + Maintainers', required_approvals: 2 }),
      ],
    })
    // 2.3: the sum over the rules.
    expect(body.pending_approval_count).toBe(7)
  })

  test('ours: deployment_approvals are those of this deployment, though others were approved under the rule', async () => {
    const first = await waiting(2)
    await vote(world, first.id, world.maintainer, approved)
    const second = await deploymentOf(world, (await push(world)).pipelineId)
    const given = async (id: number) => {
      const { approvals, approval_summary } = await read(id)
      return [approvals.length, ...approval_summary.rules.map((rule) => rule.deployment_approvals.length)]
    }
    expect(await given(first.id)).toEqual([1, 1])
    expect(await given(second.id)).toEqual([0, 0])
  })

  test('a deployment of another project takes no vote', async () => {
    const { id } = await waiting()
    const other = await aDeploymentWorld(server)
    const answer = await as(other.maintainer).post(`/projects/${other.project.id}/deployments/${id}/approval`, approved)
    expect(answer).toMatchObject({ status: 404, body: { message: '404 Not found' } })
  })
})

describe('2.2 jobs that deploy nothing', () => {
  test('prepare, verify, access and stop make no deployment and wait for no approval', async () => {
    await protect(world, { ...deployers(), approval_rules: [{ group_id: world.operators.id }] })
    const actions = ['prepare', 'verify', 'access', 'stop']
    const file = actions.map((action) => `${action}: {script: [x], environment: {name: production, action: ${action}}}`)
    const { pipelineId } = await push(world, file.join('\n'))
    const jobs = await server.db.selectFrom('jobs').select('status').where('pipeline_id', '=', pipelineId).execute()
    expect(jobs.map(({ status }) => status)).toEqual(actions.map(() => 'pending'))
    expect((await as(world.developer).get(`${at}/deployments`)).body).toEqual([])
  })
})

test('2.2 a manual job that nothing protects makes a blocked deployment that waits for no approval', async () => {
  const { id } = await deploymentOf(world, (await push(world, `${seedFile}  when: manual\n`)).pipelineId)
  expect(await read(id)).toMatchObject({
    status: 'blocked',
    pending_approval_count: 0,
    deployable: { status: 'manual' },
  })
})

describe('2.3 counting', () => {
  test('rules are judged as they are now, also for deployments that are finished', async () => {
    const { id, ruleId } = await waiting()
    await vote(world, id, world.maintainer, approved)
    await deploy()
    expect(await read(id)).toMatchObject({ status: 'success', pending_approval_count: 0 })
    const change = (body: object) => as(world.maintainer).put(`${at}/protected_environments/production`, body)
    await change({ approval_rules: [{ access_level: 40, required_approvals: 2 }] })
    expect(await read(id)).toMatchObject({ status: 'success', pending_approval_count: 2 })
    // Waiting is more than a count: 2.9, ours.
    expect(await vote(world, id, world.maintainer, approved)).toMatchObject({
      status: 400,
      body: { message: 'This deployment is not waiting for approvals.' },
    })
    // A vote whose rule is gone is shown, and counts for nothing.
    await change({ approval_rules: [{ id: ruleId, _destroy: true }] })
    const { approvals, approval_summary } = await read(id)
    expect(approvals).toMatchObject([{ status: 'approved', counts: false }])
    expect(approval_summary.rules.map((rule) => rule.deployment_approvals)).toEqual([[]])
    await as(world.maintainer).delete(`${at}/protected_environments/production`)
    expect(await read(id)).toMatchObject({ pending_approval_count: 0, approval_summary: { rules: [] } })
  })

  test('every group above adds its rules by tier, and all must be met', async () => {
    const top = await aGroup(server)
    const group = await aGroup(server, { parent: top })
    const project = await aProject(server, { group })
    await aMember(server, { project }, 'developer', { user: world.developer })
    const owner = await aMember(server, { group: top }, 'owner')
    for (const { id } of [top, group]) {
      const body = {
        name: 'production',
        deploy_access_levels: [{ access_level: 40 }],
        approval_rules: [{ user_id: owner.id }],
      }
      expect((await as(owner).post(`/groups/${id}/protected_environments`, body)).status).toBe(201)
    }
    const job = (name: string) => `${name}: {script: [x], environment: ${name}}`
    const { pipelineId } = await push({ ...world, project }, `${job('live')}\n${job('prod')}\n${job('staging')}`)
    const of = async (environment: string) => {
      const { id, status } = await deploymentOf(world, pipelineId, environment)
      const path = `/projects/${project.id}/deployments/${id}`
      const { body } = await as(world.developer).get<DeploymentExtended>(path)
      return [status, body.pending_approval_count, body.approval_summary.rules.length]
    }
    expect(await of('live')).toEqual(['blocked', 2, 2])
    expect(await of('prod')).toEqual(['blocked', 2, 2])
    expect(await of('staging')).toEqual(['created', 0, 0])
  })

  test('a rejection takes nothing off what is pending', async () => {
    const { id } = await waiting(2)
    await vote(world, id, world.maintainer, rejected)
    expect(await read(id)).toMatchObject({ status: 'failed', pending_approval_count: 2 })
  })
})

describe('2.6 who may approve', () => {
  test('deploying is of no matter: an approver may not have to, a deployer alone may not vote', async () => {
    const approver = await aMember(server, { project: world.project }, 'reporter')
    const id = await invited('Quality', `qa-${approver.id}`, approver)
    await protect(world, { ...deployers(), approval_rules: [{ group_id: id }] })
    const deployment = await deploymentOf(world, (await push(world)).pipelineId)
    expect((await vote(world, deployment.id, await anOperator(world), approved)).status).toBe(400)
    expect((await vote(world, deployment.id, approver, approved)).status).toBe(201)
  })

  test('whoever plays the job is not its creator', async () => {
    await protect(world, { ...deployers(), start: 'manual', required_approval_count: 1 })
    const { id, jobId } = await deploymentOf(world, (await push(world)).pipelineId)
    await vote(world, id, world.maintainer, approved)
    expect((await as(world.maintainer).post(`${at}/jobs/${jobId}/play`)).status).toBe(200)
    expect(await read(id)).toMatchObject({
      // Played and not yet with a runner: still blocked (2.2).
      status: 'blocked',
      user: { id: world.developer.id },
      deployable: { status: 'pending', user: { id: world.maintainer.id } },
    })
  })
})

describe('2.7 the names of rules', () => {
  test('a person’s and a group’s name, not their username or path; a role’s label; nothing is no name', async () => {
    const { maintainer } = world
    const group = await invited('Release Managers', `rm-${maintainer.id}`, maintainer)
    const rules = [{ user_id: maintainer.id }, { group_id: group }, { access_level: 40 }, { access_level: 30 }]
    const entry = rules.map((rule) => ({ ...rule, required_approvals: rule.access_level ? 2 : 1 }))
    await protect(world, { ...deployers(), approval_rules: entry })
    const { id } = await deploymentOf(world, (await push(world)).pipelineId)
    const under = async () => (await read(id)).approval_summary.rules.map((rule) => rule.deployment_approvals.length)
    const voteAs = (represented_as: string) => vote(world, id, maintainer, { ...approved, represented_as })
    const nobody = [`rm-${maintainer.id}`, maintainer.username.toUpperCase(), 'release managers', 'Owners']
    for (const name of nobody) expect([name, (await voteAs(name)).status]).toEqual([name, 400])
    expect(await under()).toEqual([0, 0, 0, 0])
    expect((await voteAs('')).status).toBe(201)
    expect(await under()).toEqual([1, 0, 0, 0])
    expect((await voteAs('Release')).status).toBe(201)
    expect(await under()).toEqual([1, 1, 0, 0])
    // Exact before a part: `Developers + Maintainers` has it too.
    expect((await voteAs('Maintainers')).status).toBe(201)
    expect(await under()).toEqual([1, 1, 1, 0])
    expect((await voteAs('Developers')).status).toBe(201)
    expect(await under()).toEqual([1, 1, 1, 1])
  })
})

describe('2.8 repeating and changing a vote', () => {
  test('the same again changes and tells nothing; another replaces it and its comment, and keeps its time', async () => {
    await as(world.maintainer).post(`${at}/hooks`, { url: 'http://hooks.example.org', deployment_events: true })
    const { id, jobId } = await waiting(2)
    const told = async () => {
      const audit = server.db.selectFrom('audit_events').select('event_name').where('entity_id', '=', world.project.id)
      const votes = audit.where('event_name', 'in', ['deployment_approved', 'deployment_rejected']).orderBy('id')
      const events = await votes.execute()
      const hooks = server.db.selectFrom('webhook_deliveries').select('id').where('project_id', '=', world.project.id)
      return { audit: events.map((event) => event.event_name), hooks: (await hooks.execute()).length }
    }
    const first = await vote(world, id, world.maintainer, { ...approved, comment: 'fine' })
    const once = await told()
    expect(once).toMatchObject({ audit: ['deployment_approved'] })
    const again = await vote(world, id, world.maintainer, { ...approved, comment: 'very fine' })
    expect([again.status, again.body]).toEqual([201, first.body])
    expect((await read(id)).approvals).toMatchObject([{ comment: 'fine' }])
    expect(await told()).toEqual(once)

    const changed = await vote(world, id, world.maintainer, rejected)
    expect([changed.status, changed.body]).toEqual([201, { ...first.body, status: 'rejected', comment: null }])
    expect((await read(id)).approvals).toHaveLength(1)
    // 2.10: the vote, and the failure that follows from it.
    expect(await told()).toEqual({ audit: ['deployment_approved', 'deployment_rejected'], hooks: once.hooks + 2 })
    expect((await as(world.developer).get(`${at}/jobs/${jobId}`)).body).toMatchObject({
      status: 'failed',
      failure_reason: 'deployment_rejected',
    })
    // Ours (product.md): what is decided takes no vote, where GitLab answers 201 without effect.
    for (const more of [rejected, approved]) expect((await vote(world, id, world.maintainer, more)).status).toBe(400)
  })

  test('the vote that is repeated is the one that is answered', async () => {
    const { maintainer } = world
    const [a, b] = [
      await invited('A', `a-${maintainer.id}`, maintainer),
      await invited('B', `b-${maintainer.id}`, maintainer),
    ]
    const rules = [a, b].map((group_id) => ({ group_id, required_approvals: 2 }))
    await protect(world, { ...deployers(), approval_rules: rules })
    const { id } = await deploymentOf(world, (await push(world)).pipelineId)
    const voteAs = async (represented_as: string, comment: string) =>
      (await vote(world, id, maintainer, { ...approved, represented_as, comment })).body
    expect(await voteAs('A', 'for a')).toMatchObject({ comment: 'for a' })
    expect(await voteAs('B', 'for b')).toMatchObject({ comment: 'for b' })
    expect(await voteAs('A', 'again')).toMatchObject({ comment: 'for a' })
    expect(await voteAs('B', 'again')).toMatchObject({ comment: 'for b' })
  })
})

test('2.9 a deployment from before there were rules takes no vote (ours: GitLab would record one)', async () => {
  const { pipelineId } = await push(world)
  await deploy()
  await protect(world, { ...deployers(), approval_rules: [{ group_id: world.operators.id }] })
  const { id } = await deploymentOf(world, pipelineId)
  expect(await vote(world, id, world.maintainer, approved)).toMatchObject({
    status: 400,
    body: { message: 'This deployment is not waiting for approvals.' },
  })
})

test('2.10 a rejection fails the deployment of an external tool (ours: GitLab leaves it)', async () => {
  await protect(world, { ...deployers(), approval_rules: [{ group_id: world.operators.id }] })
  const { sha } = await push(world, 'build: {script: [x]}')
  const body = { environment: 'production', sha, ref: 'main', tag: false, status: 'running' }
  const { id } = (await as(world.developer).post<DeploymentExtended>(`${at}/deployments`, body)).body
  expect((await vote(world, id, world.maintainer, rejected)).status).toBe(201)
  expect(await read(id)).toMatchObject({ status: 'failed', approvals: [{ status: 'rejected' }] })
  const change = await as(world.developer).put(`${at}/deployments/${id}`, { status: 'success' })
  expect(change).toMatchObject({ status: 403, body: { message: '403 Forbidden - This deployment job was rejected.' } })
})

test('2.11 a rollback is a new deployment of whoever asked for it, and needs new approvals', async () => {
  const first = await waiting()
  await vote(world, first.id, world.maintainer, approved)
  await deploy()
  const second = await deploymentOf(world, (await push(world, `${seedFile}# newer\n`)).pipelineId)
  await vote(world, second.id, world.maintainer, approved)
  await deploy()
  const operator = await anOperator(world)
  const old = await read(first.id)
  const retried = await as(operator).post<{ id: number }>(`${at}/jobs/${first.jobId}/retry`)
  expect(retried.status).toBe(201)
  const rollback = await deploymentOf(world, first.pipelineId)
  expect(rollback).toMatchObject({ jobId: retried.body.id, status: 'blocked', jobStatus: 'manual' })
  const shown = await read(rollback.id)
  expect(shown).toMatchObject({ user: { id: operator.id }, approvals: [], pending_approval_count: 1, sha: old.sha })
  expect(shown.iid).toBeGreaterThan((await read(second.id)).iid)
  expect((await read(first.id)).approvals).toEqual(old.approvals)
  // The retrier is the creator now; the creator of then is somebody else.
  expect((await vote(world, rollback.id, operator, approved)).status).toBe(400)
  expect((await vote(world, rollback.id, world.developer, approved)).status).toBe(201)
})

test('2.13 a job tells why it failed: its environment cannot have that name', async () => {
  const { pipelineId } = await push(world, 'ship: {script: [x], environment: "$NAME"}\nvariables: {NAME: "a b!"}')
  const { body } = await as(world.developer).get(`${at}/pipelines/${pipelineId}/jobs`)
  expect(body).toMatchObject([{ status: 'failed', failure_reason: 'environment_creation_failure' }])
})

test('2.1 stopping an environment leaves a blocked deployment blocked', async () => {
  const blocked = await waiting()
  const { environment } = await read(blocked.id)
  const stop = await as(world.developer).post(`${at}/environments/${environment.id}/stop`, { force: true })
  expect(stop.status).toBe(200)
  expect(await deploymentOf(world, blocked.pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
})
