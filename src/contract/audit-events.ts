/** The record of who did what (GitLab Audit events API). */
import { z } from 'zod'
import { operation } from './operation.ts'
import { dateTime, id, idOrPath, oneOf, paging, text, timestamp } from './values.ts'

const tag = 'Audit events'

export const auditEvent = z.object({
  id: z.number(),
  /** -1: the server itself. */
  author_id: z.number(),
  entity_id: z.number().nullable(),
  entity_type: z.string(),
  event_name: z.string(),
  details: z
    .object({
      author_name: z.string(),
      author_email: z.string().nullable(),
      author_class: z.string(),
      target_id: z.number().nullable(),
      target_type: z.string(),
      target_details: z.string(),
      ip_address: z.string().nullable(),
      entity_path: z.string(),
    })
    .catchall(z.unknown()),
  created_at: timestamp(),
})
export type AuditEvent = z.output<typeof auditEvent>

const filters = {
  created_after: dateTime().optional(),
  created_before: dateTime().optional(),
  /** Extra. -1: the server itself. */
  author_id: id().optional(),
  /** Extra: `deployment_approved`. */
  event_name: text({ max: 255 }).optional(),
}

const pages = {
  pagination: oneOf(['keyset', 'legacy']).optional(),
  /** From the link to the next page of a keyset pagination. */
  cursor: text({ max: 100 }).optional(),
  ...paging,
}

const ofInstance = {
  entity_type: oneOf(['User', 'Group', 'Project', 'Gitlab::Audit::InstanceScope']).optional(),
  entity_id: id().optional(),
}
const formats = oneOf(['csv', 'ndjson'])
export type AuditExportFormat = z.output<typeof formats>
const exported =
  'as CSV (text/csv; texts that a spreadsheet would run get an apostrophe) or one JSON object per line (application/x-ndjson), newest first'

export const listAuditEvents = operation({
  id: 'listAuditEvents',
  method: 'GET',
  path: '/audit_events',
  tag,
  summary: 'Everything on record (administrators), newest first',
  params: { ...ofInstance, ...filters, ...pages },
  response: z.array(auditEvent),
})

export const exportAuditEvents = operation({
  id: 'exportAuditEvents',
  method: 'GET',
  path: '/audit_events/export',
  tag,
  summary: `Extra: everything on record that matches (administrators), ${exported}`,
  params: { format: formats.default('csv'), ...ofInstance, ...filters },
  raw: 'text/csv',
})

export const getAuditEvent = operation({
  id: 'getAuditEvent',
  method: 'GET',
  path: '/audit_events/:id',
  tag,
  summary: 'One event (administrators)',
  params: { id: id() },
  response: auditEvent,
})

function auditOperations(kind: 'Project' | 'Group') {
  const path = `/${kind.toLowerCase()}s/:id/audit_events`
  return {
    list: operation({
      id: `list${kind}AuditEvents`,
      method: 'GET',
      path,
      tag,
      summary: `What is on record of a ${kind.toLowerCase()}, newest first; for Developers what they did themselves`,
      params: { id: idOrPath(), ...filters, ...pages },
      response: z.array(auditEvent),
    }),
    export: operation({
      id: `export${kind}AuditEvents`,
      method: 'GET',
      path: `${path}/export`,
      tag,
      summary: `Extra: what the list has, in one piece, ${exported}`,
      params: { id: idOrPath(), format: formats.default('csv'), ...filters },
      raw: 'text/csv',
    }),
    get: operation({
      id: `get${kind}AuditEvent`,
      method: 'GET',
      path: `${path}/:audit_event_id`,
      tag,
      summary: 'One of them',
      params: { id: idOrPath(), audit_event_id: id() },
      response: auditEvent,
    }),
  }
}

export const projectAuditEvents = auditOperations('Project')
export const groupAuditEvents = auditOperations('Group')
