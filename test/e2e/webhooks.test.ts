/** A whole server delivers by itself, and neither SIGTERM nor a new start loses what was still to be told. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, apiAt } from '../helpers/api.ts'
import { aReceiver, type HookReceiver } from '../helpers/hook-receiver.ts'
import { aServerProcess, type ServerProcess } from '../helpers/server-process.ts'

let server: ServerProcess
let receiver: HookReceiver
let root: Api
beforeAll(async () => {
  receiver = await aReceiver()
  server = await aServerProcess()
  await server.start()
  root = apiAt(server.url, server.rootToken)
})
afterAll(async () => {
  await server.dispose()
  await receiver.stop()
})

const told = async (count: number) =>
  expect.poll(() => receiver.requests.length, { timeout: 20_000, interval: 20 }).toBe(count)

it('tells a commit, also one that was being told when the server stopped', async () => {
  await root.put('/application/settings', { allow_local_requests_from_web_hooks_and_services: true })
  const project = await root.post<{ id: number }>('/projects', { name: 'shop' })
  const base = `/projects/${project.body.id}`
  await root.post(`${base}/hooks`, { url: receiver.url })
  const commit = (path: string) =>
    root.post<{ id: string }>(`${base}/repository/commits`, {
      branch: 'main',
      commit_message: path,
      actions: [{ action: 'create', file_path: path, content: path }],
    })
  const first = await commit('one')
  await told(1)
  expect(receiver.requests[0]?.body).toMatchObject({ object_kind: 'push', after: first.body.id })
  receiver.answer = 'hang'
  const second = await commit('two')
  await told(2)
  expect(await server.terminate()).toBe(0)
  receiver.answer = { status: 200 }
  await server.start()
  await told(3)
  const [, cut, again] = receiver.requests
  expect(again?.body).toMatchObject({ object_kind: 'push', after: second.body.id })
  expect([again?.text, again?.headers['idempotency-key']]).toEqual([cut?.text, cut?.headers['idempotency-key']])
})
