/** The API description as JSON, and as a page that a person can browse and search with the browser's own find. */
import type { FastifyInstance } from 'fastify'
import type { Operation } from '../contract/operation.ts'
import { version } from '../version.ts'
import { openApiDocument } from './openapi.ts'

export function addReference(server: FastifyInstance, operations: readonly Operation[]): void {
  // Both are the same for everybody and take a while to make: once, when first asked for.
  let json: string | undefined
  let page: string | undefined
  server.get('/api/v4/openapi.json', (_request, reply) => {
    json ??= JSON.stringify(openApiDocument(operations, version))
    return reply.header('content-type', 'application/json').send(json)
  })
  server.get('/-/reference', (_request, reply) => {
    page ??= referencePage(operations)
    return reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(page)
  })
}

function referencePage(operations: readonly Operation[]): string {
  const byTag = Map.groupBy(operations, (operation) => operation.tag)
  const tags = [...byTag.keys()].toSorted()
  const contents = tags.map((tag) => `<li><a href="#${anchor(tag)}">${escape(tag)}</a></li>`).join('')
  const sections = tags.map((tag) => section(tag, byTag.get(tag) ?? [])).join('')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>API reference · Countersign</title><style>${style}</style></head><body>
<main><h1>API reference</h1>
<p>GitLab REST API v4 below <code>/api/v4</code>. Parameters may come in the query, as a form or as JSON. The same as
<a href="/api/v4/openapi.json">OpenAPI 3.1</a>.</p><nav aria-label="Resources"><ul>${contents}</ul></nav>${sections}</main></body></html>`
}

function section(tag: string, operations: readonly Operation[]): string {
  return `<section id="${anchor(tag)}"><h2>${escape(tag)}</h2>${operations.map(entry).join('')}</section>`
}

function entry(operation: Operation): string {
  const parameters = Object.entries(operation.params.shape).map(([name, schema]) => {
    const optional = schema.safeParse(undefined).success
    return `<li><code>${escape(name)}</code>${optional ? '' : ' <em>required</em>'}</li>`
  })
  const list = parameters.length > 0 ? `<ul class="parameters">${parameters.join('')}</ul>` : ''
  return `<details id="${operation.id}"><summary><code><b>${operation.method}</b> ${escape(operation.path)}</code>
<span>${escape(operation.summary)}</span></summary><p>${access(operation)} Answers ${operation.status}.</p>${list}</details>`
}

function access(operation: Operation): string {
  if (operation.auth === 'none') return 'No credential.'
  if (operation.auth === 'runner') return "A runner's or a job's token."
  const job = operation.jobToken ? ' A job token is accepted too.' : ''
  return `${operation.auth === 'optional' ? 'A token is optional.' : 'A token'} ${operation.auth === 'optional' ? '' : `with scope ${operation.scopes.map((scope) => `<code>${scope}</code>`).join(' or ')}.`}${job}`
}

const anchor = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}main{max-width:60rem;margin:0 auto;padding:1rem}
nav ul{columns:3;list-style:none;padding:0}details{border-top:1px solid #8886;padding:.4rem 0}summary{cursor:pointer}
summary span{display:block;padding-left:1.2rem}.parameters{columns:2}@media(max-width:40rem){nav ul,.parameters{columns:1}}`
