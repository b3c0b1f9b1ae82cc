/** What is answered where no route is, on a server that also serves the pages. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listProjects } from '../../src/contract/projects.ts'
import { getArchiveAs } from '../../src/contract/repositories.ts'
import { answerNoRoute } from '../../src/http/no-route.ts'
import { addPages } from '../../src/http/pages.ts'

let root: string
const server = Fastify()
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'countersign-pages-'))
  await mkdir(join(root, 'assets'))
  await writeFile(join(root, 'index.html'), '<!doctype html>')
  server.setNotFoundHandler(answerNoRoute([listProjects, getArchiveAs]))
  addPages(server, root)
  await server.ready()
})
afterAll(async () => {
  await server.close()
  await rm(root, { recursive: true })
})

test.each([
  ['GET', '/api/v4/nowhere', 404, null, { error: '404 Not Found' }],
  ['GET', '/-/nowhere', 404, null, { error: '404 Not Found' }],
  ['GET', '/group/project.git', 404, null, { error: '404 Not Found' }],
  ['POST', '/group/project', 404, null, { error: '404 Not Found' }],
  ['POST', '/api/v4/projects', 405, 'GET', { message: '405 Method Not Allowed' }],
  ['POST', '/api/v4/projects/?x=1', 405, 'GET', { message: '405 Method Not Allowed' }],
  ['GET', '/api/v4/projects?x=/api/v4/nowhere', 405, 'GET', { message: '405 Method Not Allowed' }],
  ['DELETE', '/api/v4/projects/a%2Fb/repository/archive.tar.gz', 405, 'GET', { message: '405 Method Not Allowed' }],
  ['DELETE', '/api/v4/projects/a/b/repository/archive.zip', 404, null, { error: '404 Not Found' }],
  ['DELETE', '/api/v4/projects/1/repository/archivezip', 404, null, { error: '404 Not Found' }],
] as const)('7.4 %s %s: %i', async (method, url, status, allow, body) => {
  const answer = await server.inject({ method, url })
  expect([answer.statusCode, answer.headers['allow'] ?? null, answer.headers['content-type'], answer.json()]).toEqual([
    status,
    allow,
    'application/json',
    body,
  ])
})

test('7.4 every other address is a page', async () => {
  const answer = await server.inject({ method: 'GET', url: '/group/project' })
  expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
    200,
    'text/html; charset=utf-8',
    '<!doctype html>',
  ])
})
