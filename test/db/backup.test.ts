import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exportDatabase } from '../../src/db/backup.ts'
import type { Db } from '../../src/db/open.ts'
import { importDatabase } from '../../src/db/restore.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let source: TestDatabase
let target: TestDatabase
beforeEach(async () => {
  ;[source, target] = await Promise.all([createTestDatabase(), createTestDatabase()])
})
afterEach(async () => {
  await source.drop()
  await target.drop()
})

const run = (db: Db, text: string) => inTransaction(db, (tx) => sql.raw(text).execute(tx))

async function backup(db: Db): Promise<Buffer> {
  const output = new PassThrough()
  const [bytes] = await Promise.all([buffer(output), exportDatabase(db, output)])
  return bytes
}

const restore = (db: Db, bytes: string | Uint8Array, options = {}) =>
  importDatabase(db, Readable.from([bytes]), options)

/** Every kind of value, in tables that refer to each other and themselves in a circle, with triggers that must not run. */
const oddTables = `
  create type mood as enum ('calm', 'not calm');
  create table odd (
    id bigint generated always as identity primary key,
    parent_id bigint references odd,
    other_id bigint,
    bytes bytea, doc jsonb, raw json, words text[], grid int[][], at timestamptz, day date, span interval,
    exact numeric, near float8, mood mood, flags boolean[], code varchar(3), "Quoted "" name" text,
    doubled int generated always as (id * 2) stored
  );
  create table others (id serial primary key, odd_id bigint not null references odd on delete cascade);
  alter table odd add constraint odd_other foreign key (other_id) references others (id);
  create function touch() returns trigger language plpgsql as $$ begin new.code := 'trg'; return new; end $$;
  create trigger odd_touch before insert on odd for each row execute function touch();`

const oddRows = `
  alter table odd disable trigger odd_touch;
  insert into odd (parent_id, bytes, doc, raw, words, grid, at, day, span, exact, near, mood, flags, code, "Quoted "" name") values
    (null, '\\x00ff0a22', '{"b": [1, 2.50, null], "a": "\\u2028"}', '{"z":1,  "z":2}', array['a,b', null, '{"}', '', 'NULL'], '{{1,2},{3,4}}',
      '2026-11-22 10:00:00.123456+02', '0044-03-15 BC', '1 mon -2 days 00:00:00.000001', 123456789012345678901234567890.10, 0.1::float8 + 0.2,
      'not calm', '{t,f,null}', 'ab ', E'tab\\tline\\nreturn\\r quote" back\\\\slash \\u2028 \\U0001F600'),
    (1, '', 'null', 'null', '{}', '{}', 'infinity', '-infinity', '0', 'NaN', '-Infinity', 'calm', '{}', '', ''),
    (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
  insert into others (odd_id) values (3), (1);
  update odd set parent_id = 3, other_id = 2 where id = 1;
  delete from others where id = 1;
  alter table odd enable trigger odd_touch;`

const oddSelect = sql`select o::text as whole, o.code from odd o order by id`

describe('backup and restore', () => {
  test('every value survives exactly, and what is made next gets the next id', async () => {
    await run(source.db, oddTables + oddRows)
    await run(target.db, oddTables)
    const before = await oddSelect.execute(source.db)
    const counts = await restore(target.db, await backup(source.db))
    expect(counts).toMatchObject({ rows: 4 })
    expect((await oddSelect.execute(target.db)).rows).toEqual(before.rows)
    expect(before.rows[0]).toMatchObject({ code: 'ab ' })

    await run(target.db, `insert into odd default values; insert into others (odd_id) values (4)`)
    const { rows } =
      await sql`select max(id) as odd, (select max(id) from others) as others, max(doubled) as doubled from odd`.execute(
        target.db,
      )
    expect(rows).toEqual([{ odd: 4, others: 3, doubled: 8 }])
  })

  test('triggers and foreign keys are what they were', async () => {
    await run(source.db, oddTables + oddRows)
    await run(target.db, oddTables)
    const describeSchema = sql`
      select conrelid::regclass::text as of, conname as name, pg_get_constraintdef(oid) as is from pg_constraint where connamespace = 'public'::regnamespace
      union all select tgrelid::regclass::text, tgname, tgenabled::text from pg_trigger where not tgisinternal order by 1, 2`
    const schema = (await describeSchema.execute(target.db)).rows
    await restore(target.db, await backup(source.db))
    expect((await describeSchema.execute(target.db)).rows).toEqual(schema)
    await expect(run(target.db, 'insert into others (odd_id) values (99)')).rejects.toMatchObject({ code: '23503' })
    await run(target.db, 'insert into odd default values')
    expect((await sql`select code from odd where id = 4`.execute(target.db)).rows).toEqual([{ code: 'trg' }])
  })

  test('the schema of Countersign itself makes the way', async () => {
    await run(
      source.db,
      `insert into users (username, name, email, preferences) select 'u' || n, 'User ' || n, n || '@example.com', '{"n": 1}' from generate_series(1, 1234) n`,
    )
    const bytes = await backup(source.db)
    expect(await restore(target.db, bytes)).toMatchObject({ rows: 1234 })
    const all = sql`select count(*) as count, md5(string_agg(u::text, ',' order by id)) as digest from users u`
    expect((await all.execute(target.db)).rows).toEqual((await all.execute(source.db)).rows)
    expect(withoutTime(await backup(target.db))).toBe(withoutTime(bytes))
  })

  test('a backup is one moment, whatever is written while it is read', async () => {
    await run(
      source.db,
      'create table a (n int); create table z (n int); insert into a select generate_series(1, 5000)',
    )
    const output = new PassThrough({ highWaterMark: 1 })
    const exporting = exportDatabase(source.db, output)
    await once(output, 'readable') // the snapshot is taken, and the export waits for its reader
    await run(source.db, 'insert into a values (-1); insert into z values (-1)')
    const [bytes] = await Promise.all([buffer(output), exporting])
    await run(target.db, 'create table a (n int); create table z (n int)')
    await restore(target.db, bytes)
    const { rows } = await sql`select (select count(*) from a) as a, (select count(*) from z) as z`.execute(target.db)
    expect(rows).toEqual([{ a: 5000, z: 0 }])
  })
})

const user = `insert into users (username, name, email) values ('someone', 'Someone', 's@example.com')`
const usernames = async (db: Db) =>
  (await db.selectFrom('users').select('username').execute()).map(({ username }) => username)

describe('a restore is refused and changes nothing', () => {
  test('into a database with rows, unless it is to replace them', async () => {
    await run(source.db, user)
    await run(target.db, user.replaceAll('someone', 'other'))
    const bytes = await backup(source.db)
    await expect(restore(target.db, bytes)).rejects.toMatchObject({
      code: 'not_empty',
      message: expect.stringContaining('rows in users'),
    })
    expect(await usernames(target.db)).toEqual(['other'])
    await restore(target.db, bytes, { replace: true })
    expect(await usernames(target.db)).toEqual(['someone'])
  })

  test('into another schema', async () => {
    const bytes = await backup(source.db)
    await run(target.db, `insert into schema_migrations (version, name, checksum) values (9999, 'later', 'x')`)
    await expect(restore(target.db, bytes)).rejects.toMatchObject({ code: 'schema_version' })
  })

  const truncated = (text: string) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)
  test.each<[string, (text: string) => string | Uint8Array, string]>([
    ['nothing', () => '', 'its end is missing'],
    ['something else', () => '{"hello": 1}\n', 'a line of it is unknown'],
    ['not JSON', () => 'hello\n', 'not JSON'],
    ['gzip', () => Buffer.from([0x1f, 0x8b, 0x08, 0xff]), 'decompressed first'],
    ['a backup without its end', truncated, 'its end is missing'],
    ['a backup cut in a line', (text) => text.slice(0, -20), 'not JSON'],
    ['a changed value', (text) => text.replace('Someone', 'Anybody'), 'changed or damaged'],
    ['a missing row', (text) => text.replace(/^\[.*\n/m, ''), 'changed or damaged'],
    ['something after the end', (text) => `${text}[]\n`, 'after its end'],
    [
      'a table that is not there',
      (text) => text.replace('{"table":"users"', '{"table":"user"'),
      'there is no table user',
    ],
    ['a sequence that is not there', (text) => text.replace('"users_id_seq"', '"x"'), 'there is no sequence x'],
  ])('%s', async (_, change, reason) => {
    await run(source.db, user)
    const bytes = change((await backup(source.db)).toString())
    await expect(restore(target.db, bytes)).rejects.toMatchObject({
      code: 'invalid_backup',
      message: expect.stringContaining(reason),
    })
    expect(await usernames(target.db)).toEqual([])
  })
})

/** The head and the hash in the end line differ from one backup to the next. */
function withoutTime(bytes: Buffer): string {
  return bytes.toString().split('\n').slice(1, -2).join('\n')
}
