import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, push, seedFile } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { as, deadUrl, oneSentence, run, scratchDir } from './helpers/run.ts'

let server: TestServer
let world: DeploymentWorld
let folder: Awaited<ReturnType<typeof scratchDir>>
beforeAll(async () => {
  server = await startTestServer()
  world = await aDeploymentWorld(server)
  await push(world)
  folder = await scratchDir()
  await writeFile(join(folder.path, '.gitlab-ci.yml'), seedFile)
  return async () => {
    await folder.remove()
    await server.stop()
  }
})

const lint = (...args: string[]) =>
  run(['ci', 'lint', '--project', world.project.full_path, ...args], {
    env: as(world.developer, server),
    cwd: folder.path,
  })

describe('ci lint', () => {
  test('a valid file, by its usual name', async () => {
    expect(await lint()).toEqual({ code: 0, stdout: '.gitlab-ci.yml is valid.\n', stderr: '' })
  })

  test('--jobs', async () => {
    const done = await lint('--jobs')
    expect(done.stdout).toMatch(/^STAGE +JOB/)
    expect(done.stdout).toMatch(/^deploy +production +on_success/m)
  })

  test('an invalid file ends with 1 and says where', async () => {
    await writeFile(join(folder.path, 'broken.yml'), 'build:\n  scrip: make\n')
    const done = await lint('broken.yml')
    expect(done.code).toBe(1)
    expect(done.stdout).toMatch(/^\S+:\d+:\d+: .*build/m)
    expect(done.stdout).toMatch(/^broken\.yml is not valid\.$/m)
  })

  test('from standard input, as JSON', async () => {
    const done = await run(['ci', 'lint', '-', '--project', world.project.full_path, '--json'], {
      env: as(world.developer, server),
      input: 'build:\n  script: make\n  stage: nowhere\n',
    })
    expect(done.code).toBe(1)
    expect(JSON.parse(done.stdout)).toMatchObject({ valid: false, errors: [expect.stringContaining('nowhere')] })
  })

  test('without a project it says that a server is needed', async () => {
    const done = await run(['ci', 'lint'], { cwd: folder.path })
    expect(done).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--project') })
    expect(done.stderr).toMatch(oneSentence)
  })

  test('a file that is not there is wrong usage', async () => {
    expect(await lint('nowhere.yml')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('nowhere.yml'),
    })
  })

  test('a project that is not there is refused, a server that is not there unreachable', async () => {
    const options = { env: as(world.developer, server), cwd: folder.path }
    expect(await run(['ci', 'lint', '--project', 'no/where'], options)).toMatchObject({
      code: 1,
      stderr: '404 Project Not Found\n',
    })
    const gone = { env: as(world.developer, { url: await deadUrl() }), cwd: folder.path }
    expect(await run(['ci', 'lint', '--project', 'a/b'], gone)).toMatchObject({ code: 3, stdout: '' })
  })
})
