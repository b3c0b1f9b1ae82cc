/** The server is killed and started again while an unmodified GitLab Runner works: nothing is lost, nothing runs twice. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, apiAt } from '../helpers/api.ts'
import { aGitlabRunner, describeWithGitlabRunner, type GitlabRunner } from '../helpers/gitlab-runner.ts'
import { readable } from '../helpers/job-watch.ts'
import { aServerProcess, type ServerProcess } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

interface Job {
  readonly id: number
  readonly status: string
}

describeWithGitlabRunner('GitLab Runner outlives its server', () => {
  let server: ServerProcess
  let runner: GitlabRunner
  let root: Api

  beforeAll(async () => {
    server = await aServerProcess({ COUNTERSIGN_BUILTIN_RUNNERS: '0' })
    await server.start()
    root = apiAt(server.url, server.rootToken)
    runner = await aGitlabRunner(server)
  })
  afterAll(async () => {
    await runner.dispose()
    await server.dispose()
  })

  it('and delivers the whole log, the artifacts and the end of its job', async () => {
    const { id } = (await root.post<{ id: number }>('/projects', { name: 'shop', initialize_with_readme: true })).body
    const file = `one:
  script:
    - i=0; until test -e ${join(runner.dir, 'go-on')}; do i=$((i + 1)); echo "line $i"; sleep 1; done
    - echo made > made.txt
  artifacts: {paths: [made.txt]}
`
    const actions = [{ action: 'create', file_path: '.gitlab-ci.yml', content: file }]
    const body = { branch: 'main', commit_message: 'Jobs', actions }
    expect((await root.post(`/projects/${id}/repository/commits`, body)).status).toBe(201)
    const jobs = `/projects/${id}/jobs`
    const log = async (job: Job) => readable((await root.get<string | null>(`${jobs}/${job.id}/trace`)).body ?? '')
    const running = await until('the job to write', async () => {
      const [job] = (await root.get<Job[]>(jobs)).body
      return job && (await log(job)).includes('line 1') ? job : undefined
    })
    await server.kill()
    // Long enough for the runner to have tried in vain.
    await until('the runner to notice', async () => /connection refused/.test(runner.output()) || undefined)
    await server.start()
    // Not before: artifacts are tried a few times only.
    await writeFile(join(runner.dir, 'go-on'), '')
    const ended = await until('the end of the job', async () => {
      const [job] = (await root.get<Job[]>(jobs)).body
      return job && job.status !== 'running' ? job : undefined
    })
    expect(ended).toMatchObject({ id: running.id, status: 'success' })
    const lines = [...(await log(ended)).matchAll(/^line (\d+)$/gm)].map((match) => Number(match[1]))
    expect(lines.length).toBeGreaterThan(1)
    expect(lines).toEqual(lines.map((_, index) => index + 1))
    expect((await root.get(`${jobs}/${ended.id}/artifacts/made.txt`)).body).toBe('made\n')
  })
})
