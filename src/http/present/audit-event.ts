/** Audit events as the API shows them. */
import type { AuditEvent } from '../../contract/audit-events.ts'
import type { AuditRow } from '../../db/audit-list.ts'

/** GitLab's author of what the server does by itself. */
export const serverAuthor = -1

export function presentAuditEvent(row: AuditRow): AuditEvent {
  return {
    id: row.id,
    author_id: row.author_id ?? serverAuthor,
    entity_id: row.entity_id,
    entity_type: row.entity_type === 'Instance' ? 'Gitlab::Audit::InstanceScope' : row.entity_type,
    event_name: row.event_name,
    details: {
      ...row.details,
      author_name: row.author_name,
      author_email: row.authorEmail,
      author_class: 'User',
      target_id: row.target_id,
      target_type: row.target_type,
      target_details: row.target_details,
      ip_address: row.ip,
      entity_path: row.entity_path,
    },
    created_at: row.created_at.toISOString(),
  }
}
