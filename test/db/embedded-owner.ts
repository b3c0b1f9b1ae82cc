/**
 * A server that owns an embedded PostgreSQL, for tests to kill: `embedded-owner.ts <data directory> [insert]`. Prints
 * `ready <postmaster's pid> <URL>`, then with `insert` the number of each row once its transaction is committed.
 */
import { Client } from 'pg'
import { startEmbedded } from '../../src/db/embedded.ts'
import { embeddedUrl } from '../../src/db/target.ts'

const [dataDir = '', mode] = process.argv.slice(2)
const embedded = await startEmbedded(dataDir)
const url = embeddedUrl(embedded.connection)
const alive = setInterval(() => undefined, 60_000)
process.once('SIGTERM', () => {
  clearInterval(alive)
  void embedded.stop()
})
process.stdout.write(`ready ${embedded.pid} ${url}\n`)
if (mode === 'insert') {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('create table if not exists acknowledged (id int primary key)')
  for (let id = 1; ; id++) {
    await client.query('insert into acknowledged values ($1)', [id])
    process.stdout.write(`${id}\n`)
  }
}
