/** One place with something of everything in it, so that every operation of the API can succeed for somebody. */

import { digestPassword } from '../../../src/app/password.ts'
import type { JobPayload } from '../../../src/contract/job-payload.ts'
import { digestOf } from '../../../src/db/digest.ts'
import type { Project } from '../../../src/db/projects.ts'
import { insertSession } from '../../../src/db/sessions.ts'
import { inTransaction } from '../../../src/db/transaction.ts'
import { csrfToken } from '../../../src/http/csrf.ts'
import { aGroup, aMember, aProject, aToken, aUser, type Role, type TestUser } from '../../helpers/builders.ts'
import { deploymentOf, push } from '../../helpers/deployment-world.ts'
import { aReceiver } from '../../helpers/hook-receiver.ts'
import type { TestServer } from '../../helpers/server.ts'
import { aRunner, type TestRunner } from '../../helpers/test-runner.ts'
import { zipOf } from '../../helpers/zip.ts'

export type World = Awaited<ReturnType<typeof buildWorld>>

const file = `stages: [build, deploy]
workflow: { auto_cancel: { on_new_commit: none } }
compile: { stage: build, script: [make], artifacts: { paths: [out/] } }
rails: { stage: build, script: [make], resource_group: line }
by-hand: { stage: build, script: [make], when: manual }
production: { stage: deploy, needs: [], script: [./ship], environment: production }
`

export const password = 'a password of the permission tests'

/** What the operations are about, and the people who call them. Read it top down: each part needs those before it. */
export async function buildWorld(server: TestServer) {
  const root = server.api(server.rootToken)
  const group = await aGroup(server, { path: 'acme' })
  const project = await aProject(server, { path: 'shop', group })
  const depot = await aProject(server, { path: 'depot', group })
  const elsewhere = await aProject(server, { path: 'elsewhere' })
  /** Groups to share with, one of them shared with already. */
  const friends = await aGroup(server, { path: 'friends', visibility: 'public' })
  const partners = await aGroup(server, { path: 'partners', visibility: 'public' })

  const person = (username: string) => aUser(server, { username })
  const member = async (role: Role) => aMember(server, { group }, role, { user: await person(`${role}`) })
  const people = {
    outsider: await person('outsider'),
    guest: await member('guest'),
    planner: await member('planner'),
    reporter: await member('reporter'),
    developer: await member('developer'),
    maintainer: await member('maintainer'),
    owner: await member('owner'),
    admin: await aUser(server, { username: 'boss', admin: true }),
    blocked: await aMember(server, { group }, 'owner', { user: await aUser(server, { username: 'blocked' }) }),
  }
  /** Makes the pipelines and deployments, so that everybody else may decide about them. */
  const creator = await aMember(server, { group }, 'owner', { user: await person('creator') })
  await aMember(server, { project: elsewhere }, 'owner', { user: creator })
  /** Whom other people's calls are about. */
  const someone = await aMember(server, { group }, 'guest', { user: await person('someone') })
  await aMember(server, { project }, 'reporter', { user: someone })
  const stranger = await person('stranger')
  const sleeper = await aUser(server, { username: 'sleeper', state: 'deactivated' })
  await setUp(server, { someone, owner: people.owner, blocked: people.blocked })

  const api = server.api(creator.token)
  const at = `/projects/${project.id}`
  await post(root, `/groups/${group.id}/share`, { group_id: partners.id, group_access: 10 })
  await post(root, `${at}/share`, { group_id: partners.id, group_access: 10 })
  for (const place of ['/admin/ci', `/groups/${group.id}`, at]) {
    await post(root, `${place}/variables`, { key: 'COLOUR', value: 'green' })
  }
  const freeze = await post<Row>(root, `${at}/freeze_periods`, {
    freeze_start: '0 0 30 12 *',
    freeze_end: '0 0 31 12 *',
  })
  const trigger = await post<Row & Token>(server.api(people.owner.token), `${at}/triggers`, {
    description: 'from outside',
  })
  const token = { name: 'robot', scopes: ['api'], expires_at: '2099-01-01' }
  const projectBot = await post<Row & Token>(root, `${at}/access_tokens`, { ...token, access_level: 40 })
  const groupBot = await post<Row & Token>(root, `/groups/${group.id}/access_tokens`, { ...token, access_level: 50 })

  const runner = await aRunner(server, { projectId: project.id })
  const deployer = { server, project, operators: group, developer: creator, maintainer: creator }
  const past = await push(deployer, file, creator, { 'README.md': 'Read me', 'docs/guide.md': 'A guide' })
  const finished = await begin(runner)
  await upload(server, finished)
  await runner.log(finished, 0, 'hello\n')
  await runner.update(finished, 'success')
  for (let job = await runner.request(); job; job = await runner.request()) await runner.finish(job)
  const protection = {
    deploy_access_levels: [{ access_level: 40 }],
    approval_rules: [{ access_level: 40, required_approvals: 2 }],
  }
  await post(root, `${at}/protected_environments`, { name: 'production', ...protection })
  await post(root, `/groups/${group.id}/protected_environments`, { name: 'testing', ...protection })
  const now = await push(deployer, file, creator)
  const running = await begin(runner)
  const later = await push(deployer, file, creator)
  const jobToken = await runningElsewhere(server, elsewhere, creator)
  const blocked = await deploymentOf(deployer, later.pipelineId)

  const schedule = await post<Row>(server.api(people.owner.token), `${at}/pipeline_schedules`, {
    description: 'x',
    ref: 'main',
    cron: '0 0 1 1 *',
  })
  await post(server.api(people.owner.token), `${at}/pipeline_schedules/${schedule.id}/variables`, {
    key: 'COLOUR',
    value: 'green',
  })

  const external = { environment: 'staging', sha: past.sha, ref: 'main', tag: false }
  const older = await post<Deployment>(api, `${at}/deployments`, { ...external, status: 'success' })
  await post(api, `${at}/deployments`, { ...external, sha: now.sha, status: 'success' })
  const ongoing = await post<Deployment>(api, `${at}/deployments`, { ...external, status: 'running' })
  const old = await post<Row>(api, `${at}/environments`, { name: 'old' })
  const review = await post<Row>(api, `${at}/environments`, { name: 'review/old' })
  for (const { id } of [old, review]) await post(api, `${at}/environments/${id}/stop`, {})
  await post(api, `${at}/repository/branches`, { branch: 'feature', ref: 'main' })
  await post(api, `${at}/repository/tags`, { tag_name: 'v1', ref: 'main' })

  const receiver = await aReceiver()
  await root.put('/application/settings', { allow_local_requests_from_web_hooks_and_services: true })
  const hookOf = async (place: string) => {
    const { id } = await post<Row>(root, `${place}/hooks`, { url: receiver.url })
    for (const kind of ['custom_headers', 'url_variables']) {
      await root.put(`${place}/hooks/${id}/${kind}/COLOUR`, { value: 'green' })
    }
    await post(root, `${place}/hooks/${id}/test/push_events`, {})
    const { body } = await root.get<Row[]>(`${place}/hooks/${id}/events`)
    return { id, event: body[0]?.id ?? 0 }
  }
  const hooks = { project: await hookOf(at), group: await hookOf(`/groups/${group.id}`) }

  const ofBoth = await aRunner(server, { projectId: project.id })
  const ofDepot = await aRunner(server, { projectId: depot.id })
  await post(root, `/projects/${depot.id}/runners`, { runner_id: ofBoth.id })
  const { token: registration } = await post<Token>(root, `${at}/runners/reset_registration_token`, {})
  const blob = await root.get<{ blob_id: string }>(`${at}/repository/files/README.md?ref=main`)
  const job = (name: string, pipelineId: number) => jobId(server, name, pipelineId)

  return {
    group,
    project,
    friends,
    partners,
    creator,
    someone,
    stranger,
    sleeper,
    people,
    sha: past.sha,
    blob: blob.body.blob_id,
    pipelines: { past: past.pipelineId, now: now.pipelineId, later: later.pipelineId },
    jobs: {
      finished: finished.id,
      running: running.id,
      manual: await job('by-hand', later.pipelineId),
      blocked: blocked.jobId,
    },
    deployments: { blocked: blocked.id, older: older.id, ongoing: ongoing.id },
    environments: { staging: ongoing.environment.id, old: old.id, production: await environmentOf(server, blocked.id) },
    freeze: freeze.id,
    hooks,
    close: () => receiver.stop(),
    schedule: schedule.id,
    trigger: trigger.id,
    machine: await machineOf(server, runner.id),
    runners: { own: runner.id, ofBoth: ofBoth.id, ofDepot: ofDepot.id },
    audit: await auditEvents(server, { project: project.id, group: group.id }),
    tokens: {
      someone: (await aToken(server, someone)).id,
      project: projectBot.id,
      group: groupBot.id,
    },
    secrets: {
      admin: (scope: string) => aToken(server, people.admin, [scope]).then((made) => made.token),
      projectBot: projectBot.token,
      groupBot: groupBot.token,
      job: running.token,
      jobElsewhere: jobToken,
      runner: runner.token,
      trigger: trigger.token,
      registration,
      session: await aSession(server, people.owner),
    },
  }
}

interface Row {
  readonly id: number
}
interface Token {
  readonly token: string
}
interface Deployment extends Row {
  readonly environment: Row
}

async function post<T>(api: ReturnType<TestServer['api']>, path: string, body: object): Promise<T> {
  const answer = await api.post<T>(path, body)
  if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

async function begin(runner: TestRunner): Promise<JobPayload> {
  const job = await runner.request()
  if (!job) throw new Error('the runner got no job')
  await runner.update(job, 'running')
  return job
}

async function upload(server: TestServer, job: JobPayload): Promise<void> {
  const form = new FormData()
  form.append(
    'file',
    new Blob([new Uint8Array(zipOf([{ name: 'out/app.txt', data: 'the application' }]))]),
    'artifacts.zip',
  )
  const url = `${server.url}/api/v4/jobs/${job.id}/artifacts`
  const response = await fetch(url, { method: 'POST', headers: { 'job-token': job.token }, body: form })
  if (response.status !== 201) throw new Error(`artifacts: ${response.status} ${await response.text()}`)
}

/** The token of a job that runs in another project, whose person is an Owner here. */
async function runningElsewhere(server: TestServer, project: Project, creator: TestUser): Promise<string> {
  const runner = await aRunner(server, { projectId: project.id })
  await push(
    { server, project, operators: project as never, developer: creator, maintainer: creator },
    'job: { script: [make] }',
  )
  return (await begin(runner)).token
}

async function jobId(server: TestServer, name: string, pipelineId: number): Promise<number> {
  const rows = server.db.selectFrom('jobs').select('id').where('name', '=', name).where('pipeline_id', '=', pipelineId)
  return (await rows.executeTakeFirstOrThrow()).id
}

async function environmentOf(server: TestServer, deploymentId: number): Promise<number> {
  const rows = server.db.selectFrom('deployments').select('environment_id as id').where('id', '=', deploymentId)
  return (await rows.executeTakeFirstOrThrow()).id
}

async function machineOf(server: TestServer, runnerId: number): Promise<string> {
  const rows = server.db.selectFrom('runner_managers').select('system_id as id').where('runner_id', '=', runnerId)
  return (await rows.executeTakeFirstOrThrow()).id
}

async function setUp(
  server: TestServer,
  people: { someone: TestUser; owner: TestUser; blocked: TestUser },
): Promise<void> {
  const password_digest = await digestPassword(password)
  await inTransaction(server.app.db, async (tx) => {
    await tx
      .updateTable('users')
      .set({ password_digest })
      .where('id', 'in', [people.someone.id, people.owner.id])
      .execute()
    await tx.updateTable('users').set({ state: 'blocked' }).where('id', '=', people.blocked.id).execute()
  })
}

/** The newest event on record about each, which a Maintainer did not cause. */
async function auditEvents(server: TestServer, of: { project: number; group: number }) {
  const newest = async (type: 'Project' | 'Group', id: number) => {
    const rows = server.db
      .selectFrom('audit_events')
      .select('id')
      .where('entity_type', '=', type)
      .where('entity_id', '=', id)
    return (await rows.orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()).id
  }
  return { project: await newest('Project', of.project), group: await newest('Group', of.group) }
}

async function aSession(server: TestServer, user: TestUser): Promise<{ cookie: string; csrf: string }> {
  const token = 'session-of-the-permission-tests'
  const session = { userId: user.id, digest: digestOf(token), ip: null, userAgent: null }
  await inTransaction(server.app.db, (tx) => insertSession(tx, session))
  return { cookie: `_gitlab_session=${token}`, csrf: csrfToken(token) }
}
