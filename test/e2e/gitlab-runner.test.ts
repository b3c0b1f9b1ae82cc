/** Pipelines that an unmodified GitLab Runner works through: what jobs see of each other, and what people see of the jobs. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { jobEnd, logOf, pipelineEnd, readable } from '../helpers/job-watch.ts'
import { play } from '../helpers/played-pipeline.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

describeWithGitlabRunner('GitLab Runner works through pipelines', () => {
  let server: TestServer
  let runner: GitlabRunner
  let world: DeploymentWorld

  beforeAll(async () => {
    server = await startTestServer()
    runner = await aGitlabRunner(server)
    world = await aDeploymentWorld(server)
  })
  afterAll(async () => {
    await runner.dispose()
    await server.stop()
  })

  it('clones the commit, and hands artifacts, dotenv variables and caches from job to job', async () => {
    const { status, said, sha, job } = await play(
      world,
      `
stages: [build, test, deploy]
variables: {GREETING: "hello $CI_PROJECT_NAME"}
build:
  stage: build
  script:
    - test "$(git rev-parse HEAD)" = "$CI_COMMIT_SHA"
    - cat source.txt
    - mkdir -p out/deep store
    - echo "made by build" > "out/deep/a file.txt"
    - echo no > out/left.tmp
    - echo "VERSION=1.2.3" > vars.env
    - echo "kept in the cache" > store/kept
  artifacts:
    name: everything
    paths: [out]
    exclude: ["out/*.tmp"]
    expire_in: 1 day
    reports: {dotenv: vars.env}
  cache: {key: shared, paths: [store/]}
test:
  stage: test
  script:
    - cat "out/deep/a file.txt" store/kept
    - test ! -e out/left.tmp
    - echo "$GREETING, version $VERSION, cloned $(git rev-parse HEAD)"
  cache: {key: shared, paths: [store/], policy: pull}
no artifacts:
  stage: deploy
  needs: [{job: build, artifacts: false}]
  script:
    - test ! -e out && echo "nothing of build, version <$VERSION>"
fresh:
  stage: deploy
  dependencies: []
  script:
    - test ! -e out && echo "nothing downloaded"
`,
      { 'source.txt': 'text of the source\n' },
    )
    expect(await said('build')).toContain('text of the source')
    const test = await said('test')
    expect(test).toContain('made by build\nkept in the cache\n')
    expect(test).toContain(`hello ${world.project.path}, version 1.2.3, cloned ${sha}`)
    expect(await said('no artifacts')).toContain('nothing of build, version <>')
    expect(await said('fresh')).toContain('nothing downloaded')
    expect(status).toBe('success')
    const build = await job('build')
    expect(build.artifacts.map(({ file_type }) => file_type).sort()).toEqual(['archive', 'dotenv'])
    expect(build.artifacts_file?.filename).toBe('everything.zip')
    const file = await server
      .api(world.maintainer.token)
      .get(`/projects/${world.project.id}/jobs/${build.id}/artifacts/out/deep/a%20file.txt`)
    expect(file).toMatchObject({ status: 200, body: 'made by build\n' })
  })

  it('writes sections and the time of each line into the log', async () => {
    const { pipelineId } = await play(world, 'one:\n  script: [echo "on stdout", echo "on stderr" >&2]\n')
    const { log, job } = await jobEnd(world, pipelineId, 'one')
    const stamped = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z \d{2}[OE][ +]/
    expect(
      log
        .trimEnd()
        .split('\n')
        .filter((line) => !stamped.test(line)),
    ).toEqual([])
    expect(log).toMatch(/Z \d\dE on stderr/)
    const sections = [...log.matchAll(/section_(start|end):(\d+):(\w+)/g)].map(([, edge, , name]) => `${edge} ${name}`)
    const names = ['prepare_executor', 'prepare_script', 'get_sources', 'step_script', 'cleanup_file_variables']
    expect(sections).toEqual(names.flatMap((name) => [`start ${name}`, `end ${name}`]))
    expect(readable(log)).toContain('Job succeeded')
    expect(job.runner?.id).toBe(runner.id)
  })

  it('keeps a log of megabytes complete', async () => {
    const { pipelineId, job } = await play(
      world,
      `one:\n  script:\n    - for i in $(seq 1 30000); do echo "line $i of a long log, with — umlauts ä and more text"; done\n`,
    )
    const said = readable(await logOf(world, (await job('one')).id))
    const lines = [...said.matchAll(/^line (\d+) of a long log, with — umlauts ä and more text$/gm)].map((m) =>
      Number(m[1]),
    )
    expect(lines).toEqual(Array.from({ length: 30_000 }, (_, index) => index + 1))
    expect((await jobEnd(world, pipelineId, 'one')).job.status).toBe('success')
  })

  it('masks the values of masked variables and the tokens of the job, and makes files of file variables', async () => {
    const api = server.api(world.maintainer.token)
    const add = (body: object) => api.post(`/projects/${world.project.id}/variables`, body)
    expect((await add({ key: 'SECRET', value: 'a-very-secret-value', masked: true })).status).toBe(201)
    expect((await add({ key: 'KUBECONFIG', value: 'lines\nof a file', variable_type: 'file' })).status).toBe(201)
    expect((await add({ key: 'RAW', value: '$SECRET stays', raw: true })).status).toBe(201)
    const { said, status } = await play(
      world,
      `
one:
  variables: {BUILT: "<$SECRET>"}
  script:
    - echo "secret $SECRET and $BUILT and $(echo $SECRET | base64)"
    - echo "token $CI_JOB_TOKEN"
    - cat "$KUBECONFIG"; echo
    - echo "$RAW"
    - git remote -v
`,
    )
    const log = await said('one')
    expect(log).toContain('secret [MASKED] and <[MASKED]> and YS12ZXJ5LXNlY3JldC12YWx1ZQo=')
    expect(log).toContain('token [MASKED]')
    expect(log).toContain('lines\nof a file\n')
    expect(log).toContain('$SECRET stays')
    expect(log).not.toMatch(/a-very-secret|glcbt-[^[]/)
    expect(status).toBe('success')
  })

  it('checks out a commit that its branch has left, with a depth of one, and the whole history with none', async () => {
    const file = (depth: number) => `
workflow: {auto_cancel: {on_new_commit: none}}
one:
  tags: [later]
  variables: {GIT_DEPTH: "${depth}", GIT_STRATEGY: clone}
  script: ['echo "commit $(git rev-parse HEAD) of $(git rev-list --count HEAD)"']
`
    const first = await push(world, file(1))
    const second = await push(world, file(0))
    const later = await aGitlabRunner(server, { tags: ['later'] })
    try {
      const log = async (pipelineId: number) => readable((await jobEnd(world, pipelineId, 'one')).log)
      expect(await log(first.pipelineId)).toContain(`commit ${first.sha} of 1\n`)
      expect(await log(second.pipelineId)).toMatch(new RegExp(`commit ${second.sha} of ([2-9]|\\d\\d)\n`))
    } finally {
      await later.dispose()
    }
  })

  it('checks out a tag', async () => {
    const { sha } = await play(
      world,
      'one:\n  script: [\'echo "ref $CI_COMMIT_REF_NAME tag $(git describe --tags --exact-match 2>/dev/null)"\']\n',
    )
    const api = server.api(world.maintainer.token)
    const made = await api.post(`/projects/${world.project.id}/repository/tags`, { tag_name: 'v1.0', ref: sha })
    expect(made.status).toBe(201)
    const { body } = await api.get<{ id: number }[]>(`/projects/${world.project.id}/pipelines?ref=v1.0`)
    const pipelineId = body[0]?.id ?? 0
    expect(await pipelineEnd(world, pipelineId)).toBe('success')
    expect(readable((await jobEnd(world, pipelineId, 'one')).log)).toContain('ref v1.0 tag v1.0')
  })

  it('runs before_script, hooks and after_script, and stores what a failed job leaves', async () => {
    const { said, status, job } = await play(
      world,
      `
one:
  hooks: {pre_get_sources_script: [echo "before the sources"]}
  before_script: [export FROM_BEFORE=yes]
  script:
    - echo "from before <$FROM_BEFORE>"
    - echo report > report.txt
    - exit 7
  after_script:
    - echo "after <$FROM_BEFORE> the job $CI_JOB_STATUS"
  artifacts: {when: on_failure, paths: [report.txt]}
two:
  stage: deploy
  script: [echo never]
`,
    )
    const log = await said('one')
    expect(log).toContain('before the sources')
    expect(log).toContain('from before <yes>')
    expect(log).toContain('after <> the job failed')
    expect(log).toContain('Job failed: exit status 7')
    const one = await job('one')
    expect(one).toMatchObject({ status: 'failed', failure_reason: 'script_failure' })
    expect(one.artifacts_file?.filename).toBe('artifacts.zip')
    expect((await job('two')).status).toBe('skipped')
    expect(status).toBe('failed')
  })

  it('makes a release after the script', async () => {
    // What a login shell of the runner's account finds: a stand-in for the program that makes releases.
    await writeFile(join(runner.dir, '.bash_profile'), 'PATH="$HOME/bin:$PATH"\n')
    await mkdir(join(runner.dir, 'bin'))
    await writeFile(join(runner.dir, 'bin', 'release-cli'), '#!/bin/sh\nprintf "<%s>" "$@"\n', { mode: 0o755 })
    const { said, status, pipelineId } = await play(
      world,
      `
one:
  variables: {WHAT: "first of $CI_PROJECT_NAME"}
  script: [echo "the script"]
  after_script: [echo "after"]
  release: {tag_name: v1, description: "the $WHAT"}
`,
    )
    expect(await said('one')).toContain(`<create><--description><the first of ${world.project.path}><--tag-name><v1>`)
    const { log } = await jobEnd(world, pipelineId, 'one')
    const started = [...log.matchAll(/section_start:\d+:(\w+)/g)].map(([, name]) => name)
    expect(started.filter((name) => /step|after/.test(name ?? ''))).toEqual([
      'step_script',
      'step_release',
      'after_script',
    ])
    expect(status).toBe('success')
  })

  it('retries as often as the file says, for the reasons it says, and allows the exit codes it allows', async () => {
    const { status, said, job, pipelineId } = await play(
      world,
      `
again:
  retry: 2
  script: ['echo "attempt" >> "$CI_BUILDS_DIR/attempts"', 'test $(wc -l < "$CI_BUILDS_DIR/attempts") -ge 3']
not again:
  retry: {max: 2, when: runner_system_failure}
  allow_failure: {exit_codes: [42]}
  script: [exit 42]
`,
    )
    expect(status).toBe('success')
    expect(await said('again')).toContain('Job succeeded')
    expect(await job('not again')).toMatchObject({ status: 'failed', allow_failure: true })
    const { body } = await server
      .api(world.maintainer.token)
      .get<{ name: string; status: string }[]>(
        `/projects/${world.project.id}/pipelines/${pipelineId}/jobs?include_retried=true&per_page=100`,
      )
    const count = (name: string) =>
      body
        .filter((one) => one.name === name)
        .map((one) => one.status)
        .sort()
    expect(count('again')).toEqual(['failed', 'failed', 'success'])
    expect(count('not again')).toEqual(['failed'])
  })

  it('stops at the timeout of the job, and tells why', async () => {
    const { job, said } = await play(
      world,
      `
one:
  timeout: 5 seconds
  script: [sleep 60]
  after_script: [echo "after the timeout"]
`,
    )
    expect(await job('one')).toMatchObject({ status: 'failed', failure_reason: 'job_execution_timeout' })
    expect(await said('one')).toContain('execution took longer than 5s seconds')
  })
})
