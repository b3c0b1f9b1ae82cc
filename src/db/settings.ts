/** Settings of the whole server that can be changed while it runs. */
import type { Db, Tx } from './open.ts'

export interface Settings {
  /** Runners may register with registration tokens. */
  readonly allow_runner_registration_token: boolean
}

const defaults: Settings = { allow_runner_registration_token: true }

export async function readSettings(db: Db): Promise<Settings> {
  const rows = await db.selectFrom('settings').selectAll().where('key', 'in', Object.keys(defaults)).execute()
  return { ...defaults, ...Object.fromEntries(rows.map((row) => [row.key, row.value])) }
}

export async function writeSetting<K extends keyof Settings>(tx: Tx, key: K, value: Settings[K]): Promise<void> {
  const json = JSON.stringify(value)
  await tx
    .insertInto('settings')
    .values({ key, value: json })
    .onConflict((oc) => oc.column('key').doUpdateSet({ value: json }))
    .execute()
}
