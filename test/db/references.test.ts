import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** Followed only when a user or another single row is removed, which may read a whole table once. */
const mayRead = new Set([
  'access_tokens.created_by_id',
  'deployments.answering_id',
  'deployments.user_id',
  'jobs.erased_by_id',
  'jobs.runner_manager_id',
  'jobs.user_id',
  'pipeline_errands.user_id',
  'members.created_by_id',
  'pipelines.requester_id',
  'pipelines.user_id',
  'projects.creator_id',
  'pushes.user_id',
  'runners.creator_id',
  'users.created_by_id',
])

it('every reference has an index, so that removing a project does not read its tables once per row', async () => {
  const { rows } = await sql<{ column: string }>`
    select c.conrelid::regclass || '.' || a.attname as column
      from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
     where c.contype = 'f' and not exists (
       select 1 from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1]
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)'))
     order by 1`.execute(database.db)
  expect(rows.map((row) => row.column).filter((column) => !mayRead.has(column))).toEqual([])
})
