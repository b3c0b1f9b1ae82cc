/** A server of its own over a copy of the world, which forgets every call. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { InjectOptions } from 'fastify'
import { sql } from 'kysely'
import { type Operation, pathParameters } from '../../../src/contract/operation.ts'
import { buildServer, closeApp, createApp } from '../../../src/http/build.ts'
import { createLog } from '../../../src/log.ts'
import { query } from '../../helpers/fuzz.ts'
import { openUndone } from '../../helpers/undone-database.ts'
import type { Caller } from './callers.ts'
import { bodies, type Params, pathValue, runnerSamples, samples } from './samples.ts'
import type { World } from './world.ts'

/** A request by its address. */
export type Request = InjectOptions & { readonly url: string }

export interface Question {
  readonly caller: Caller
  readonly request: Request
}

export interface Lane {
  /** The status of the answer; whatever the call changed is undone. */
  ask(question: Question): Promise<{ readonly status: number; readonly text: string }>
  close(): Promise<void>
}

/** @param url a database with the world @param dataDir its files @param projectId whose repository calls change */
export async function openLane(url: string, dataDir: string, projectId: number): Promise<Lane> {
  const database = await openUndone(url)
  const app = await createApp({
    db: database.db,
    target: { kind: 'url', url },
    dataDir,
    log: createLog('silent'),
    externalUrl: 'http://127.0.0.1',
    timing: { holdMs: 0 },
  })
  // A removed project keeps its repository: its removal is undone.
  const repositories = { ...app.repositories, remove: () => Promise.resolve() }
  const server = buildServer({ ...app, repositories })
  const refs = join(dataDir, 'repositories', `${projectId}.git`, 'refs')
  await cp(refs, `${refs}.kept`, { recursive: true })
  return {
    async ask({ caller, request }) {
      if (caller.place === 'public') {
        await sql`update projects set visibility = 'public'`.execute(database.db)
        await sql`update namespaces set visibility = 'public' where kind = 'group'`.execute(database.db)
      }
      if (caller.place === 'archived') await sql`update projects set archived = true`.execute(database.db)
      const answer = await server.inject(request)
      await database.undo()
      if (request.method !== 'GET' && answer.statusCode < 300 && request.url.includes('/repository/')) {
        await rm(refs, { recursive: true })
        await cp(`${refs}.kept`, refs, { recursive: true })
      }
      return { status: answer.statusCode, text: answer.payload }
    },
    async close() {
      await server.close()
      await closeApp(app)
      await database.close()
    },
  }
}

/** The call of an operation, as its sample and the caller have it. */
export function requestOf(world: World, operation: Operation, sample: string, caller: Caller): Request {
  const extra = caller.isRunner ? runnerSamples[operation.id]?.(world) : undefined
  const given: Params = { ...samples[sample]?.(world), ...extra?.params }
  const inPath = pathParameters(operation.path)
  const path = operation.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(given[name] ?? pathValue(world, operation, name))),
  )
  const fields = Object.fromEntries(Object.entries(given).filter(([name]) => !inPath.includes(name)))
  const body = bodies[operation.id]
  const inQuery = operation.method === 'GET' || body !== undefined
  const json = { headers: { 'content-type': 'application/json' }, text: JSON.stringify(fields) }
  const payload = inQuery ? body : json
  return {
    method: operation.method,
    url: `/api/v4${path}${inQuery ? `?${query(fields)}` : ''}`,
    headers: { ...payload?.headers, ...caller.headers, ...extra?.headers },
    ...(payload ? { payload: payload.text } : {}),
  }
}
