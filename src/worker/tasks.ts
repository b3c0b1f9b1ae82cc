/** The background tasks of a server. A wake-up makes most of their work happen earlier; none of it depends on one. */
import { archiveFinishedLogs } from '../app/archive-log.ts'
import { cleanWebhooks } from '../app/clean-webhooks.ts'
import { deliverWebhooks } from '../app/deliver-webhooks.ts'
import { expireArtifacts, removeBlobs } from '../app/expire-artifacts.ts'
import { maintainRepositories } from '../app/maintain-repositories.ts'
import { passResourceOn } from '../app/pass-resource.ts'
import { reclaimJobs } from '../app/reclaim-jobs.ts'
import { recoverPushes } from '../app/recover-pushes.ts'
import { removeExpired } from '../app/remove-expired.ts'
import { runDueSchedules } from '../app/run-due-schedules.ts'
import { startDelayedJobs } from '../app/start-delayed-jobs.ts'
import { tendBridges } from '../app/tend-bridges.ts'
import { tendEnvironments } from '../app/tend-environments.ts'
import { idleResourceGroups } from '../db/resource-groups.ts'
import { hookChannel } from '../db/webhook-queue.ts'
import type { Task } from './worker.ts'

/** A push in progress on another server must not be taken for one that was interrupted, in seconds. */
const pushInProgress = 120

/** Hooks that one server delivers for at the same time. A slow receiver takes one of these for as long as it is slow. */
const hooksAtOnce = 4

export const tasks: readonly Task[] = [
  { name: 'reclaim jobs', every: 5_000, run: reclaimJobs },
  { name: 'run schedules', every: 5_000, run: runDueSchedules },
  { name: 'start delayed jobs', every: 2_000, run: startDelayedJobs },
  {
    name: 'pass resources on',
    every: 5_000,
    run: async (app) => {
      for (const id of await idleResourceGroups(app.db)) await passResourceOn(app, id)
    },
  },
  {
    name: 'trigger jobs',
    every: 5_000,
    wake: 'bridges',
    run: async (app) => {
      while (await tendBridges(app));
    },
  },
  { name: 'recover pushes', every: 30_000, run: (app) => recoverPushes(app, pushInProgress) },
  { name: 'tend environments', every: 60_000, run: tendEnvironments },
  { name: 'remove expired access', every: 300_000, run: removeExpired },
  { name: 'maintain repositories', every: 600_000, run: maintainRepositories },
  { name: 'archive logs', every: 10_000, run: archiveFinishedLogs },
  { name: 'expire artifacts', every: 60_000, run: expireArtifacts },
  { name: 'remove blobs', every: 60_000, run: removeBlobs },
  ...Array.from({ length: hooksAtOnce }, (_, index) => ({
    name: `deliver webhooks ${index + 1}`,
    every: 5_000,
    wake: hookChannel,
    run: deliverWebhooks,
  })),
  { name: 'clean webhooks', every: 600_000, run: cleanWebhooks },
]
