/** Commands of an unmodified GitLab Runner about itself: register, verify, reset-token, unregister. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { aRunnerHome, aRunnerToken, describeWithGitlabRunner, type RunnerHome } from '../helpers/gitlab-runner.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

describeWithGitlabRunner('GitLab Runner registers itself', () => {
  let server: TestServer
  let home: RunnerHome
  const root = () => server.api(server.rootToken)

  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    home = await aRunnerHome()
  })
  afterEach(() => home.dispose())

  const register = (...args: string[]) =>
    home.command(
      'register',
      '--non-interactive',
      '--url',
      server.url,
      '--executor',
      'shell',
      '--name',
      'shell',
      ...args,
    )

  async function managersOf(id: number): Promise<{ system_id: string; version: string; status: string }[]> {
    return (await root().get<{ system_id: string; version: string; status: string }[]>(`/runners/${id}/managers`)).body
  }

  it('with the token of a runner that somebody made, and leaves as one machine of it', async () => {
    const { id, token } = await aRunnerToken(server, { description: 'made by hand' })
    const registered = await register('--token', token)
    expect(registered).toMatchObject({ code: 0, output: expect.stringContaining('Runner registered successfully') })
    const config = await home.readConfig()
    expect(config).toContain(`id = ${id}\n`)
    expect(config).toContain(`token = "${token}"`)
    const [machine, ...others] = await managersOf(id)
    expect(machine?.system_id).toMatch(/^s_[0-9a-f]{12}$/)
    expect(machine?.version).toMatch(/^\d+\.\d+/)
    expect(others).toEqual([])

    const verified = await home.command('verify')
    expect(verified).toMatchObject({ code: 0, output: expect.stringMatching(/is (valid|alive)/) })

    const left = await home.command('unregister', '--name', 'shell')
    expect(left).toMatchObject({ code: 0, output: expect.stringMatching(/[Uu]nregist\w+ .*succeeded/) })
    expect(await managersOf(id)).toEqual([])
    expect((await root().get(`/runners/${id}`)).status).toBe(200)
  })

  it('with a registration token, with everything it asks for, and takes the runner away with it', async () => {
    const { token } = (await root().post<{ token: string }>('/runners/reset_registration_token')).body
    const options = ['--tag-list', 'shell,linux', '--run-untagged=false', '--locked=false', '--access-level']
    options.push('ref_protected', '--maximum-timeout', '1200', '--maintenance-note', 'ask Ada', '--paused')
    const registered = await register('--registration-token', token, ...options)
    expect(registered).toMatchObject({ code: 0, output: expect.stringContaining('Runner registered successfully') })
    const id = Number(/^\s*id = (\d+)$/m.exec(await home.readConfig())?.[1])
    expect((await root().get(`/runners/${id}`)).body).toMatchObject({
      description: 'shell',
      tag_list: ['linux', 'shell'],
      run_untagged: false,
      locked: false,
      access_level: 'ref_protected',
      maximum_timeout: 1200,
      maintenance_note: 'ask Ada',
      paused: true,
      runner_type: 'instance_type',
    })
    const left = await home.command('unregister', '--name', 'shell')
    expect(left).toMatchObject({ code: 0, output: expect.stringMatching(/[Uu]nregist\w+ .*succeeded/) })
    expect((await root().get(`/runners/${id}`)).status).toBe(404)
  })

  it('with a project token, and serves that project', async () => {
    const project = (await root().post<{ id: number }>('/projects', { name: 'served' })).body
    const path = `/projects/${project.id}/runners/reset_registration_token`
    const { token } = (await root().post<{ token: string }>(path)).body
    expect((await register('--registration-token', token)).code).toBe(0)
    const { body } = await root().get<{ runner_type: string }[]>(`/projects/${project.id}/runners?type=project_type`)
    expect(body).toMatchObject([{ runner_type: 'project_type', description: 'shell' }])
  })

  it.each([
    ['an unknown registration token', ['--registration-token', 'nobody-gave-this']],
    ['an unknown runner token', ['--token', 'glrt-nobody-gave-this-one']],
  ])('not with %s', async (_, args) => {
    const refused = await register(...args)
    expect(refused.code).not.toBe(0)
    expect(refused.output).toMatch(/403 Forbidden|is not valid/)
    expect(refused.output).not.toContain('registered successfully')
  })

  it('gets another token, after which the old one is nobody', async () => {
    const { id, token } = await aRunnerToken(server)
    await register('--token', token)
    const reset = await home.command('reset-token', '--name', 'shell')
    expect(reset.output).toMatch(/Resetting runner authentication token.*succeeded/)
    const config = await home.readConfig()
    expect(config).not.toContain(token)
    expect(config).toContain(`id = ${id}\n`)
    expect((await home.command('verify')).output).toMatch(/is (valid|alive)/)
    expect((await server.api().post('/runners/verify', { token })).status).toBe(403)
  })

  it('learns that its runner was deleted', async () => {
    const { id, token } = await aRunnerToken(server)
    await register('--token', token)
    expect((await root().delete(`/runners/${id}`)).status).toBe(204)
    const verified = await home.command('verify')
    expect(verified.code).not.toBe(0)
    expect(verified.output).toMatch(/is (removed|not valid)|Failed to verify/i)
  })
})
