/** Changes settings of the whole server (GitLab Application Settings API). */
import { writeAudit } from '../db/audit.ts'
import { readSettings, type Settings, writeSetting } from '../db/settings.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { type App, authorOf } from './context.ts'

export async function changeSettings(app: App, actor: Actor, changes: Partial<Settings>): Promise<Settings> {
  return inTransaction(app.db, async (tx) => {
    const before = await readSettings(tx)
    const after = { ...before, ...changes }
    for (const key of Object.keys(after) as (keyof Settings)[]) {
      if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue
      await writeSetting(tx, key, after[key])
      const entity = { type: 'Instance' as const, id: null }
      const target = { type: 'ApplicationSetting', id: null, details: key }
      const details = { from: before[key], to: after[key] }
      await writeAudit(tx, [{ event: 'application_setting_updated', entity, target, details }], authorOf(actor))
    }
    return after
  })
}
