import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureEnvironment, type WantedEnvironment } from '../../src/app/ensure-environment.ts'
import { findEnvironmentByName, startEnvironment } from '../../src/db/environments.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
let projectId: number

beforeAll(async () => {
  database = await createTestDatabase()
  projectId = await inTransaction(database.db, async (tx) => {
    const group = await tx
      .insertInto('namespaces')
      .values({ kind: 'group', path: 'g', name: 'g', full_path: 'g', full_name: 'g' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const project = await tx
      .insertInto('projects')
      .values({ namespace_id: group.id, path: 'p', name: 'p', full_path: 'g/p' })
      .returning('id')
      .executeTakeFirstOrThrow()
    return project.id
  })
})
afterAll(() => database.drop())

const ensure = (wanted: Partial<WantedEnvironment> & { name: string }) =>
  inTransaction(database.db, (tx) =>
    ensureEnvironment(tx, { projectId, tier: null, externalUrl: null, autoStopAt: null, ...wanted }),
  )

test('makes the environment once, however many ask at the same time', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => ensure({ name: 'review/race' })))
  expect(new Set(answers.map((answer) => ('id' in answer ? answer.id : answer.invalid))).size).toBe(1)
  expect(await findEnvironmentByName(database.db, projectId, 'review/race')).toMatchObject({
    tier: 'development',
    state: 'available',
  })
})

test('names are exact: case and trailing space make another environment (T8)', async () => {
  const ids = await Promise.all(['prod', 'Prod', 'prod '].map((name) => ensure({ name })))
  expect(new Set(ids.map((answer) => ('id' in answer ? answer.id : answer.invalid))).size).toBe(3)
})

test('an existing environment keeps its tier, URL and state', async () => {
  const first = await ensure({ name: 'live', tier: 'production', externalUrl: 'https://a.example' })
  await inTransaction(database.db, (tx) =>
    tx.updateTable('environments').set({ state: 'stopped' }).where('name', '=', 'live').execute(),
  )
  expect(await ensure({ name: 'live', tier: 'other', externalUrl: 'https://b.example' })).toEqual(first)
  expect(await findEnvironmentByName(database.db, projectId, 'live')).toMatchObject({
    tier: 'production',
    external_url: 'https://a.example',
    state: 'stopped',
  })
})

test.each(['stopped', 'stopping'] as const)(
  '4.6 starting opens an environment that is %s, and says so once',
  async (state) => {
    const name = `reopened-${state}`
    const made = await ensure({ name })
    if (!('id' in made)) throw new Error(made.invalid)
    await inTransaction(database.db, (tx) =>
      tx.updateTable('environments').set({ state }).where('id', '=', made.id).execute(),
    )
    const start = () => inTransaction(database.db, (tx) => startEnvironment(tx, made.id))
    expect([await start(), await start()]).toEqual([true, false])
    expect(await findEnvironmentByName(database.db, projectId, name)).toMatchObject({ state: 'available' })
  },
)

test.each([
  [{ name: 'job: [a]' }, /^Name can contain only letters/],
  [{ name: '' }, /^Name can't be blank$/],
  [{ name: 'ok', externalUrl: 'javascript:alert(1)' }, /^External url javascript scheme is not allowed$/],
])('%j cannot be made', async (wanted, reason) => {
  expect(await ensure(wanted)).toEqual({ invalid: expect.stringMatching(reason) })
})

test('a slug that another name has makes the environment impossible', async () => {
  await ensure({ name: 'taken' })
  expect(await ensure({ name: 'taken-' })).toEqual({ invalid: 'Slug has already been taken' })
})
