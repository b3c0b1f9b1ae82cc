/** Old records of webhooks go (GitLab keeps a week). */
import { inTransaction } from '../db/transaction.ts'
import { deleteOldLogs } from '../db/webhook-logs.ts'
import type { App } from './context.ts'

export async function cleanWebhookLogs(app: App): Promise<void> {
  while (await inTransaction(app.db, (tx) => deleteOldLogs(tx)));
}
