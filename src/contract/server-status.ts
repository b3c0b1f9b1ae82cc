/** How the server is. Not part of GitLab's API, which spreads it over several endpoints of its own operation. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { timestamp } from './values.ts'

const serverStatus = z.object({
  /** Of Countersign. */
  version: z.string(),
  /** The GitLab version whose API it speaks. */
  api_version: z.string(),
  node_version: z.string(),
  external_url: z.string(),
  /** Of the process that answers. */
  started_at: timestamp(),
  database: z.object({
    kind: z.enum(['embedded', 'external']),
    version: z.string(),
    /** Bytes. */
    size: z.number(),
    connections: z.number(),
    max_connections: z.number(),
    /** The newest one that was applied. */
    migration: z.number(),
  }),
  /** Every process that serves this database now, the oldest first. */
  servers: z.array(
    z.object({
      /** Null: on the same machine as the database. */
      address: z.string().nullable(),
      connected_at: timestamp(),
    }),
  ),
  queue: z.object({
    pending: z.number(),
    /** Since when the job that waits longest for a runner does; null when none waits. */
    oldest_pending_at: timestamp().nullable(),
    running: z.number(),
    waiting_for_approval: z.number(),
  }),
  runners: z.object({ online: z.number(), total: z.number() }),
  storage: z.object({
    /** Bytes of the disk that holds the data directory. */
    free: z.number(),
    total: z.number(),
    /** Bytes. */
    artifacts: z.number(),
    logs: z.number(),
  }),
  counts: z.object({ users: z.number(), groups: z.number(), projects: z.number(), deployments: z.number() }),
  /** Of the process that answers. */
  background_tasks: z.array(
    z.object({
      name: z.string(),
      /** Seconds between two runs. */
      every: z.number(),
      last_run_at: timestamp().nullable(),
      /** Seconds. */
      last_duration: z.number().nullable(),
      /** Of the last run; null when it went well. */
      error: z.string().nullable(),
      failures: z.number(),
    }),
  ),
})
export type ServerStatus = z.output<typeof serverStatus>

export const getServerStatus = operation({
  id: 'getServerStatus',
  method: 'GET',
  path: '/server/status',
  tag: 'Server',
  summary: 'Versions, database, servers, queue, storage and background tasks (administrators)',
  response: serverStatus,
})
