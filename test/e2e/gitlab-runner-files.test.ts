/** Files that an unmodified GitLab Runner moves: artifacts and reports, caches, repositories. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commitFiles, git } from '../git/git-fixtures.ts'
import { aMember, aProject } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { remoteOf } from '../helpers/git-client.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { jobEnd, readable } from '../helpers/job-watch.ts'
import { play } from '../helpers/played-pipeline.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { until } from '../helpers/until.ts'

describeWithGitlabRunner('GitLab Runner moves files', () => {
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

  it('stores archives, untracked files, and reports of each format', async () => {
    const { status, said, job } = await play(
      world,
      `
reports:
  stage: build
  script:
    - echo '<testsuites/>' > one.xml; echo '<testsuites/>' > two.xml
    - echo '[]' > quality.json
    - head -c 30000000 /dev/urandom > large.bin
    - sha256sum large.bin > large.sum
  artifacts:
    name: "$CI_JOB_NAME-$CI_COMMIT_REF_NAME"
    untracked: true
    expire_in: never
    reports:
      junit: ["*.xml"]
      codequality: quality.json
nothing:
  stage: build
  script: [echo "no file of that name"]
  artifacts: {paths: [missing/]}
check:
  stage: test
  script: [sha256sum -c large.sum, ls]
`,
    )
    expect(await said('nothing')).toContain('No files to upload')
    expect(await said('check')).toContain('large.bin: OK')
    expect(status).toBe('success')
    const { artifacts, artifacts_file, artifacts_expire_at } = await job('reports')
    expect(artifacts.map(({ file_type, file_format }) => `${file_type} ${file_format}`).sort()).toEqual([
      'archive zip',
      'codequality raw',
      'junit gzip',
    ])
    expect(artifacts_file).toMatchObject({ filename: 'reports-main.zip' })
    expect(artifacts_expire_at).toBeNull()
  })

  it('fails a job whose report the server does not take', async () => {
    const { job, said } = await play(
      world,
      `
wrong:
  script: [echo "no variable" > vars.env]
  artifacts: {reports: {dotenv: vars.env}}
`,
    )
    expect(await said('wrong')).toMatch(/400 Bad Request.*Invalid Format/)
    expect(await job('wrong')).toMatchObject({ status: 'failed', failure_reason: 'script_failure' })
  })

  it('reads caches by the content of a file, falls back to others, and only writes when told', async () => {
    const { status, said } = await play(
      world,
      `
default:
  cache: &cache {key: {files: [lock.txt], prefix: deps}, paths: [deps/], fallback_keys: [older]}
older:
  stage: build
  script: [mkdir deps, echo older > deps/which]
  cache: {key: older, paths: [deps/], policy: push}
fallback:
  stage: test
  script: [cat deps/which, echo newer > deps/which]
newer:
  stage: deploy
  script: [cat deps/which, echo spoiled > deps/which]
  cache: {<<: *cache, policy: pull}
failed:
  stage: .post
  script: [cat deps/which, mkdir -p logs, echo failed > logs/x, exit 1]
  allow_failure: true
  cache:
    - {<<: *cache, policy: pull}
    - {key: logs, paths: [logs/], when: on_failure}
`,
      { 'lock.txt': 'versions\n' },
    )
    expect(await said('fallback')).toContain('\nolder\n')
    expect(await said('newer')).toContain('\nnewer\n')
    const failed = await said('failed')
    expect(failed).toContain('\nnewer\n')
    expect(failed).toMatch(/Saving cache for failed job[\s\S]*logs-protected/)
    expect(status).toBe('success')
  })

  it('gets the sources in every way it can be told to', async () => {
    const { status, said, sha } = await play(
      world,
      `
.sources: {script: ['echo "commit <$(git rev-parse HEAD 2>/dev/null)> $(ls -A | tr "\\n" " ")"']}
clone: {extends: .sources, variables: {GIT_STRATEGY: clone}}
fetch: {extends: .sources, variables: {GIT_STRATEGY: fetch, GIT_DEPTH: "0"}}
deeper: {extends: .sources, variables: {GIT_STRATEGY: fetch, GIT_DEPTH: "50"}}
none: {extends: .sources, variables: {GIT_STRATEGY: none}}
empty: {extends: .sources, variables: {GIT_STRATEGY: empty}}
native: {extends: .sources, variables: {FF_USE_GIT_NATIVE_CLONE: "true", GIT_STRATEGY: clone}}
proactive: {extends: .sources, variables: {FF_USE_GIT_PROACTIVE_AUTH: "true", GIT_STRATEGY: clone}}
helper: {extends: .sources, variables: {FF_GIT_URLS_WITHOUT_TOKENS: "true", GIT_STRATEGY: clone}}
`,
    )
    for (const name of ['clone', 'fetch', 'deeper', 'native', 'proactive', 'helper'])
      expect(await said(name), name).toContain(`commit <${sha}>`)
    expect(await said('none')).toContain('Skipping Git repository setup')
    expect(await said('empty')).toContain('commit <> ')
    expect(status).toBe('success')
  })

  it('gets submodules with the token of the job, from public projects too', async () => {
    const library = await aProject(server, { visibility: 'public' })
    await aMember(server, { project: library }, 'maintainer', { user: world.maintainer })
    const work = await mkdtemp(join(tmpdir(), 'countersign-submodule-'))
    const remote = (project: { full_path: string }) => remoteOf(server, project, world.maintainer.token)
    try {
      const inside = join(work, 'library')
      await git(work, ['init', '-q', '-b', 'main', inside])
      await commitFiles(inside, { 'lib.txt': 'text of the library\n' })
      await git(inside, ['push', '-q', remote(library), 'main'])
      await push(world, 'one:\n  script: [x]\n  when: manual\n')
      const outside = join(work, 'main')
      await git(work, ['clone', '-q', remote(world.project), outside])
      await git(outside, ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inside, 'lib'])
      const url = `../../${library.full_path}.git`
      const file = `
one:
  variables: {GIT_SUBMODULE_STRATEGY: recursive, GIT_STRATEGY: clone}
  script: [cat lib/lib.txt, git -C lib remote -v]
`
      await commitFiles(outside, {
        '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ${url}\n`,
        '.gitlab-ci.yml': file,
      })
      await git(outside, ['push', '-q', 'origin', 'HEAD:refs/heads/with-submodule'])
      const found = await until('the pipeline', async () => {
        const path = `/projects/${world.project.id}/pipelines?ref=with-submodule`
        return (await server.api(world.maintainer.token).get<{ id: number }[]>(path)).body[0]
      })
      const { job, log } = await jobEnd(world, found.id, 'one')
      expect(readable(log)).toContain('text of the library')
      expect(job.status).toBe('success')
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  })

  it('leaves images and services with all their options to other executors', async () => {
    const { status, said } = await play(
      world,
      `
one:
  image:
    name: alpine
    entrypoint: [""]
    pull_policy: [always, if-not-present]
    docker: {platform: arm64/v8, user: dave}
    kubernetes: {user: "1001"}
  services:
    - name: postgres
      alias: db
      command: [postgres]
      variables: {POSTGRES_PASSWORD: x}
      docker: {user: dave}
  script: ['echo "in a shell, for $CI_JOB_IMAGE"']
`,
    )
    expect(await said('one')).toContain('in a shell, for alpine')
    expect(status).toBe('success')
  })

  it('gives jobs a token that reads this project and nothing else', async () => {
    const { status, said } = await play(
      world,
      `
one:
  script:
    - 'node -e "fetch(process.env.CI_API_V4_URL + \\"/job\\", {headers: {\\"JOB-TOKEN\\": process.env.CI_JOB_TOKEN}}).then(async (r) => console.log(\\"job api\\", r.status, (await r.json()).id == process.env.CI_JOB_ID))"'
    - git ls-remote "$CI_REPOSITORY_URL" refs/heads/main
    - git push "$CI_REPOSITORY_URL" HEAD:refs/heads/other || echo "no push"
`,
    )
    const log = await said('one')
    expect(log).toContain('job api 200 true')
    expect(log).toMatch(/[0-9a-f]{40}\s+refs\/heads\/main/)
    expect(log).toContain('no push')
    expect(status).toBe('success')
  })
})
