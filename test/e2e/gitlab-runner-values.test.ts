/** Values that an unmodified GitLab Runner hands to a script: each arrives as it was stored, whatever is in it. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { jobEnd, pipelineEnd, readable } from '../helpers/job-watch.ts'
import { play } from '../helpers/played-pipeline.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { until } from '../helpers/until.ts'

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

describeWithGitlabRunner('GitLab Runner hands over values', () => {
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

  const post = (path: string, body: object) =>
    server.api(world.maintainer.token).post<{ id: number }>(`/projects/${world.project.id}${path}`, body)

  it('of variables and files, byte by byte', async () => {
    const values: Record<string, string> = {
      QUOTES: `a "b" 'c' \`d\` \\e \\\\f`,
      DOLLARS: '$HOME ${HOME} $$ $(id) %HOME%',
      LINES: 'first\nsecond\n\nlast\n',
      WINDOWS: 'first\r\nsecond',
      UNICODE: 'ä — 日本語 🚀',
      SPACES: '  two before, two after  ',
      LONG: 'x'.repeat(60_000),
    }
    for (const [key, value] of Object.entries(values)) {
      expect((await post('/variables', { key, value, raw: true })).status, key).toBe(201)
      expect((await post('/variables', { key: `FILE_${key}`, value, variable_type: 'file', raw: true })).status).toBe(
        201,
      )
    }
    const keys = Object.keys(values)
    const { said } = await play(
      world,
      `
one:
  script:
    - for key in ${keys.join(' ')}; do echo "$key=$(printf %s "\${!key}" | sha256sum)"; done
    - for key in ${keys.join(' ')}; do file="FILE_$key"; echo "$file=$(sha256sum < "\${!file}")"; done
`,
    )
    const log = await said('one')
    for (const [key, value] of Object.entries(values)) {
      expect(log, key).toContain(`\n${key}=${digest(value)} `)
      expect(log, `file ${key}`).toContain(`\nFILE_${key}=${digest(value)} `)
    }
  })

  it('of variables made of others, and of those that somebody runs a pipeline with', async () => {
    await push(
      world,
      `
variables:
  OUTER: "<$INNER>"
  INNER: root
  COST: "5$$"
one:
  variables: {INNER: "job $WHO", MESSAGE: "$CI_COMMIT_MESSAGE"}
  script: ['echo "outer $OUTER, cost $COST, none \${NOBODY-unset}, message $MESSAGE"']
`,
    )
    const made = await post('/pipeline', { ref: 'main', variables: [{ key: 'WHO', value: 'of $CI_PROJECT_ID' }] })
    expect(made.status).toBe(201)
    expect(await pipelineEnd(world, made.body.id)).toBe('success')
    expect(readable((await jobEnd(world, made.body.id, 'one')).log)).toMatch(
      new RegExp(`outer <job of ${world.project.id}>, cost 5\\$, none unset, message Change \\d+`),
    )
  })

  it('of a branch with a name that shells and URLs would read otherwise', async () => {
    const branch = "feature/ä&b=c#1+it's"
    await push(
      world,
      'one:\n  script: [\'echo "on $CI_COMMIT_REF_NAME, $CI_COMMIT_REF_SLUG, $(git rev-parse HEAD)"\']\n',
    )
    const made = await post('/repository/branches', { branch, ref: 'main' })
    expect(made.status).toBe(201)
    const found = await until('the pipeline of the branch', async () => {
      const path = `/projects/${world.project.id}/pipelines?ref=${encodeURIComponent(branch)}`
      const { body } = await server.api(world.maintainer.token).get<{ id: number; sha: string }[]>(path)
      return body[0]
    })
    expect(await pipelineEnd(world, found.id)).toBe('success')
    expect(readable((await jobEnd(world, found.id, 'one')).log)).toContain(
      `on ${branch}, feature---b-c-1-it-s, ${found.sha}`,
    )
  })
})
