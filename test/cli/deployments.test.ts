import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aProject, aToken, aUser, type TestUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  protect,
  push,
  vote,
} from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { as, deadUrl, oneSentence, run } from './helpers/run.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  return () => server.stop()
})

let world: DeploymentWorld
let path: string
let id: number
let sha: string
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  path = world.project.full_path
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ access_level: 30 }],
    approval_rules: [
      { access_level: 40, required_approvals: 1 },
      { user_id: world.maintainer.id, required_approvals: 1 },
    ],
  })
  const pushed = await push(world)
  sha = pushed.sha
  id = (await deploymentOf(world, pushed.pipelineId)).id
})

const call = (who: TestUser, ...args: string[]) => run(['deployments', ...args], { env: as(who, server) })
const votes = () => server.db.selectFrom('deployment_approvals').selectAll().where('deployment_id', '=', id).execute()
const state = async () =>
  server.db.selectFrom('deployments').select('status').where('id', '=', id).executeTakeFirstOrThrow()

describe('pending', () => {
  test('shows what waits, where, since when and for whom', async () => {
    const done = await call(world.maintainer, 'pending')
    expect(done).toMatchObject({ code: 0, stderr: '' })
    const [head, row, ...more] = done.stdout.trimEnd().split('\n')
    expect(head).toMatch(/^PROJECT +ID +ENVIRONMENT +REF +COMMIT/)
    expect(row).toMatch(
      new RegExp(`^${path} +${id} +production +main +${sha.slice(0, 8)} +.* UTC +${world.developer.username}`),
    )
    expect(row).toContain(`1 × Maintainers (${world.maintainer.username}`)
    expect(row).toMatch(/approve, reject$/)
    expect(more).toEqual([])
  })

  test('--json is what the API answers', async () => {
    const done = await call(world.maintainer, 'pending', '--json')
    const api = await server.api(world.maintainer.token).get('/deployments/inbox')
    expect(JSON.parse(done.stdout)).toEqual(api.body)
    expect(JSON.parse(done.stdout)).toMatchObject([
      { id, pending_approval_count: 2, project: { path_with_namespace: path } },
    ])
  })

  test('--mine leaves out what others must decide', async () => {
    expect((await call(world.developer, 'pending', '--mine')).stdout).toBe('Nothing waits for approval.\n')
    expect((await call(world.developer, 'pending')).stdout).toContain(path)
    expect((await call(world.maintainer, 'pending', '--mine')).stdout).toContain(path)
  })

  test('--project by path and by id; one that cannot be seen is refused', async () => {
    const other = await aProject(server)
    for (const project of [path, path.toUpperCase(), String(world.project.id)]) {
      expect(JSON.parse((await call(world.maintainer, 'pending', '--json', '--project', project)).stdout)).toHaveLength(
        1,
      )
    }
    const refused = await call(world.maintainer, 'pending', '--project', other.full_path)
    expect(refused).toEqual({ code: 1, stdout: '', stderr: '404 Project Not Found\n' })
  })
})

describe('show', () => {
  test('says what would ship, what is missing and what this person can do', async () => {
    await vote(world, id, world.maintainer, { status: 'approved', comment: 'Looks\u001b[31m good\n' })
    const done = await call(world.developer, 'show', path, String(id))
    expect(done.code).toBe(0)
    const line = (name: string) => new RegExp(`^${name} +(.*)$`, 'm').exec(done.stdout)?.[1]
    expect(line('Deployment')).toBe(`${id} of ${path}`)
    expect(line('Environment')).toBe('production')
    expect(line('Commit')).toMatch(new RegExp(`^${sha} Change \\d+$`))
    expect(line('Status')).toBe('blocked, 1 approval missing')
    // What a person wrote cannot colour or move what another one reads.
    expect(line('Approved by')).toMatch(new RegExp(`^${world.maintainer.username}, .* UTC: Looks \\[31m good $`))
    expect(line('You')).toMatch(/^cannot approve: You cannot approve your own deployment/)
  })

  test('--json is what the API answers; a deployment that is not there is refused', async () => {
    const api = await server.api(world.maintainer.token).get(`/projects/${world.project.id}/deployments/${id}`)
    expect(JSON.parse((await call(world.maintainer, 'show', path, String(id), '--json')).stdout)).toEqual(api.body)
    expect(await call(world.maintainer, 'show', path, '999999')).toEqual({
      code: 1,
      stdout: '',
      stderr: '404 Not found\n',
    })
  })
})

describe('approve and reject', () => {
  test('T29 without a terminal and without --yes nothing is decided', async () => {
    for (const verb of ['approve', 'reject']) {
      const done = await run(['deployments', verb, path, String(id)], {
        env: as(world.maintainer, server),
        input: 'y\n',
      })
      expect(done).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('There is no terminal to ask on'),
      })
      expect(done.stderr).toMatch(oneSentence)
    }
    expect(await votes()).toEqual([])
  })

  test('--yes approves, with a comment, and tells what is still missing', async () => {
    const done = await call(world.maintainer, 'approve', path, String(id), '--yes', '--comment', 'Looks good')
    expect(done).toEqual({ code: 0, stdout: `Approved: deployment ${id} still waits for 1 approval.\n`, stderr: '' })
    expect(await votes()).toMatchObject([{ user_id: world.maintainer.id, status: 'approved', comment: 'Looks good' }])
    const last = await call(world.maintainer, 'approve', path, String(id), '--yes')
    expect(last.stdout).toBe(`Approved: nothing is missing any more, deployment ${id} is created.\n`)
    expect(await state()).toEqual({ status: 'created' })
  })

  test('reject fails the deployment', async () => {
    const done = await call(world.maintainer, 'reject', String(world.project.id), String(id), '--yes', '--json')
    expect(JSON.parse(done.stdout)).toMatchObject({ status: 'rejected', user: { id: world.maintainer.id } })
    expect(await state()).toEqual({ status: 'failed' })
    expect(await call(world.maintainer, 'approve', path, String(id), '--yes')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'This deployment is not waiting for approvals.\n',
    })
  })

  test('--as files the vote under a rule; an unknown one is refused in the words of the server', async () => {
    const refused = await call(world.maintainer, 'approve', path, String(id), '--yes', '--as', 'Nobody')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('There are no approval rules for') })
    const done = await call(world.maintainer, 'approve', path, String(id), '--yes', '--as', world.maintainer.name)
    expect(done.code).toBe(0)
    const rules = await server.db.selectFrom('approval_rules').select(['id', 'user_id']).execute()
    const [cast] = await votes()
    expect(rules.find((rule) => rule.id === cast?.approval_rule_id)).toMatchObject({ user_id: world.maintainer.id })
  })

  test('T24 --sha refuses another commit than the one that was looked at', async () => {
    const pushed = await push(world)
    id = (await deploymentOf(world, pushed.pipelineId)).id
    const other = await call(world.maintainer, 'approve', path, String(id), '--yes', '--sha', sha)
    expect(other).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`ships commit ${pushed.sha}, not ${sha}`),
    })
    expect(await votes()).toEqual([])
    const same = await call(world.maintainer, 'approve', path, String(id), '--yes', '--sha', pushed.sha.slice(0, 8))
    expect(same.code).toBe(0)
    expect(await votes()).toHaveLength(1)
  })

  test('the creator is told why not', async () => {
    const done = await call(world.developer, 'approve', path, String(id), '--yes')
    expect(done).toMatchObject({ code: 1, stderr: expect.stringMatching(/^You cannot approve your own deployment\./) })
    expect(await votes()).toEqual([])
  })

  test('T18 a token that only reads cannot vote', async () => {
    const { token } = await aToken(server, world.maintainer, ['read_api'])
    const done = await run(['deployments', 'approve', path, String(id), '--yes'], { env: as(token, server) })
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('requires higher privileges') })
    expect(await votes()).toEqual([])
  })

  test('somebody who cannot see the project learns nothing', async () => {
    const done = await call(await aUser(server), 'approve', path, String(id), '--yes')
    expect(done).toEqual({ code: 1, stdout: '', stderr: '404 Project Not Found\n' })
  })
})

describe('called wrongly', () => {
  test.each<[string, string[]]>([
    ['no id', ['approve', 'a/b']],
    ['an id that is none', ['approve', 'a/b', 'twelve']],
    ['a commit id that is too short to mean one', ['approve', 'a/b', '1', '--sha', 'abc1234']],
    ['an unknown option', ['pending', '--everything']],
    ['an unknown command', ['undo']],
    ['a status that there is not', ['update', 'a/b', '1', 'great']],
  ])('%s', async (_, args) => {
    const done = await call(world.maintainer, ...args)
    expect(done).toMatchObject({ code: 2, stdout: '' })
    expect(done.stderr).toMatch(oneSentence)
  })
})

test('a server that is not there', async () => {
  const url = await deadUrl()
  const commands = [
    ['pending'],
    ['show', 'a/b', '1'],
    ['approve', 'a/b', '1', '--yes'],
    ['update', 'a/b', '1', 'success'],
  ]
  for (const args of commands) {
    const done = await run(['deployments', ...args], { env: as(world.maintainer, { url }) })
    expect(done).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(`Cannot reach ${url}`) })
  }
})
