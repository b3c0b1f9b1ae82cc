/** What a runner is told about a job: its sources, its place, its steps. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { aGroup, aMember, aProject } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())

/** The first job of a file, as an instance runner gets it. */
async function payloadOf(file: string, world?: DeploymentWorld): Promise<JobPayload> {
  const place = world ?? (await aDeploymentWorld(server))
  await push(place, file)
  const job = await (await aRunner(server)).request()
  if (!job) throw new Error('no job')
  return job
}

describe('the sources', () => {
  // GitLab: a shallow clone gets its own ref, a complete one every branch and tag.
  test.each<[string, string, number, string[]]>([
    ['by default', '', 20, ['+refs/heads/main:refs/remotes/origin/main']],
    ['with a depth', 'variables: {GIT_DEPTH: "3"}', 3, ['+refs/heads/main:refs/remotes/origin/main']],
    [
      'with none',
      'variables: {GIT_DEPTH: "0"}',
      0,
      ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'],
    ],
  ])('%s', async (_, variables, depth, refspecs) => {
    const { git_info } = await payloadOf(`one:\n  script: [x]\n  ${variables}\n`)
    const own = git_info.refspecs[0] ?? ''
    expect(own).toMatch(/^\+refs\/pipelines\/(\d+):refs\/pipelines\/\1$/)
    expect(git_info).toMatchObject({ depth, refspecs: [own, ...refspecs] })
  })

  test('of a tag', async () => {
    const world = await aDeploymentWorld(server)
    const file = 'one:\n  script: [x]\n  rules: [{if: $CI_COMMIT_TAG}]\nmain:\n  script: [x]\n  when: manual\n'
    const { sha } = await push(world, file)
    const tag = { tag_name: 'v1', ref: sha }
    const path = `/projects/${world.project.id}/repository/tags`
    expect((await server.api(world.maintainer.token).post(path, tag)).status).toBe(201)
    const job = await (await aRunner(server)).request()
    expect(job?.git_info.refspecs.slice(1)).toEqual(['+refs/tags/v1:refs/tags/v1'])
    expect(job?.git_info.ref_type).toBe('tag')
  })
})

describe('the place', () => {
  test('names the group at the top, and how many of its jobs instance runners have already', async () => {
    const top = await aGroup(server)
    const below = await aGroup(server, { parent: top })
    const project = await aProject(server, { group: below })
    const world = { ...(await aDeploymentWorld(server)), project }
    await aMember(server, { project }, 'developer', { user: world.developer })
    await push(world, 'one:\n  parallel: 8\n  script: [x]\n')
    const runner = await aRunner(server)
    const counts: string[] = []
    for (let taken = 0; taken < 7; taken += 1) {
      const job = await runner.request()
      if (!job) throw new Error('no job')
      await runner.update(job, 'running')
      expect(job.job_info).toMatchObject({ namespace_id: below.id, root_namespace_id: top.id })
      counts.push(job.job_info.project_jobs_running_on_instance_runners_count)
    }
    expect(counts).toEqual(['0', '1', '2', '3', '4', '5+', '5+'])
    const own = await aRunner(server, { projectId: project.id })
    expect((await own.request())?.job_info.project_jobs_running_on_instance_runners_count).toBe('+Inf')
  })
})

describe('the variables', () => {
  test('tell times to the second', async () => {
    const { variables } = await payloadOf('one:\n  script: [x]\n')
    for (const key of ['CI_JOB_STARTED_AT', 'CI_PIPELINE_CREATED_AT'])
      expect(variables.find((variable) => variable.key === key)?.value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })
})

describe('the steps', () => {
  const file = `
one:
  script: [echo script]
  after_script: [echo after]
  release:
    tag_name: "v-$CI_PIPELINE_IID"
    name: 'The $WHAT release'
    description: two words
    ref: $CI_COMMIT_SHA
    milestones: [m1, m2]
    assets: {links: [{name: it's here, url: 'https://example.com/a b?c="d"'}]}
  variables: {WHAT: first}
`

  test('make the release after the script, before after_script', async () => {
    const { steps } = await payloadOf(file)
    expect(steps.map(({ name, when, allow_failure }) => [name, when, allow_failure])).toEqual([
      ['script', 'on_success', false],
      ['release', 'on_success', false],
      ['after_script', 'always', true],
    ])
    const none = await payloadOf('one:\n  script: [x]\n')
    expect(none.steps.map(({ name }) => name)).toEqual(['script'])
  })

  test.each([
    ['release-cli', [], ['create']],
    ['an old glab', [['glab', '1.57.9']], ['create']],
    ['glab', [['glab', '1.101.0']], ['release', 'create', '-R', 'group/project', 'v-$CI_PIPELINE_IID']],
  ] as const)('with %s', async (_, programs, begins) => {
    const { steps } = await payloadOf(file)
    const script = steps.find(({ name }) => name === 'release')?.script[0] ?? ''
    // As the runner does; the shell replaces the rest.
    const words = await ran(
      script.replaceAll('$WHAT', 'first').replaceAll('$CI_PROJECT_PATH', 'group/project'),
      programs,
    )
    expect(words.slice(0, begins.length)).toEqual(begins.map((word) => word.replace('$CI_PIPELINE_IID', '7')))
    expect(words).toEqual(expect.arrayContaining(['--name', 'The first release', '--ref', 'abc', 'two words', 'v-7']))
    const link = { name: "it's here", url: 'https://example.com/a b?c="d"' }
    const asked = JSON.parse(words.find((word) => /^[[{]/.test(word)) ?? 'null')
    expect(asked).toEqual(Array.isArray(asked) ? [link] : link)
    expect(words.filter((word) => /^m\d/.test(word)).join(' ')).toBe(programs[0]?.[1] === '1.101.0' ? 'm1,m2' : 'm1 m2')
  })

  test('fail without either program', async () => {
    const { steps } = await payloadOf(file)
    const script = steps.find(({ name }) => name === 'release')?.script[0] ?? ''
    await expect(ran(script, null)).rejects.toThrow(/release-cli/)
  })
})

/** Runs a script with stand-ins for the programs (null: none at all); answers the words that the release was made with. */
async function ran(script: string, programs: readonly (readonly [string, string])[] | null): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-release-'))
  try {
    const all = programs === null ? [] : [...programs, ['release-cli', '0.24.0'] as const]
    for (const [name, version] of all) {
      const body = `#!/bin/sh\ncase "$1" in --version) echo "${name} ${version} (abc)";; auth) ;; *) printf '%s\\0' "$@";; esac\n`
      await writeFile(join(dir, name), body, { mode: 0o755 })
    }
    const env = { PATH: `${dir}:/usr/bin:/bin`, CI_COMMIT_SHA: 'abc', CI_PIPELINE_IID: '7' }
    const { stdout } = await promisify(execFile)('bash', ['-e', '-c', script], { env })
    return stdout.split('\0').slice(0, -1)
  } finally {
    await rm(dir, { recursive: true })
  }
}
