import { Gitlab } from '@gitbeaker/rest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Namespace } from '../../src/db/namespaces.ts'
import type { Project } from '../../src/db/projects.ts'
import { aGroup, aProject } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

/** Webhooks through a client that others maintain, as it is. */
let server: TestServer
let gitlab: InstanceType<typeof Gitlab>
let group: Namespace
let project: Project
/** Public, and never asked: no event happens here. */
const url = 'https://93.184.216.34/hook'

beforeAll(async () => {
  server = await startTestServer()
  gitlab = new Gitlab({ host: server.url, token: server.rootToken })
  group = await aGroup(server)
  project = await aProject(server, { group })
})
afterAll(() => server.stop())

describe('@gitbeaker/rest', () => {
  it('drives ProjectHooks', async () => {
    const made = await gitlab.ProjectHooks.add(project.id, url, {
      deploymentEvents: true,
      pushEvents: false,
      token: 'secret',
      enableSslVerification: true,
    })
    expect(made).toMatchObject({ url, project_id: project.id, deployment_events: true, push_events: false })
    expect(await gitlab.ProjectHooks.all(project.id)).toMatchObject([{ id: made.id }])
    expect(await gitlab.ProjectHooks.show(project.id, made.id)).toMatchObject({ enable_ssl_verification: true })
    expect(await gitlab.ProjectHooks.edit(project.id, made.id, url, { jobEvents: true })).toMatchObject({
      job_events: true,
      deployment_events: true,
    })
    await expect(gitlab.ProjectHooks.add(project.id, 'http://127.0.0.1')).rejects.toMatchObject({
      cause: { response: { status: 422 } },
    })
    await gitlab.ProjectHooks.remove(project.id, made.id)
    expect(await gitlab.ProjectHooks.all(project.id)).toEqual([])
  })

  it('drives GroupHooks', async () => {
    const made = await gitlab.GroupHooks.add(group.id, url, { pipelineEvents: true, subgroupEvents: true })
    expect(made).toMatchObject({ url, group_id: group.id, pipeline_events: true, subgroup_events: true })
    expect(await gitlab.GroupHooks.all(group.id)).toMatchObject([{ id: made.id }])
    expect(await gitlab.GroupHooks.show(group.id, made.id)).toMatchObject({ alert_status: 'executable' })
    expect(await gitlab.GroupHooks.edit(group.id, made.id, url, { pushEvents: false })).toMatchObject({
      push_events: false,
      pipeline_events: true,
    })
    await gitlab.GroupHooks.remove(group.id, made.id)
    expect(await gitlab.GroupHooks.all(group.id)).toEqual([])
  })
})
