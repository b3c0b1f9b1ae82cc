import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ApiError, makeClient, nextLink } from '../../src/contract/client.ts'
import { type ClientRequest, clientRequest } from '../../src/contract/client-request.ts'
import { operation } from '../../src/contract/operation.ts'
import { bool, dateTime, id, idOrPath, int, list, listOf, paging, text } from '../../src/contract/values.ts'

const search = operation({
  id: 'search',
  method: 'GET',
  path: '/projects/:id/things/:name',
  tag: 'Test',
  summary: '',
  params: {
    id: idOrPath(),
    name: text(),
    since: dateTime().optional(),
    ids: list(int()).optional(),
    rules: listOf(z.object({ user_id: id() })).optional(),
    open: bool().optional(),
    ...paging,
  },
  response: z.array(z.object({ id: z.number() })),
})
const create = operation({
  id: 'create',
  method: 'POST',
  path: '/projects/:id/things',
  tag: 'Test',
  summary: '',
  params: { id: idOrPath(), name: text(), rules: listOf(z.object({ user_id: id() })).optional() },
  response: z.object({ id: z.number() }),
})

describe('a request', () => {
  it('has path parameters in the path, the rest of GET in the query, Rails’ way', () => {
    const request = clientRequest(search, {
      id: 'group/sub.project',
      name: 'review/a b?',
      since: new Date('2026-01-02T03:04:05Z'),
      ids: [1, 2],
      rules: [{ user_id: 7 }],
      open: false,
    })
    expect(request).toEqual({
      method: 'GET',
      path: '/projects/group%2Fsub.project/things/review%2Fa%20b%3F',
      query: [
        'since=2026-01-02T03%3A04%3A05.000Z',
        'ids%5B%5D=1',
        'ids%5B%5D=2',
        'rules%5B%5D%5Buser_id%5D=7',
        'open=false',
      ].join('&'),
      body: null,
    })
  })

  it('has the rest of POST in the body', () => {
    expect(clientRequest(create, { id: '5', name: 'x', rules: [{ user_id: 1 }] })).toEqual({
      method: 'POST',
      path: '/projects/5/things',
      query: '',
      body: { name: 'x', rules: [{ user_id: 1 }] },
    })
  })
})

function answering(...answers: readonly { status?: number; link?: string; type?: string; body: unknown }[]) {
  const requests: ClientRequest[] = []
  const client = makeClient(async (request) => {
    const answer = answers[requests.length]
    if (!answer) throw new Error('One request too many')
    requests.push(request)
    const headers = new Headers({ 'content-type': answer.type ?? 'application/json' })
    if (answer.link) headers.set('link', answer.link)
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    return new Response(body, { status: answer.status ?? 200, headers })
  })
  return { client, requests }
}

describe('a client', () => {
  it('follows the next links with its own address and the server’s query', async () => {
    const { client, requests } = answering(
      {
        body: [{ id: 1 }],
        link: '<http://elsewhere/api/v4/x?page=1>; rel="first", <http://elsewhere/api/v4/x?page=2&open=true>; rel="next"',
      },
      { body: [{ id: 2 }], link: '<http://elsewhere/api/v4/x?page=1>; rel="prev"' },
    )
    expect(await client.all(search, { id: '1', name: 'x', open: true })).toEqual([{ id: 1 }, { id: 2 }])
    expect(requests.map(({ path, query }) => [path, query])).toEqual([
      ['/projects/1/things/x', 'open=true'],
      ['/projects/1/things/x', 'page=2&open=true'],
    ])
  })

  it('asks for no page that nobody wants', async () => {
    const { client, requests } = answering({ body: [{ id: 1 }], link: '<http://s/?page=2>; rel="next"' })
    for await (const item of client.each(search, { id: '1', name: 'x' })) {
      expect(item).toEqual({ id: 1 })
      break
    }
    expect(requests).toHaveLength(1)
  })

  it.each<[unknown, string]>([
    [{ message: '404 Project Not Found' }, '404 Project Not Found'],
    [
      { message: { name: ["can't be blank", 'is too short'], path: ['is taken'] } },
      "name can't be blank, is too short, path is taken",
    ],
    [{ message: ['one', 'two'] }, 'one, two'],
    [{ error: 'name is missing' }, 'name is missing'],
    [
      { error: 'insufficient_scope', error_description: 'The request requires higher privileges.' },
      'The request requires higher privileges.',
    ],
    [{}, 'The server answered 418.'],
  ])('throws %j as a sentence', async (body, message) => {
    const { client } = answering({ status: 418, body })
    const error = await client.call(create, { id: '1', name: 'x' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 418, message, body })
  })

  it('gives bytes as they are, and nothing where there is nothing', async () => {
    const { client } = answering({ body: 'log', type: 'text/plain' }, { body: '' })
    expect(new TextDecoder().decode(await client.bytes(create, { id: '1', name: 'x' }))).toBe('log')
    expect(await client.call(create, { id: '1', name: 'x' })).toBeUndefined()
  })
})

describe('nextLink', () => {
  it.each([
    [null, null],
    ['', null],
    ['<http://a/?page=1>; rel="prev"', null],
    ['<http://a/?page=3>; rel="next"', 'http://a/?page=3'],
    [
      '<http://a/?page=1>; rel="prev", <http://a/?page=3&x=1>; rel="next", <http://a>; rel="last"',
      'http://a/?page=3&x=1',
    ],
  ])('of %j', (header, expected) => {
    expect(nextLink(header)).toBe(expected)
  })
})
