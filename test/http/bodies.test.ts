import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

/** The ways in which parameters arrive. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const name = 'Größe & "Maß"'

function multipart(fields: readonly (readonly [string, string])[], boundary = 'x1'): string {
  const parts = fields.map(
    ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--${boundary}--\r\n`
}

async function post(path: string, contentType: string | null, body?: string) {
  return server.api(server.rootToken).post(path, body, contentType === null ? {} : { 'content-type': contentType })
}

describe('parameters', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'that nobody knows are ignored: %s',
    async (key) => {
      const answer = await post('/users', 'application/json', `{"${key}": null}`)
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('is missing') } })
    },
  )

  it.each<[string, (id: string) => [string, string | null, string?]]>([
    ['in JSON', (id) => ['/users', 'application/json', JSON.stringify(request(id))]],
    ['in JSON with a charset', (id) => ['/users', 'application/json; charset=utf-8', JSON.stringify(request(id))]],
    ['in a form', (id) => ['/users', 'application/x-www-form-urlencoded', new URLSearchParams(request(id)).toString()]],
    [
      'in a multipart form',
      (id) => ['/users', 'multipart/form-data; boundary=x1', multipart(Object.entries(request(id)))],
    ],
    ['in the query', (id) => [`/users?${new URLSearchParams(request(id)).toString()}`, null]],
    [
      'in query and body',
      (id) => [`/users?name=Other&password=long+enough`, 'application/json', JSON.stringify(request(id))],
    ],
  ])('arrive %s', async (_how, ask) => {
    const username = unique('body')
    const { status, body } = await post(...ask(username))
    expect({ status, body }).toMatchObject({ status: 201, body: { username, name, bio: 'a\r\nb', is_admin: true } })
  })

  it('say yes and no in every way that Grape takes', async () => {
    const api = server.api(server.rootToken)
    const { body } = await api.post<{ id: number }>('/projects', { name: unique('words') })
    const all = ['true', 't', '1', 'on', 'yes', 'y', 'false', 'f', '0', 'off', 'no', 'n']
    const words = all.flatMap((word) => [word, word.toUpperCase(), `${word[0]?.toUpperCase()}${word.slice(1)}`])
    const answers = await Promise.all(
      words.map(async (word) => {
        const list = await api.get<{ archived: boolean }[]>(`/projects?archived=${word}&id_after=${body.id - 1}`)
        return [word, list.status === 200 ? list.body.length : list.status]
      }),
    )
    expect(answers).toEqual(words.map((word) => [word, /^(true|t|1|on|yes|y)$/i.test(word) ? 0 : 1]))
    expect((await api.get('/projects?archived=perhaps')).status).toBe(400)
  })

  it('that are null are as good as none, where none will do', async () => {
    const api = server.api(server.rootToken)
    const { body } = await api.post<{ id: number }>('/projects', {
      name: unique('nulls'),
      visibility: null,
      path: null,
    })
    const group = await api.post<{ id: number }>('/groups', {
      name: 'Invited',
      path: unique('invited'),
      parent_id: null,
    })
    const share = { group_id: group.body.id, group_access: 30, expires_at: null }
    expect((await api.post(`/projects/${body.id}/share`, share)).status).toBe(201)
    const member = { user_id: null, access_level: 30 }
    expect((await api.post(`/projects/${body.id}/members`, member)).status).toBe(400)
    expect(await api.post('/groups', { name: null, path: 'x' })).toMatchObject({
      status: 400,
      body: { error: 'name is invalid' },
    })
  })

  it('arrive nested and repeated', async () => {
    const project = await post('/projects', 'application/json', JSON.stringify({ name: unique('p') }))
    const { id } = project.body as { id: number }
    for (const [type, body] of [
      ['application/json', JSON.stringify({ name: 't', scopes: ['api', 'read_api'], access_level: 40 })],
      ['application/x-www-form-urlencoded', 'name=t&scopes[]=api&scopes[]=read_api&access_level=40'],
      ['application/x-www-form-urlencoded', 'name=t&scopes%5B0%5D=api&scopes%5B1%5D=read_api&access_level=40'],
      ['application/x-www-form-urlencoded', 'name=t&scopes=api,read_api&access_level=40'],
      [
        'multipart/form-data; boundary=x1',
        multipart([
          ['name', 't'],
          ['scopes[]', 'api'],
          ['scopes[]', 'read_api'],
          ['access_level', '40'],
        ]),
      ],
    ] as const) {
      const answer = await post(`/projects/${id}/access_tokens`, type, body)
      expect({ type, body: answer.body }).toMatchObject({ body: { scopes: ['api', 'read_api'], access_level: 40 } })
    }
  })

  it.each<[string, string, string, number, object]>([
    ['broken JSON', 'application/json', '{"name":', 400, { error: 'The request body is not valid JSON' }],
    ['a list', 'application/json', '[1]', 400, { error: 'email is missing, name is missing, username is missing' }],
    ['null', 'application/json', 'null', 400, { error: 'email is missing, name is missing, username is missing' }],
    [
      'nothing at all',
      'application/json',
      '',
      400,
      { error: 'email is missing, name is missing, username is missing' },
    ],
    [
      'a form without a boundary',
      'multipart/form-data',
      'x',
      400,
      { error: 'The request body is not a valid multipart form' },
    ],
    ['something else', 'text/plain', 'name=x', 415, { error: 'The provided content-type is not supported.' }],
    [
      'an object for a text',
      'application/json',
      '{"name":{"a":1},"email":"a@b","username":"x"}',
      400,
      { error: 'name is invalid' },
    ],
  ])('of %s are refused', async (_what, type, body, status, answer) => {
    expect(await post('/users', type, body)).toMatchObject({ status, body: answer })
  })

  it('of more than 4 MB are refused', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(5 * 1024 * 1024) })
    expect(await post('/users', 'application/json', body)).toMatchObject({
      status: 413,
      body: { message: '413 Request Entity Too Large' },
    })
  })

  function request(username: string): Record<string, string> {
    return {
      username,
      name,
      email: `${username}@example.com`,
      force_random_password: 'true',
      admin: '1',
      bio: 'a\r\nb',
    }
  }
})
