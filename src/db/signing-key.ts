/** The key that signs ID tokens. In the database, because replicas share nothing else (docs/decisions/0003-id-token-key.md). */
import type { JsonWebKey } from 'node:crypto'
import type { Db, Tx } from './open.ts'

const settingsKey = 'id_token_signing_key'

/** The private key as a JWK; null before the first one was made. */
export async function readSigningKey(db: Db): Promise<JsonWebKey | null> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', settingsKey).executeTakeFirst()
  return (row?.value as JsonWebKey | undefined) ?? null
}

/** Stores a key unless there is one; answers the one that is stored then. */
export async function storeSigningKey(tx: Tx, key: JsonWebKey): Promise<JsonWebKey> {
  await tx
    .insertInto('settings')
    .values({ key: settingsKey, value: JSON.stringify(key) })
    .onConflict((oc) => oc.doNothing())
    .execute()
  const stored = await readSigningKey(tx)
  if (!stored) throw new Error('the signing key was not stored')
  return stored
}
