/** What webhooks no longer need goes: records after a week (GitLab keeps as much), events that could not be told within a day. */
import { inTransaction } from '../db/transaction.ts'
import { deleteStaleDeliveries } from '../db/webhook-deliveries.ts'
import { deleteOldLogs } from '../db/webhook-logs.ts'
import type { App } from './context.ts'

export async function cleanWebhooks(app: App): Promise<void> {
  await inTransaction(app.db, deleteStaleDeliveries)
  while (await inTransaction(app.db, (tx) => deleteOldLogs(tx)));
}
