/** Files that an unmodified GitLab Runner moves: artifacts and reports, caches, repositories. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld } from '../helpers/deployment-world.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { play } from '../helpers/played-pipeline.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

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

  it('keeps caches of protected and other branches apart, falls back, and only writes when told', async () => {
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
    expect(failed).toMatch(/Saving cache for failed job[\s\S]*logs-/)
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
