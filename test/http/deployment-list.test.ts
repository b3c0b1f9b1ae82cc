/** Lists of deployments, their filters and orders: section 1.1 of the reference gitlab-deployments.md. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeploymentEntity } from '../../src/contract/deployments.ts'
import type { EnvironmentAlone } from '../../src/contract/environments.ts'
import type { DeploymentTable } from '../../src/db/tables.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aMember, aProject } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
afterAll(() => server.stop())

describe('1.1 the list', () => {
  let api: Api
  let list: string
  beforeAll(async () => {
    server = await startTestServer({ timing: { holdMs: 0 } })
    const project = await aProject(server)
    const developer = await aMember(server, { project }, 'developer')
    api = server.api(developer.token)
    list = `/projects/${project.id}/deployments`
    const environment = async (name: string) => {
      const body = { name }
      return (await api.post<EnvironmentAlone>(`/projects/${project.id}/environments`, body)).body.id
    }
    const [live, other] = [await environment('live'), await environment('other')]
    const day = (of: number) => new Date(Date.UTC(2026, 0, of))
    // Created in the opposite order of their ids, so that one cannot be taken for the other.
    const made = (
      iid: number,
      status: DeploymentTable['status'],
      ref: string,
      updated: number,
      finished: number | null,
    ) => ({
      iid,
      status,
      ref,
      created_at: day(20 - iid),
      updated_at: day(updated),
      finished_at: finished === null ? null : day(finished),
      project_id: project.id,
      environment_id: iid === 5 ? other : live,
      pipeline_id: null,
      job_id: null,
      user_id: developer.id,
      tag: false,
      sha: `${iid}`.repeat(40),
      on_stop: null,
      started_at: null,
    })
    const rows = [
      made(1, 'success', 'b', 4, 4),
      made(2, 'success', 'a', 2, 2),
      made(3, 'failed', 'c', 3, 3),
      made(4, 'skipped', 'e', 2, null),
      made(5, 'blocked', 'd', 5, null),
    ]
    await inTransaction(server.db, (tx) => tx.insertInto('deployments').values(rows).execute())
  })

  const finished = 'status=success&order_by=finished_at'
  test.each<[string, number[]]>([
    ['', [1, 2, 3, 4, 5]],
    ['sort=desc', [5, 4, 3, 2, 1]],
    ['order_by=id', [1, 2, 3, 4, 5]],
    ['order_by=iid&sort=desc', [5, 4, 3, 2, 1]],
    // Executed as id.
    ['order_by=created_at', [1, 2, 3, 4, 5]],
    ['order_by=ref', [2, 1, 3, 5, 4]],
    // What was updated at the same time: the newest id first, in both directions.
    ['order_by=updated_at', [4, 2, 3, 1, 5]],
    ['order_by=updated_at&sort=desc', [5, 1, 3, 4, 2]],
    ['order_by=updated_at&updated_after=2026-01-03T00:00:00Z', [3, 1, 5]],
    ['order_by=updated_at&updated_before=2026-01-02T00:00:00Z', [4, 2]],
    // Tolerated, both ways.
    ['updated_after=2026-01-04T00:00:00Z', [1, 5]],
    [`${finished}&finished_after=2026-01-02T00:00:00Z`, [2, 1]],
    [`${finished}&finished_after=2026-01-02T00:00:00.001Z`, [1]],
    [`${finished}&finished_before=2026-01-04T00:00:00Z`, [2]],
    [`${finished}&finished_after=2026-01-02T00:00:00Z&finished_before=2026-01-05T00:00:00Z&sort=desc`, [1, 2]],
    ['environment=other', [5]],
    ['environment=Other', []],
    ['environment=oth', []],
    ['status=created', []],
    ['status=running', []],
    ['status=success', [1, 2]],
    ['status=failed', [3]],
    ['status=canceled', []],
    ['status=skipped', [4]],
    ['status=blocked', [5]],
    ['status=success&environment=other', []],
    ['per_page=2&page=2', [3, 4]],
  ])('?%s', async (query, iids) => {
    const { status, body } = await api.get<DeploymentEntity[]>(`${list}?${query}`)
    expect([status, body.map(({ iid }) => iid)]).toEqual([200, iids])
  })

  const paired = { message: '400 Bad request - `finished_at` filter and `finished_at` sorting must be paired' }
  const success = { message: '400 Bad request - `finished_at` filter must be combined with `success` status filter.' }
  const both = {
    message: '400 Bad request - Both `updated_at` filter and `finished_at` filter can not be specified',
  }
  test.each<[string, object]>([
    [`${finished}&updated_after=2026-01-01T00:00:00Z&finished_before=2026-01-04T00:00:00Z`, both],
    [`${finished}&updated_before=2026-01-01T00:00:00Z&finished_after=2026-01-04T00:00:00Z`, both],
    ['status=success&finished_after=2026-01-01T00:00:00Z', paired],
    ['status=success&order_by=updated_at&finished_before=2026-01-01T00:00:00Z', paired],
    [finished, paired],
    ['order_by=finished_at&finished_after=2026-01-01T00:00:00Z', success],
    ['status=failed&order_by=finished_at&finished_before=2026-01-01T00:00:00Z', success],
    ['order_by=sha', { error: 'order_by does not have a valid value' }],
    ['sort=up', { error: 'sort does not have a valid value' }],
    ['status=waiting', { error: 'status does not have a valid value' }],
    ['updated_after=soon', { error: 'updated_after is invalid' }],
    ['finished_before=soon', { error: 'finished_before is invalid' }],
  ])('?%s is refused', async (query, body) => {
    expect(await api.get(`${list}?${query}`)).toMatchObject({ status: 400, body })
  })

  test('shows basic deployments, without approvals', async () => {
    const { body } = await api.get<object[]>(list)
    const fields = 'id iid ref sha created_at updated_at status user environment deployable'.split(' ')
    for (const one of body) expect(Object.keys(one).toSorted()).toEqual(fields.toSorted())
  })
})
