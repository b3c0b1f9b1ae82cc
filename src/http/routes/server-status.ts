/** How the server is, for administrators. */
import { apiVersion } from '../../app/version.ts'
import { getServerStatus } from '../../contract/server-status.ts'
import { connectedServers, databaseStatus } from '../../db/server-status.ts'
import { err, ok } from '../../domain/result.ts'
import { version } from '../../version.ts'
import { implement, type Route } from '../call.ts'
import { forAdministrators } from '../find.ts'
import { onlineMs } from '../present/runner.ts'

export const serverStatusRoutes: Route[] = [
  implement(getServerStatus, async ({ app, actor }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    const [database, servers, disk] = await Promise.all([
      databaseStatus(app.db, new Date(app.now().getTime() - onlineMs)),
      connectedServers(app.db),
      app.diskSpace(),
    ])
    return ok({
      version,
      api_version: apiVersion,
      node_version: process.version,
      external_url: app.externalUrl,
      started_at: app.startedAt.toISOString(),
      database: {
        kind: app.databaseKind,
        version: database.version,
        size: database.size,
        connections: database.connections,
        max_connections: database.maxConnections,
        migration: database.migration,
      },
      servers: servers.map(({ address, connectedAt }) => ({ address, connected_at: connectedAt.toISOString() })),
      queue: {
        pending: database.pending,
        oldest_pending_at: database.oldestPendingAt?.toISOString() ?? null,
        running: database.running,
        waiting_for_approval: database.blocked,
      },
      runners: { online: database.runnersOnline, total: database.runners },
      storage: { ...disk, artifacts: database.artifacts, logs: database.logs },
      counts: {
        users: database.users,
        groups: database.groups,
        projects: database.projects,
        deployments: database.deployments,
      },
      background_tasks: app.taskBoard.list().map((task) => ({
        name: task.name,
        every: task.every / 1000,
        last_run_at: task.lastRunAt?.toISOString() ?? null,
        last_duration: task.lastDuration === null ? null : task.lastDuration / 1000,
        error: task.error,
        failures: task.failures,
      })),
    })
  }),
]
