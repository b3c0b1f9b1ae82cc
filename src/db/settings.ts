/** Settings of the whole server that can be changed while it runs. */
import { defaultThrottles, type ThrottleSettings } from '../domain/throttle.ts'
import type { Db, Tx } from './open.ts'

export interface Settings extends ThrottleSettings {
  /** Runners may register with registration tokens. */
  readonly allow_runner_registration_token: boolean
  /** Webhooks may go to this machine and its network. */
  readonly allow_local_requests_from_web_hooks_and_services: boolean
  /** Hosts, addresses and ranges to which they may go even so, each perhaps with a port. */
  readonly outbound_local_requests_whitelist: readonly string[]
}

const defaults: Settings = {
  allow_runner_registration_token: true,
  allow_local_requests_from_web_hooks_and_services: false,
  outbound_local_requests_whitelist: [],
  ...defaultThrottles,
}

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
