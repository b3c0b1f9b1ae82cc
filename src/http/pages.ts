/** The web application: one page for every address, its scripts by hash, nothing from anywhere else. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/** Where `vite build` puts the application. */
export const pagesDir = join(import.meta.dirname, '..', '..', 'dist', 'web')

const policy = [
  "default-src 'self'",
  "script-src 'self'",
  // Component libraries set style attributes; styles cannot run anything.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const year = 365 * 24 * 3600

/** Serves the built application, if it was built; the API works without it. */
export function addPages(server: FastifyInstance, root = pagesDir): void {
  const index = join(root, 'index.html')
  if (!existsSync(index)) return
  const html = kept(index)
  void server.register(fastifyStatic, {
    root: join(root, 'assets'),
    prefix: '/-/assets/',
    preCompressed: true,
    index: false,
    // A file's name is the hash of its content.
    cacheControl: true,
    maxAge: year * 1000,
    immutable: true,
  })
  const page = { 'content-security-policy': policy, 'cache-control': 'no-cache', 'referrer-policy': 'same-origin' }
  server.get('/*', (request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    if (path.startsWith('/api/') || path.startsWith('/-/') || path.endsWith('.git')) {
      return reply.callNotFound()
    }
    return reply.headers(page).type('text/html; charset=utf-8').send(html())
  })
}

/** A file's content, read again when it was replaced: pages that are built anew name other scripts. */
function kept(path: string): () => Buffer {
  let content = readFileSync(path)
  let modified = statSync(path).mtimeMs
  return () => {
    const now = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? modified
    if (now !== modified) [content, modified] = [readFileSync(path), now]
    return content
  }
}
