/** The record as a file: read piece by piece while it is sent, so that a million events cost no memory. */
import { Readable } from 'node:stream'
import type { App } from '../app/context.ts'
import type { AuditExportFormat } from '../contract/audit-events.ts'
import { type AuditFilter, type AuditRow, newestAuditEvents } from '../db/audit-list.ts'
import { Raw } from './call.ts'
import { csvLine } from './csv.ts'
import { presentAuditEvent } from './present/audit-event.ts'
import { downloadHeaders } from './send-blob.ts'

/** Rows that are read at once. */
const batch = 1_000

const contentTypes = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const

/** Everything that matches as a download. What is recorded after the first piece was read is not in it. */
export function exportAnswer(app: App, filter: AuditFilter, format: AuditExportFormat): Raw {
  const lines = format === 'csv' ? csv : ndjson
  const day = app.now().toISOString().slice(0, 10)
  return new Raw(
    200,
    Readable.from(pieces(app, filter, lines), { objectMode: false }),
    downloadHeaders(`audit-events-${day}.${format}`, contentTypes[format]),
  )
}

async function* pieces(app: App, filter: AuditFilter, lines: (rows: readonly AuditRow[], first: boolean) => string) {
  let beforeId: number | undefined
  for (let first = true; ; first = false) {
    const rows = await newestAuditEvents(app.db, { ...filter, beforeId }, batch)
    const text = lines(rows, first)
    if (text !== '') yield text
    if (rows.length < batch) return
    beforeId = rows.at(-1)?.id
  }
}

function ndjson(rows: readonly AuditRow[]): string {
  return rows.map((row) => `${JSON.stringify(presentAuditEvent(row))}\n`).join('')
}

const columns = [
  'id',
  'created_at',
  'event_name',
  'author_id',
  'author_name',
  'author_email',
  'ip_address',
  'entity_type',
  'entity_id',
  'entity_path',
  'target_type',
  'target_id',
  'target_details',
  'details',
]

function csv(rows: readonly AuditRow[], first: boolean): string {
  const lines = rows.map((row) => {
    const event = presentAuditEvent(row)
    const { author_name, author_email, ip_address, entity_path, target_type, target_id, target_details } = event.details
    return csvLine([
      event.id,
      event.created_at,
      event.event_name,
      event.author_id,
      author_name,
      author_email,
      ip_address,
      event.entity_type,
      event.entity_id,
      entity_path,
      target_type,
      target_id,
      target_details,
      JSON.stringify(row.details),
    ])
  })
  return (first ? csvLine(columns) : '') + lines.join('')
}
