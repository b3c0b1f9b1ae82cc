/**
 * T1: every operation, called by everybody and with every kind of token, is answered as docs/permissions.txt says. The file is for
 * people to read: a line that changes is a right that changes.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { closeDatabase } from '../../src/db/open.ts'
import { routes } from '../../src/http/routes/index.ts'
import { createTestDatabase } from '../helpers/database.ts'
import { execute, withDatabase } from '../helpers/global-setup.ts'
import { startTestServer } from '../helpers/server.ts'
import { allCallers, type Caller } from './permission-table/callers.ts'
import { type Lane, openLane, requestOf } from './permission-table/lane.ts'
import { runnerSamples, samples } from './permission-table/samples.ts'
import { gitRows, type Row, tableOf } from './permission-table/table.ts'
import { buildWorld, type World } from './permission-table/world.ts'

const file = join(import.meta.dirname, '..', '..', 'docs', 'permissions.txt')
const rewrite = 'UPDATE_PERMISSIONS=1 npm test -- test/http/permission-table.test.ts'
const laneCount = 4

let world: World
let callers: Caller[]
const lanes: Lane[] = []
const leftovers: (() => Promise<void>)[] = []

beforeAll(async () => {
  const database = await createTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-permissions-'))
  leftovers.push(() => rm(dataDir, { recursive: true, force: true }))
  const server = await startTestServer({ database, dataDir: join(dataDir, 'world') })
  world = await buildWorld(server)
  callers = await allCallers(world)
  await server.stop()
  await closeDatabase(database.db)
  for (let lane = 0; lane < laneCount; lane += 1) lanes.push(await copyOf(database.url, dataDir, lane))
  leftovers.push(() => execute(inject('testServer').url, `drop database ${nameOf(database.url)} with (force)`))
})
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()))
  await world?.close()
  for (const remove of leftovers) await remove()
})

async function copyOf(url: string, dataDir: string, lane: number): Promise<Lane> {
  const { url: server, copyTemplate } = inject('testServer')
  const name = `${nameOf(url)}_${lane}`
  const strategy = copyTemplate.includes('file_copy') ? 'strategy file_copy' : ''
  await execute(server, `create database ${name} template ${nameOf(url)} ${strategy}`)
  leftovers.push(() => execute(server, `drop database ${name} with (force)`))
  const files = join(dataDir, String(lane))
  await cp(join(dataDir, 'world'), files, { recursive: true })
  return openLane(withDatabase(server, name), files, world.project.id)
}

function nameOf(url: string): string {
  return /^postgres(?:ql)?:\/\/[^/]*\/([^?]+)/.exec(url)?.[1] ?? ''
}

function allRows(): Row[] {
  const ids = Object.keys(samples)
  return routes.flatMap(({ operation }) => {
    const own = ids.filter((id) => id === operation.id || id.startsWith(`${operation.id}: `))
    return (own.includes(operation.id) ? own : [operation.id, ...own]).map((sample) => ({
      group: operation.tag,
      call: `${operation.method} ${operation.path}`,
      note: sample.split(': ')[1] ?? '',
      request: (caller: Caller) => requestOf(world, operation, sample, caller),
    }))
  })
}

/** Asks everything; the lanes share the work. */
async function answers(rows: readonly Row[]): Promise<Map<Row, number[]>> {
  const found = new Map(rows.map((row): [Row, number[]] => [row, callers.map(() => 0)]))
  const open = rows.flatMap((row) => callers.map((caller, column) => ({ row, caller, column })))
  const failures: string[] = []
  const work = async (lane: Lane) => {
    for (let next = open.pop(); next; next = open.pop()) {
      const { row, caller, column } = next
      const { status, text } = await lane.ask({ caller, request: row.request(caller) })
      const codes = found.get(row)
      if (codes) codes[column] = status
      if (status >= 500) failures.push(`${row.call} as ${caller.code}: ${status} ${text.slice(0, 200)}`)
    }
  }
  await Promise.all(lanes.map(work))
  expect(failures).toEqual([])
  return found
}

describe('T1 T14 T15 who may do what', () => {
  it('is what docs/permissions.txt says, and each operation succeeds for somebody', async () => {
    const rows = [...allRows(), ...gitRows(world)]
    const found = await answers(rows)
    const useless = rows.filter((row) => !found.get(row)?.some((status) => status < 400))
    const table = tableOf(callers, rows, found)
    if (process.env['UPDATE_PERMISSIONS']) await writeFile(file, table)
    expect(
      useless.map((row) => `${row.call} ${row.note}`),
      'calls that nobody can make: give them a sample in test/http/permission-table/samples.ts',
    ).toEqual([])
    const checkedIn = await readFile(file, 'utf8').catch(() => '')
    expect(table.split('\n'), `docs/permissions.txt differs. If the change is right: ${rewrite}`).toEqual(
      checkedIn.split('\n'),
    )
  }, 300_000)

  it('has no sample of an operation that is gone', () => {
    const ids = routes.map((route) => route.operation.id)
    const sampled = [...Object.keys(samples), ...Object.keys(runnerSamples)].map(
      (sample) => sample.split(': ')[0] ?? '',
    )
    expect(sampled.filter((id) => !ids.includes(id))).toEqual([])
  })
})
