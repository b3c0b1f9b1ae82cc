/** Trigger jobs of a server that is killed at random moments: each makes its downstream pipeline, and none makes two. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, apiAt } from '../helpers/api.ts'
import { aServerProcess, type ServerProcess } from '../helpers/server-process.ts'

const moments = 4
/** From the push to a running child it takes about this long, in milliseconds: kills are spread over it. */
const storyMs = 600
const bridges = 4

let server: ServerProcess
let api: Api
let project: number

beforeAll(async () => {
  server = await aServerProcess()
  await server.start()
  api = apiAt(server.url, server.rootToken)
  const made = await api.post<{ id: number }>('/projects', { name: 'downstream', initialize_with_readme: true })
  project = made.body.id
})
afterAll(() => server.dispose())

interface Pipeline {
  id: number
  source: string
}

// A child is judged by its own workflow: without this a newer commit cancels it, and its trigger job with it.
const keep = 'workflow: {auto_cancel: {on_new_commit: none}}'
const names = Array.from({ length: bridges }, (_, index) => `bridge${index}`)
const file = [keep, ...names.map((name) => `${name}: {trigger: {include: child.yml, strategy: depend}}`)].join('\n')

async function push(round: number): Promise<void> {
  const action = round === 0 ? 'create' : 'update'
  await api.post(`/projects/${project}/repository/commits`, {
    branch: 'main',
    commit_message: `Round ${round}`,
    actions: [
      { action, file_path: '.gitlab-ci.yml', content: `${file}\n# ${round}\n` },
      { action, file_path: 'child.yml', content: `${keep}\ninner: {script: [echo], tags: [nobody]}\n# ${round}\n` },
    ],
  })
}

it('kill -9 at random moments: one downstream pipeline for each trigger job', async () => {
  for (let round = 0; round < moments; round += 1) {
    if (round === 0) await push(0)
    const pushed = round === 0 ? Promise.resolve() : push(round).catch(() => undefined)
    await delay((storyMs * round) / moments)
    await server.kill()
    await pushed
    await server.start()
  }
  const parents = (await api.get<Pipeline[]>(`/projects/${project}/pipelines?per_page=100`)).body
  expect(parents.length).toBeGreaterThan(0)
  for (const parent of parents) {
    await expect.poll(async () => launched(parent.id), { timeout: 90_000, interval: 500 }).toBe(bridges)
  }
  const children = await api.get<Pipeline[]>(`/projects/${project}/pipelines?source=parent_pipeline&per_page=100`)
  expect(children.body).toHaveLength(parents.length * bridges)
}, 300_000)

/** How many trigger jobs of a pipeline run with a downstream pipeline of their own. */
async function launched(pipelineId: number): Promise<number> {
  const { body } = await api.get<{ status: string; downstream_pipeline: Pipeline | null }[]>(
    `/projects/${project}/pipelines/${pipelineId}/bridges`,
  )
  const made = body.filter((bridge) => bridge.status === 'running').map((bridge) => bridge.downstream_pipeline?.id)
  return new Set(made.filter((id) => id !== undefined)).size
}
